"""TLS in front of the HTTP protocol, begun by ourselves: a server that begins it sees a connection only when the handshake is over,
and whoever never finishes his would hold a file each, uncounted."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, ClassVar, cast

from uvicorn.server import ServerState

from bisonwatch.engine.patience import PatientProtocol

HANDSHAKE_S = 10.0
AT_ONCE = 1000
"""Handshakes: each holds fifty kilobytes, and an honest one is over in milliseconds."""


def protocol(
    inner: type[PatientProtocol], context: ssl.SSLContext, handshake_s: float = HANDSHAKE_S
) -> type[Handshake]:
    """For one server: those in a handshake and those that had theirs are bounded together."""
    own = {"inner": inner, "context": context, "handshake_s": handshake_s, "shaking": {}}
    return type("Shaking", (Handshake,), own)


class Handshake(asyncio.Protocol):
    """One connection until its handshake is over; what comes right behind it is kept for the protocol that takes over."""

    inner: ClassVar[type[PatientProtocol]]
    context: ClassVar[ssl.SSLContext]
    handshake_s: ClassVar[float]
    shaking: ClassVar[dict[Handshake, None]]
    """The first to come first."""

    def __init__(self, *, server_state: ServerState, **named: Any) -> None:
        """`named`: what uvicorn gives to any protocol of its own."""
        self._state, self._named = server_state, named
        self._kept = bytearray()
        self._ended = False
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = self._transport = cast(asyncio.Transport, transport)  # uvloop's is one, and does not say so
        line.pause_reading()
        self.shaking[self] = None
        self._task = asyncio.get_running_loop().create_task(self._shake(line))
        self._make_room()

    def data_received(self, data: bytes) -> None:
        self._kept += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True

    async def _shake(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                transport, self, self.context, server_side=True, ssl_handshake_timeout=self.handshake_s
            )
        except OSError:  # no TLS, none that we speak, too slow, or gone: nobody is there to be told
            transport.abort()
            return
        finally:
            self.shaking.pop(self, None)
        if secured is not None and not self._ended:
            self._hand_over(secured)

    def _hand_over(self, secured: asyncio.Transport) -> None:
        taking = self.inner(server_state=self._state, **self._named)
        taking.connection_made(secured)
        secured.set_protocol(taking)
        if self._kept:
            taking.data_received(bytes(self._kept))

    def _make_room(self) -> None:
        """As in `patience`: strangers push each other out first."""
        full = len(self.shaking) + len(self._state.connections) > self.inner.most
        if len(self.shaking) > (1 if full else AT_ONCE):
            next(iter(self.shaking)).give_up()
        elif full:
            self.inner.make_room()

    def give_up(self) -> None:
        """Nobody waits for the end of this handshake any more."""
        self.shaking.pop(self, None)
        if self._task is not None and self._transport is not None:
            self._task.cancel()  # uvloop tells it nothing of the connection's end
            self._transport.abort()
