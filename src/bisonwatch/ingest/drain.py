"""Empties the spool into the database, oldest first; while that is away it is the probe that finds it back."""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean
from bisonwatch.domain.delivery import Delivery
from bisonwatch.errors import StoreBarred, StoreConflict, StoreError, StoreUnavailable
from bisonwatch.ingest.deadline import within
from bisonwatch.ingest.spool import Spool, too_slow
from bisonwatch.store import inbox
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.spool import Batch
from bisonwatch.store.spool_file import Identity
from bisonwatch.store.spool_row import Held, Unread

log = logging.getLogger(__name__)

PROBE_S = 0.2
"""While the database is away it is tried so often: drained first, then served from, is what was spooled."""
FIRST, MOST, EACH = 16, 256, 4096
"""So many deliveries, of so many bytes each, go in the batch that finds the database back; each that works doubles the next."""
SLOWEST = 256 << 10
"""Bytes a second: a database that takes them slower counts as away. A large body has so much more time."""
TOGETHER = 1024
"""So many are removed in one transaction."""
STUCK_S, BARRED_S = 1.0, 5.0
"""When something else than the database's absence stops the drain; when the database turns us away, which some count."""
LOOK_S, AGAIN_S = 60.0, 300.0
"""The file is looked at though nothing came in; what was set aside so long ago is offered again."""
REASON = 500


class Drain:
    """`once` moves one batch, which is what tests call; `run` does so for ever. `deadline`: seconds that the database has for one."""

    def __init__(
        self, spool: Spool, database: Database, bus: Bus, clock: Clock, deadline: float = 1.5
    ) -> None:
        self._spool = spool
        self._file, self._figures = spool.file, spool.figures
        self._database = database
        self._bus = bus
        self._clock = clock
        self._deadline = deadline
        self._size = FIRST
        self._after = 0
        self._from: Identity | None = None
        self._owed: array[int] = array("q")
        self._aside: list[tuple[int, str, datetime]] = []
        self._offered: int | None = None
        self._stuck = False
        self._told = float("-inf")

    async def run(self) -> None:
        try:
            while True:
                await self._spool.allowed.wait()
                await self._pass()
        finally:
            self._spool.answers()  # whatever it died of, nobody asks the database now: the next delivery does

    async def _pass(self) -> None:
        try:
            if not await self.once():
                await self._rest()
            if not self._owes:
                self._moving()
        except StoreError as error:
            self._standing(error)
            await self._clock.sleep(self._pause(error))

    def _pause(self, error: StoreError) -> float:
        if isinstance(error, StoreBarred):
            return BARRED_S
        return PROBE_S if self._spool.instead else STUCK_S

    async def once(self) -> int:
        """Drain one batch, oldest first; how many rows it held. Raises StoreError: they are still here."""
        kept = self._spool.kept
        batch = await self._read()
        if batch.held:
            await self._move(batch.held)
        if batch.unread:
            await self._unread(batch.unread)
        if batch.held or batch.unread:
            return len(batch.held) + len(batch.unread)
        await self._settle()
        if self._after:
            self._after = 0  # what stands before may have been handed to us meanwhile
            return await self.once()
        if kept == self._spool.kept:
            self._figures.waiting = 0  # another node that shares the file may have drained it
            self._spool.answers()
        return 0

    async def _read(self) -> Batch:
        try:
            batch = await self._file.oldest(self._size, self._size * EACH, after=self._after)
            if batch.file != self._from:
                await self._begin(batch.file)
                batch = await self._file.oldest(self._size, self._size * EACH)
        except StoreUnavailable:
            self._spool.answers()  # it cannot be the probe: the next delivery is
            raise
        return batch

    async def _begin(self, file: Identity | None) -> None:
        """Another file has its own places: what is known of the old one's says nothing of them."""
        self._from, self._after = file, 0
        del self._owed[:], self._aside[:]
        await self._spool.count()

    async def _move(self, held: Sequence[Held]) -> None:
        """Into the database, then out of here: a crash between the two repeats what is nothing. One that is refused is set aside."""
        try:
            await self._commit([item.delivery for item in held])
        except (StoreUnavailable, StoreConflict):
            self._size = FIRST
            raise
        except StoreError as error:
            if len(held) == 1:
                return await self._refused(held[0], error)
            middle = len(held) // 2
            await self._move(held[:middle])
            return await self._move(held[middle:])
        self._size = min(MOST, self._size * 2)
        self._spool.works()
        self._bus.publish(Topic.INBOX, len(held))
        self._owed.extend(item.seq for item in held)
        await self._passed(held[-1].seq, len(held))
        return None

    async def _passed(self, seq: int, count: int) -> None:
        """Whatever becomes of their rows, the next batch is what came after them. A full disk does not stop the drain."""
        self._after = max(self._after, seq)
        self._figures.waiting = max(0, self._figures.waiting - count)
        with self._patiently():
            await self._settle()

    @property
    def _owes(self) -> bool:
        """Whether the file still has to be told what became of some rows."""
        return bool(self._owed or self._aside)

    async def _settle(self) -> None:
        """Remove what is durable in the database, mark what is set aside; where the spool's disk is full that waits."""
        while self._owed:
            await self._file.remove(self._owed[:TOGETHER], of=self._from)
            del self._owed[:TOGETHER]
        while self._aside:
            await self._file.set_aside(*self._aside[0], of=self._from)
            del self._aside[0]

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable as error:
            self._standing(error)

    async def _commit(self, deliveries: Sequence[Delivery]) -> None:
        put = partial(inbox.put, deliveries=deliveries)
        seconds = self._deadline + sum(len(delivery.body) for delivery in deliveries) / SLOWEST
        try:
            await within(seconds, self._database.at_once(Lane.PROCESSOR, put))
        except TimeoutError as error:
            raise too_slow(seconds) from error

    async def _refused(self, held: Held, error: StoreError) -> None:
        what = f"delivery {held.delivery.id} is refused alone, and set aside in the spool"
        await self._set_aside([(held.seq, clean(str(error), REASON))], what)

    async def _unread(self, rows: Sequence[Unread]) -> None:
        what = f"row {rows[0].seq} of the spool is no delivery to this version, and set aside there"
        await self._set_aside([(row.seq, clean(row.reason, REASON)) for row in rows], what)

    async def _set_aside(self, rows: Sequence[tuple[int, str]], what: str) -> None:
        """It answers, so that others are brought to it again; a line a second is enough for whoever reads of it."""
        self._spool.answers()
        now = self._clock.now()
        self._aside.extend((seq, reason, now) for seq, reason in rows)
        self._figures.refused += len(rows)
        self._figures.reason = clean(rows[-1][1])
        await self._passed(rows[-1][0], len(rows))
        if self._clock.monotonic() - self._told >= 1.0:
            self._told = self._clock.monotonic()
            log.error("%s: %s", what, rows[0][1])

    async def _rest(self) -> None:
        """Until something comes in, or it is time to look; what was set aside is offered on and on while it is taken."""
        if await self._file.shrink() or self._figures.waiting:
            return None
        if self._figures.refused and self._figures.refused == self._offered:
            return await self.look()
        self._spool.work.clear()
        try:
            async with asyncio.timeout(LOOK_S):
                await self._spool.work.wait()
        except TimeoutError:
            await self.look()
        return None

    async def look(self) -> None:
        """What others did to the file is seen; what was set aside long enough ago is offered again."""
        before = self._clock.now() - timedelta(seconds=AGAIN_S)
        again = await self._file.try_again(before, MOST) if self._figures.refused else 0
        await self._spool.count()
        self._offered = self._figures.refused if again else None

    def _standing(self, error: StoreError) -> None:
        if not self._stuck and not self._spool.failing:
            self._stuck = True
            log.error("the spool is not drained as it should be: %s", error)

    def _moving(self) -> None:
        if self._stuck:
            self._stuck = False
            log.info("the spool drains again")
