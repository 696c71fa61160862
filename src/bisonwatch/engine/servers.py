"""HTTP servers of the engine, each on a socket that is bound already."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator
from typing import Any

import uvicorn

from bisonwatch.config.doors import Tls
from bisonwatch.engine.patience import connections_allowed, protocol
from bisonwatch.errors import StartError

GRACE_S = 8


class _Quiet(uvicorn.Server):
    """Signals are the engine's business, not the server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class HttpServer:
    """One ASGI application on one socket."""

    def __init__(
        self, app: Any, listening: socket.socket, tls: Tls | None, trusted_proxies: tuple[str, ...] = ()
    ) -> None:
        self.app = app
        self._socket = listening
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{port}"
        cert, key = tls.files if tls else (None, None)
        config = uvicorn.Config(
            app,
            http=protocol(connections_allowed()),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=cert,
            ssl_keyfile=key,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
        )
        try:
            config.load()
        except OSError as error:  # a certificate that is not there, or is none
            raise StartError(f"the certificate {cert} or its key {key} cannot be used: {error}") from error
        self._server = _Quiet(config)

    async def run(self) -> None:
        """Until `close`; requests in flight are answered first."""
        await self._server.serve([self._socket])

    def close(self) -> None:
        self._server.should_exit = True
