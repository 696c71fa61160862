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
    listening = socket.socket(
        family, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # asyncio looks at the protocol:
    listening.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # head and body go out as they come, not 40 ms apart
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, UnicodeError, TypeError) as error:  # the last two: a host that is no name
        listening.close()
        raise _refused(name, host, port, error) from error
    listening.setblocking(False)
    return listening


def _refused(name: str, host: str, port: int, error: Exception) -> StartError:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        hint = f"is another bisonwatch running? `bisonwatch status` tells; else change {name}.port"
        return StartError(f"{name} {host}:{port} is in use", hint=hint)
    why = (getattr(error, "strerror", None) or "this is no host name").lower()
    setting = "port" if number == errno.EACCES else "host"
    return StartError(f"{name} {host}:{port} cannot be bound: {why}", hint=f"change {name}.{setting}")


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

    def close(self) -> None:
        """Closing twice is fine."""
        self.listener.close()
        self.api.close()
