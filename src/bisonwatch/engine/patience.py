"""HTTP connections with bounds that the server itself lacks: how long a request's head may take, how large it may be, how many there may be,
how long an answer may wait to be read.

The first three hold before any token was checked, so that whoever knows none can neither fill the memory nor keep others out.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bisonwatch.api.stream import ABORT

HEAD_S = 20.0
"""From a request's first byte to the end of its head."""
HEAD_BYTES = 64 << 10
"""The longest head, give or take what one read brings."""
STALL_S, STALL_BYTES = 60.0, 32 << 10
"""Where more waits to be sent than a small buffer holds, so much of it has to be read in that time."""
PIPELINED = 64
"""So many requests of one connection may wait for the answer to an earlier one."""
OURS = 128
"""File descriptors kept for databases, the provider and the log."""
MOST = 20_000


def connections_allowed() -> int:
    """Raise this process's limit of open files as far as it may; so many connections fit under it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + OURS if hard == resource.RLIM_INFINITY else min(hard, MOST + OURS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    fit = MOST if soft == resource.RLIM_INFINITY else min(MOST, soft - OURS)
    return max(fit, OURS)


def protocol(most: int) -> type[PatientProtocol]:
    """For one server: over `most` connections, one that asks for nothing has to go."""
    return type("Protocol", (PatientProtocol,), {"most": most, "strangers": {}, "idle": {}})


class PatientProtocol(HttpToolsProtocol):
    """One connection; `protocol` makes the class of a server."""

    most: ClassVar[int]
    strangers: ClassVar[dict[PatientProtocol, None]]
    """Those that have not asked for anything yet, the first to come first."""
    idle: ClassVar[dict[PatientProtocol, None]]
    """Those that were answered and ask for nothing now, the longest idle first."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._in_head = False
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn names the narrower class, and gets no other
        self.strangers[self] = None
        self._expect()
        if len(self.connections) > self.most:
            self.make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self.strangers.pop(self, None)
        self.idle.pop(self, None)
        self._came()
        self._reads()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Whoever asked does not read what was answered. Closing would wait for them, too."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        self._reads()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.abort()
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._expect()

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"now": self.transport.abort}}

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._came()
        self.strangers.pop(self, None)
        self.idle.pop(self, None)
        if len(self.pipeline) >= PIPELINED:
            self.transport.abort()
            return
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self.idle[self] = None

    @classmethod
    def make_room(cls) -> None:
        """Of those that never asked for anything the longest here goes first, so that they push each other out, and nobody else."""
        waiting = cls.strangers if len(cls.strangers) > 1 else cls.idle or cls.strangers
        longest = next(iter(waiting), None)
        if longest is not None:
            del waiting[longest]
            longest.transport.abort()

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(HEAD_S, self.transport.abort)

    def _watch(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(STALL_S, self._look, waiting)

    def _look(self, before: int) -> None:
        if before - self.transport.get_write_buffer_size() < STALL_BYTES:
            self.transport.abort()
        else:
            self._watch()

    def _reads(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
