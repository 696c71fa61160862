"""Keeps the mirror small: trims bodies, removes what is older than retention says, gives the file's free space back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from bisonwatch.clients.bison.trim import trim
from bisonwatch.clock import Clock
from bisonwatch.domain.delivery import Bodies
from bisonwatch.domain.run import Outcome, Run
from bisonwatch.store import retention, space, trimming
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.retention import Keep
from bisonwatch.store.tx import Tx
from bisonwatch.sync.meter import Done, Meter, Progress

log = logging.getLogger(__name__)

LONG_S, LONG_BESIDE_S = 0.02, 0.1
"""Statements of ours that take longer were about too many rows: where one writes at a time, others wait for them; on a
server they only share its disk. What committing takes says nothing about the rows: most of it is one wait for the disk."""
REST = 2.0
"""The pause after a transaction, in its own length: two thirds of the time are the others'."""
LEAST_REST_S = 0.002
RIGID = (
    "%s was made by another program, without auto_vacuum: the %d MB that are free in it are used again, but not given back; "
    "to change that, stop bisonwatch and run: sqlite3 %s 'PRAGMA auto_vacuum=INCREMENTAL; VACUUM'"
)


@dataclass(slots=True)
class Pace:
    """How many rows one transaction takes: half as many when it took long, more when it was quick."""

    rows: int = 200
    least: int = 20
    most: int = 2000
    long: float = LONG_S

    def took(self, seconds: float) -> None:
        if seconds > self.long:
            self.rows = max(self.least, self.rows // 2)
        elif seconds < self.long / 2:
            self.rows = min(self.most, self.rows + self.rows // 4)


class Upkeep:
    """`run` is one pass. Where one is cut off, the next finds what is left."""

    def __init__(self, database: Database, clock: Clock, keep: Keep, bodies: Bodies) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep
        self._bodies = bodies
        self._rigid = False

    async def run(self, _run: Run, progress: Progress) -> Done:
        meter = Meter(progress)
        await self._trim(meter)
        await self._prune(meter)
        await self._shrink()
        return Done(Outcome.SUCCESS, meter.tally)

    async def _trim(self, meter: Meter) -> None:
        """From where the last finished walk ended to what is `LAG` old."""
        until = self._clock.now() - trimming.LAG
        if self._bodies is not Bodies.FULL:
            await self._walk(meter, until)
        async with self._database.write(Lane.JOBS) as tx:
            await trimming.end(tx, self._bodies, until, self._clock.now())

    async def _walk(self, meter: Meter, until: datetime) -> None:
        pace = self._pace()
        async with self._database.read() as tx:
            place = await trimming.begin(tx, self._bodies)
        while True:
            async with self._database.read() as tx:
                page = await trimming.page(tx, place, until, pace.rows)
            if page is None:
                return
            trimmed = {id: self._left(body) for id, body in page.bodies.items()}
            changed = {id: left for id, left in trimmed.items() if left != page.bodies[id]}
            if changed:
                await self._paced(pace, partial(_written, changed))
            place = page.place
            meter.read += len(trimmed)
            meter.written += len(changed)
            meter.reach("trimmed", meter.read)
            await meter.report()

    def _left(self, body: bytes) -> bytes | None:
        return None if self._bodies is Bodies.NONE else trim(body) or body

    async def _prune(self, meter: Meter) -> None:
        async with self._database.read() as tx:
            chores = await retention.chores(tx, self._keep, self._clock.now())
        for chore in chores:
            pace = self._pace()
            while removed := await self._paced(pace, chore):
                meter.removed += removed
                meter.reach("removed", meter.removed)
                await meter.report()

    async def _shrink(self) -> None:
        """Only a file that is a good part empty: what goes today comes again tomorrow."""
        found = await space.look(self._database)
        if found is None:
            return
        if found.rigid and not self._rigid:
            log.warning(RIGID, self._database.place.file, found.free >> 20, self._database.place.file)
        self._rigid = found.rigid
        pages, pace = found.surplus, self._pace()
        while pages > 0:
            pages -= await self._paced(pace, space.give_back)
        await self._database.take_over(cut_off=True)
        after = await space.look(self._database)
        if after is not None and after.size < found.size:
            log.info("the database file shrank from %d to %d MB", found.size >> 20, after.size >> 20)

    def _pace(self) -> Pace:
        return Pace(long=LONG_S if self._database.dialect.one_writer else LONG_BESIDE_S)

    async def _paced(self, pace: Pace, work: Callable[[Tx, int], Coroutine[Any, Any, int]]) -> int:
        """One transaction, behind whoever else wants to write, and a rest after it."""
        begun = 0.0

        async def timed(tx: Tx) -> int:
            nonlocal begun
            begun = self._clock.monotonic()
            made = await work(tx, pace.rows)
            pace.took(self._clock.monotonic() - begun)
            return made

        done = await self._database.transact(Lane.JOBS, timed)
        took = self._clock.monotonic() - begun
        await self._clock.sleep(max(LEAST_REST_S, took * REST))
        return done


async def _written(changed: dict[UUID, bytes | None], tx: Tx, _most: int) -> int:
    await trimming.write(tx, changed)
    return len(changed)
