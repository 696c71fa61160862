"""HTTP servers of the engine, each on a socket that is bound already."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Generator
from functools import partial
from typing import Any

import uvicorn

from bisonwatch.engine import patience
from bisonwatch.engine.ending import Ending
from bisonwatch.engine.forwarded import Forwarded
from bisonwatch.engine.handshake import Handshakes
from bisonwatch.engine.patience import PatientProtocol

GRACE_S = 6
"""Seconds for what is under way when a door closes; the engine has ten for all of its stopping."""


class _Quiet(uvicorn.Server):
    """Signals are the engine's business, not the server's; and TLS connections are accepted by ourselves."""

    def __init__(
        self, config: uvicorn.Config, patient: type[PatientProtocol], tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(config)
        self._patient, self._tls = patient, tls

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._tls is None or sockets is None:
            return await super().startup(sockets)
        await self.lifespan.startup()
        (listening,), state = sockets, self.server_state
        make = partial(
            self._patient, config=self.config, server_state=state, app_state=self.lifespan.state, _loop=None
        )
        accepting = Handshakes(listening, self._tls, self._patient, make, lambda: len(state.connections))
        self.servers = [accepting]  # type: ignore[list-item]  # as much of a server as uvicorn asks for
        self.started = True
        return None


class HttpServer:
    """One ASGI application on one socket."""

    def __init__(
        self,
        app: Any,
        listening: socket.socket,
        tls: ssl.SSLContext | None,
        trusted_proxies: tuple[str, ...] = (),
    ) -> None:
        self.app = app
        self._socket = listening
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{port}"
        patient = patience.protocol(patience.connections_allowed())
        config = uvicorn.Config(
            Ending(Forwarded(app, trusted_proxies) if trusted_proxies else app, self._closing),
            http=patient,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_S,
            proxy_headers=False,  # `Forwarded` does it
        )
        self._server = _Quiet(config, patient, tls)

    async def run(self) -> None:
        """Until `close`; requests in flight are answered first."""
        await self._server.serve([self._socket])

    def close(self) -> None:
        self._server.should_exit = True

    def _closing(self) -> bool:
        return self._server.should_exit
