"""P10: mirrors of thousands of workspaces, or of a year: every read behind a screen or a dashboard, the status, the pace of upkeep."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

import asyncpg

from benchmarks import exporting
from benchmarks.generate import cramped, fill
from benchmarks.places import Fresh, Places
from benchmarks.reads import READS, Read, dashboards
from benchmarks.report import Row, against, told, unmeasured, within
from benchmarks.shape import INBOX_DAYS, Shape, year
from benchmarks.sizes import Sizes
from bisonwatch.bus import Bus
from bisonwatch.cache.picture import Self
from bisonwatch.cache.snapshot import SnapshotMaker
from bisonwatch.clock import SystemClock
from bisonwatch.domain.delivery import Bodies, Delivery, Source
from bisonwatch.domain.ids import uuid7
from bisonwatch.domain.promptness import TEN_MINUTES
from bisonwatch.domain.run import SCHEDULE, Job, Tally
from bisonwatch.domain.status import status_json
from bisonwatch.engine.scheduler import new_run
from bisonwatch.engine.upkeep import Upkeep
from bisonwatch.metrics import Durations
from bisonwatch.store import inbox, space
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.retention import Keep

READ_MS, STATUS_MS = 100.0, 200.0
TIMES = 5


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    shape = Shape(sizes.scale_workspaces, sizes.scale_accounts, sizes.scale_events)
    for kind in places.kinds:
        yield from asyncio.run(_measured("P10", places.fresh(kind), shape, sizes))


def measure_year(places: Places, sizes: Sizes) -> Iterator[Row]:
    """27 workspaces and 120,000 events a day, or a part of them: its rows are of P10 too."""
    for kind in places.kinds:
        yield from asyncio.run(_measured("YEAR", places.fresh(kind), year(sizes.year_part), sizes))


async def _measured(name: str, place: Fresh, shape: Shape, sizes: Sizes) -> list[Row]:
    database, now = place.database(), datetime.now(UTC)
    kind = f"{place.kind}, {shape.events:,} events"
    problem = await cramped(database, shape)
    if problem is not None:
        _progress(problem)
        return [unmeasured(name, kind, problem)]
    _progress(f"{kind}: up to {shape.disk(database.dialect.one_writer) / 1e9:.0f} GB of disk")
    started = time.monotonic()
    await fill(database, shape, now, _progress)
    filled = time.monotonic() - started
    size = await stored(database)
    figures = {
        what: await timed(database, read, now) for what, read in (READS | dashboards(database, now)).items()
    }
    rows = [
        told(name, f"generated, {kind}", filled, "s", f"{size / 1e9:.2f} GB on disk"),
        *(
            _row(name, what, milliseconds)
            for what, milliseconds in sorted(figures.items(), key=lambda pair: -pair[1])
        ),
    ]
    rows.append(within(name, f"whole status, {kind}", await status(database), "ms", STATUS_MS))
    if name == "P10":
        rows += await exporting.rates(name, database)
    _progress(f"{kind}: read; upkeep begins")
    rows += await _upkeep(name, database, shape, now, sizes)
    await database.close()
    await dropped(database)
    return rows


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _row(name: str, what: str, milliseconds: float) -> Row:
    return within(name, f"  {what}", milliseconds, "ms", READ_MS)


async def timed(database: Database, read: Read, now: datetime) -> float:
    """Milliseconds, the middle of some."""
    took = []
    for _ in range(TIMES):
        async with database.read() as tx:
            started = time.perf_counter()
            await read(tx, now)
            took.append((time.perf_counter() - started) * 1000)
    return median(took)


async def status(database: Database) -> float:
    """What `status` does from the database alone, in milliseconds: read all, draw the picture, tell it."""
    took, me = [], Self(None, "benchmark", "", "", 100_000, {})
    for _ in range(TIMES):
        started = time.perf_counter()
        maker = SnapshotMaker(database, Bus(), database.clock, me=lambda: me, urls={}, promptness=TEN_MINUTES)
        status_json(await maker.once(), database.clock.now())
        took.append((time.perf_counter() - started) * 1000)
    return median(took)


async def _upkeep(name: str, database: Database, shape: Shape, now: datetime, sizes: Sizes) -> list[Row]:
    """A part of everything has become old at once, and the last day's bodies are still whole."""
    later = _Later(shape.aged)
    keep = Keep(timedelta(days=INBOX_DAYS), timedelta(days=shape.days), timedelta(days=30))
    run = new_run(Job.UPKEEP, None, (), SCHEDULE, now)
    alone = await _acks(database, asyncio.create_task(asyncio.sleep(sizes.ack_s * 2)))
    started = time.monotonic()
    upkeep = asyncio.create_task(Upkeep(database, later, keep, Bodies.TEXT).run(run, _go_on))
    beside = await _acks(database, upkeep)
    took, tally = time.monotonic() - started, upkeep.result().tally
    done = tally.rows_removed + tally.rows_written
    left = await stored(database)
    what = f"{tally.rows_removed:,} rows removed, {tally.rows_written:,} bodies trimmed in {took:,.0f} s"
    return [
        told(name, f"upkeep after {shape.aged.days} d", done / took, "rows/s", what),
        against(name, "  p99 of storing a delivery meanwhile", beside, "ms", alone, "without upkeep"),
        told(name, "  on disk afterwards", left / 1e9, "GB"),
    ]


async def _acks(database: Database, until: asyncio.Task[Any]) -> float:
    """Store one delivery after another, as the door does, until that task is done; p99 in milliseconds."""
    took = Durations(1_000_000)
    while not until.done():
        now = datetime.now(UTC)
        id = uuid7(now)
        one = Delivery(id, "main", 1, "EMAIL_SENT", Source.WEBHOOK, now, b"{}" * 700, id.bytes)
        started = time.perf_counter()
        await database.transact(Lane.INBOX, partial(inbox.put, deliveries=[one]))
        took.add((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.005)
    found = took.percentiles()
    return found.p99 if found else 0.0


async def _go_on(_tally: Tally) -> bool:
    return False


class _Later(SystemClock):
    """The same clock, so many days on."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


async def stored(database: Database) -> int:
    """Bytes on disk."""
    found = await space.look(database)
    if found is not None:
        return found.size
    connection = await asyncpg.connect(database.place.url)
    size: Any = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return int(size)


async def dropped(database: Database) -> None:
    """Give its room on the disk to what is measured next."""
    if database.place.file is not None:
        for file in database.place.file.parent.glob(f"{database.place.file.name}*"):
            file.unlink()
        return
    connection = await asyncpg.connect(database.place.url)
    await connection.execute(f'DROP SCHEMA "{database.place.schema}" CASCADE')
    await connection.close()
