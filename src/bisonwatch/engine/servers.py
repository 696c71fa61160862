"""HTTP servers of the engine, each on a socket that is bound already."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Generator
from typing import Any

import uvicorn

from bisonwatch.engine import handshake, patience
from bisonwatch.engine.forwarded import Forwarded

GRACE_S = 8


class _Quiet(uvicorn.Server):
    """Signals are the engine's business, not the server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


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
        self._shaking = handshake.protocol(patient, tls) if tls else None
        config = uvicorn.Config(
            Forwarded(app, trusted_proxies) if trusted_proxies else app,
            http=self._shaking or patient,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_S,
            proxy_headers=False,  # `Forwarded` does it
        )
        self._server = _Quiet(config)

    async def run(self) -> None:
        """Until `close`; requests in flight are answered first."""
        await self._server.serve([self._socket])

    def close(self) -> None:
        """Whoever is in the middle of a handshake has asked for nothing, and is not waited for."""
        self._server.should_exit = True
        for stranger in tuple(self._shaking.shaking) if self._shaking else ():
            stranger.give_up()
