"""Watches the size of an SQLite file's write-ahead log: it grows as long as somebody looks at an older state of the file."""

from __future__ import annotations

import logging

from bisonwatch.clock import Clock
from bisonwatch.store import space
from bisonwatch.store.database import Database

log = logging.getLogger(__name__)

EVERY_S = 10.0
LARGE, SMALL = 256 << 20, 64 << 20
"""Bytes. What SQLite leaves of the log by itself is SMALL at most (`journal_size_limit`)."""


class LogWatch:
    """`once` is one look. What nobody added to since the last look is taken over into the file; a large log is cut off as soon as it can be."""

    def __init__(self, database: Database, clock: Clock, large: int = LARGE, small: int = SMALL) -> None:
        self._database = database
        self._clock = clock
        self._large, self._small = large, small
        self._large_since: float | None = None
        self._seen: space.Log | None = None
        self._taken: space.Log | None = None

    async def once(self) -> None:
        found = space.log_of(self._database.place)
        if found is None:
            return
        idle, self._seen = found == self._seen, found
        if found.size > self._large or self._large_since is not None:
            await self._cut(found.size)
        elif idle and found != self._taken and await self._database.take_over():
            self._taken = space.log_of(self._database.place)

    async def _cut(self, size: int) -> None:
        await self._database.take_over(cut_off=True)
        left = space.log_size(self._database.place)
        now, file = self._clock.monotonic(), self._database.place.file
        if self._large_since is None and left > self._large:
            self._large_since = now
            log.warning(
                "%s-wal is %d MB: somebody has been reading the mirror for long (a backup, a program that forgot to end "
                "its transaction), and nothing that was written since can leave the log; it shrinks when they end",
                file,
                size >> 20,
            )
        elif self._large_since is not None and left <= self._small:
            log.info("%s-wal is small again, after %.0f s", file, now - self._large_since)
            self._large_since = None
