"""The pictures of the last seconds as encoded frames, one after the other; any number of readers stand somewhere in it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.protocol.pictures import changes, whole
from bisonwatch.protocol.sse import KEEP_ALIVE

log = logging.getLogger(__name__)
FRAMES, BYTES = 512, 8 << 20
"""How much is kept for those who are slow or come back."""
READERS = 2000
"""At once; each costs about 40 kB, its connection included."""
QUIET_S = 15.0
"""Without a picture for so long, a comment tells proxies and readers that the line is alive."""
LINGER_S = 60.0
"""Frames go on being made for so long after the last reader has left, so that one who was cut off can resume."""
SOONEST_S, SHARE = 0.1, 10.0
"""Between two frames; and so many times as long as a frame took to make and hand out: readers cost a tenth of the loop at most."""
TURN = 25
"""Readers are woken in turns of so many, so that deliveries are answered in between."""
STALL_S = 10.0
"""A reader that takes nothing for so long is dropped."""
READ_AT_S, PER_SECOND = 1.0, 500.0
"""When the workspaces were read is told once a second, and of many workspaces a second for each so many: each reader redoes each row."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What brings a reader from the picture before to `number`; a comment has the number of the picture it follows."""

    number: int
    data: bytes


class Reader:
    """A place in the reel: `next` is the frame to be read next, counted from the reel's first."""

    __slots__ = ("abort", "closed", "next", "wake", "writing_since")

    def __init__(self, place: int, abort: Callable[[], None]) -> None:
        self.next, self.abort = place, abort
        self.wake = asyncio.Event()
        self.closed = False
        self.writing_since: float | None = None

    def end(self) -> None:
        """It is told no more; whoever stands still in the middle of a message is cut off."""
        self.closed = True
        self.wake.set()
        if self.writing_since is not None:
            self.abort()


class Reel:
    """Used on the engine's loop only. `boot` is this start of the daemon: numbers of pictures begin again with each."""

    def __init__(self, snapshot: Callable[[], Snapshot], bus: Bus, clock: Clock, boot: str) -> None:
        self._snapshot, self._clock, self.boot = snapshot, clock, boot
        self._drawn = bus.subscribe(Topic.PICTURE)
        self._readers: dict[Reader, None] = {}
        self._wanted = asyncio.Event()
        self._frames: deque[Frame] = deque()
        self._first = self._bytes = 0
        self._base = -1
        """The picture that the first frame starts from."""
        self._last: Snapshot | None = None
        self._whole: tuple[int, int, bytes] | None = None
        self._left_at = self._read_at = self._told_at = 0.0
        self.closed = False
        """Nobody may join any more."""

    @property
    def readers(self) -> int:
        return len(self._readers)

    @property
    def full(self) -> bool:
        return len(self._readers) >= READERS

    def join(self, after: str | None, abort: Callable[[], None]) -> tuple[Reader, bytes]:
        """A new reader, and what it is told first: nothing where its last id is still here, else the whole picture."""
        if self._last is None:
            self._last, self._told_at = self._snapshot(), self._clock.monotonic()
            self._base = self._last.number
        place = self._resumed(after)
        place, told = (place, b"") if place is not None else self._begun()
        reader = Reader(place, abort)
        self._readers[reader] = None
        self._wanted.set()
        return reader, told

    def leave(self, reader: Reader) -> None:
        """Leaving twice is fine."""
        self._readers.pop(reader, None)
        self._left_at = self._clock.monotonic()

    def take(self, reader: Reader) -> bytes | None:
        """Its next frame; None when it has read all. Raises LookupError for a reader whose next frame is not kept any more."""
        if reader.next < self._first:
            raise LookupError("too slow")
        if reader.next >= self._first + len(self._frames):
            return None
        reader.next += 1
        return self._frames[reader.next - 1 - self._first].data

    def lost(self, reader: Reader) -> bool:
        """Whether what it should read next is gone."""
        return reader.next < self._first

    async def run(self) -> None:
        """While anybody reads, or did a moment ago."""
        while True:
            await self._wanted.wait()
            began = self._clock.monotonic()
            await self.once()
            rest = max(SOONEST_S, (self._clock.monotonic() - began) * SHARE)
            if not self._readers and began - self._left_at > LINGER_S:
                self._forget()
            await self._clock.sleep(rest)
            await self._drawn.wait(QUIET_S)

    async def once(self) -> None:
        """One frame out of the newest picture, and every reader woken."""
        before, after, now = self._last, self._snapshot(), self._clock.monotonic()
        if before is not None and after.number != before.number:
            due = now - self._read_at >= max(READ_AT_S, len(after.workspaces) / PER_SECOND)
            self._read_at = now if due else self._read_at
            self._append(Frame(after.number, changes(before, after, self.boot, read_at=due)))
            self._last, self._told_at = after, now
        elif before is not None and now - self._told_at >= QUIET_S:
            self._append(Frame(before.number, KEEP_ALIVE))
            self._told_at = now
        for count, reader in enumerate(tuple(self._readers), 1):
            reader.wake.set()
            if reader.writing_since is not None and now - reader.writing_since > STALL_S:
                log.info("a reader of the stream is dropped: it takes nothing")
                reader.end()
            if count % TURN == 0:
                await asyncio.sleep(0)

    def write(self, reader: Reader, on: bool) -> None:
        """Around each piece that is sent, so that one that does not get through is noticed."""
        reader.writing_since = self._clock.monotonic() if on else None

    def close(self) -> None:
        """Every reader ends: a stop waits for nobody."""
        self.closed = True
        for reader in tuple(self._readers):
            reader.end()

    def _resumed(self, after: str | None) -> int | None:
        """The place behind the picture with that id."""
        boot, _, number = (after or "").rpartition(".")
        if boot != self.boot:
            return None
        known = [self._base, *(frame.number for frame in self._frames)]
        places = [place for place, one in enumerate(known, self._first) if str(one) == number]
        return places[-1] if places else None

    def _begun(self) -> tuple[int, bytes]:
        """The whole picture, encoded once for all who come before its place in the reel is gone or far away."""
        end = self._first + len(self._frames)
        if self._whole is None or self._whole[0] < self._first or end - self._whole[0] > TURN:
            assert self._last is not None
            self._whole = (end, self._last.number, whole(self._last, self.boot))
        return self._whole[0], self._whole[2]

    def _append(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._bytes += len(frame.data)
        while len(self._frames) > FRAMES or (self._bytes > BYTES and len(self._frames) > 1):
            gone = self._frames.popleft()
            self._base, self._first, self._bytes = gone.number, self._first + 1, self._bytes - len(gone.data)

    def _forget(self) -> None:
        """Nobody reads: the reel costs nothing then."""
        self._first += len(self._frames)
        self._frames.clear()
        self._bytes, self._last, self._whole = 0, None, None
        self._wanted.clear()
