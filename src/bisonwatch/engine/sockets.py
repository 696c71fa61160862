"""The engine's two listening sockets, bound before anything else starts, so that a port in use is one clear line."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from bisonwatch.config.settings import Settings
from bisonwatch.errors import StartError

_BACKLOG = 2048


def bind(name: str, host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises StartError saying which setting to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be bound: {error.strerror}"
        raise StartError(
            f"{name} {host}:{port} {why}",
            hint=f"is another bisonwatch running? `bisonwatch status` tells; else change {name}.port",
        ) from error
    listening.setblocking(False)
    return listening


@dataclass(frozen=True, slots=True)
class Sockets:
    listener: socket.socket
    api: socket.socket

    @classmethod
    def bound(cls, settings: Settings) -> Sockets:
        """Raises StartError saying which setting to change."""
        listener = bind("listener", settings.listener.host, settings.listener.port)
        try:
            api = bind("api", settings.api.host, settings.api.port)
        except StartError:
            listener.close()
            raise
        return cls(listener, api)
