"""P10: a mirror of thousands of workspaces and millions of events: every read behind a screen, the whole status, the pace of upkeep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

import asyncpg

from benchmarks.generate import Shape, fill
from benchmarks.places import Fresh, Places
from benchmarks.report import Row, against, told, within
from benchmarks.sizes import Sizes
from bisonwatch.bus import Bus
from bisonwatch.cache import readings
from bisonwatch.cache.picture import Self
from bisonwatch.cache.snapshot import SnapshotMaker
from bisonwatch.clock import SystemClock
from bisonwatch.domain.delivery import Bodies, Delivery, Source
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import SCHEDULE, Job, Tally
from bisonwatch.domain.status import status_json
from bisonwatch.engine.scheduler import new_run
from bisonwatch.engine.upkeep import Upkeep
from bisonwatch.metrics import Durations
from bisonwatch.store import (
    accounts,
    counts,
    deliveries,
    facts,
    inbox,
    leads,
    letters,
    nodes,
    runs,
    space,
    traffic,
    transitions,
    watch,
    workspaces,
)
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.letters import Wanted
from bisonwatch.store.retention import Keep
from bisonwatch.store.tx import Tx

READ_MS, STATUS_MS = 100.0, 200.0
ALONE_S = 10.0
TIMES = 5
SOME = WorkspaceKey("main", 1)
IN_TIME = timedelta(minutes=10)

Read = Callable[[Tx, datetime], Awaitable[object]]
READS: dict[str, Read] = {
    "workspaces.all_of": lambda tx, _now: workspaces.all_of(tx, {}),
    "watch.everything": lambda tx, _now: watch.everything(tx),
    "transitions.standing": lambda tx, _now: transitions.standing(tx),
    "deliveries.backlog": lambda tx, _now: deliveries.backlog(tx),
    "deliveries.newest": lambda tx, _now: deliveries.newest(tx, readings.TAIL),
    "runs.open_runs": lambda tx, _now: runs.open_runs(tx),
    "runs.recent": lambda tx, _now: runs.recent(tx, readings.FINISHED_RUNS),
    "nodes.recent": lambda tx, _now: nodes.recent(tx),
    "counts.month_to": lambda tx, now: counts.month_to(tx, now.date()),
    "facts.after_reports": lambda tx, now: facts.after_reports(tx, _midnight(now)),
    "traffic.since": lambda tx, now: traffic.since(tx, now - timedelta(hours=24)),
    "traffic.minutes": lambda tx, now: traffic.minutes(tx, now - timedelta(minutes=61)),
    "deliveries.dead_since": lambda tx, now: deliveries.dead_since(tx, now - timedelta(hours=24)),
    "deliveries.oldest_pending": lambda tx, _now: deliveries.oldest_pending(tx),
    "accounts.figures": lambda tx, _now: accounts.figures(tx),
    "traffic.processed": lambda tx, _now: traffic.processed(tx),
    "runs.last_of": lambda tx, _now: _last_runs(tx),
    "facts.arrivals": lambda tx, now: facts.arrivals(
        tx, now - timedelta(hours=24), now - IN_TIME, 600_000_000
    ),
    "leads.page": lambda tx, _now: leads.page(tx, SOME, None, 101),
    "accounts.page": lambda tx, _now: accounts.page(tx, SOME, None, 101),
    "letters.page": lambda tx, _now: letters.page(tx, Wanted(), 100),
    "letters.groups": lambda tx, _now: letters.groups(tx, Wanted()),
    "letters.count": lambda tx, _now: letters.count(tx, Wanted()),
}


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def _last_runs(tx: Tx) -> None:
    for job in Job:
        await runs.last_of(tx, job)


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    shape = Shape(sizes.scale_workspaces, sizes.scale_accounts, sizes.scale_events)
    for kind in places.kinds:
        yield from asyncio.run(_measured(places.fresh(kind), shape))


async def _measured(place: Fresh, shape: Shape) -> list[Row]:
    database, now = place.database(), datetime.now(UTC)
    started = time.monotonic()
    await fill(database, shape, now)
    filled = time.monotonic() - started
    size = await stored(database)
    kind = f"{place.kind}, {shape.events:,} events"
    figures = {name: await timed(database, read, now) for name, read in READS.items()}
    rows = [
        told("P10", f"generated, {kind}", filled, "s", f"{size / 1e9:.2f} GB on disk"),
        *(
            _row(name, milliseconds)
            for name, milliseconds in sorted(figures.items(), key=lambda pair: -pair[1])
        ),
    ]
    rows.append(within("P10", f"whole status, {kind}", await status(database), "ms", STATUS_MS))
    rows += await _upkeep(database, shape, now, kind)
    await database.close()
    return rows


def _row(name: str, milliseconds: float) -> Row:
    return within("P10", f"  {name}", milliseconds, "ms", READ_MS)


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
        maker = SnapshotMaker(database, Bus(), database.clock, me=lambda: me, urls={}, in_time=IN_TIME)
        status_json(await maker.once(), database.clock.now())
        took.append((time.perf_counter() - started) * 1000)
    return median(took)


async def _upkeep(database: Database, shape: Shape, now: datetime, kind: str) -> list[Row]:
    """A twentieth of everything has become old at once."""
    later = _Later(timedelta(days=shape.days / 20))
    keep = Keep(timedelta(days=30), timedelta(days=shape.days), timedelta(days=30))
    run = new_run(Job.UPKEEP, None, (), SCHEDULE, now)
    alone = await _acks(database, asyncio.create_task(asyncio.sleep(ALONE_S)))
    started = time.monotonic()
    upkeep = asyncio.create_task(Upkeep(database, later, keep, Bodies.FULL).run(run, _go_on))
    beside = await _acks(database, upkeep)
    took = time.monotonic() - started
    done = upkeep.result()
    left = await stored(database)
    removed = done.tally.rows_removed
    return [
        told(
            "P10",
            f"upkeep, {kind}",
            removed / took,
            "rows/s",
            f"{removed:,} rows, resting two thirds of the time",
        ),
        against("P10", "  p99 of storing a delivery meanwhile", beside, "ms", alone, "without upkeep"),
        told("P10", "  on disk afterwards", left / 1e9, "GB"),
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
