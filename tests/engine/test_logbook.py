"""The API log and the validation log reach the database once a minute, and before the process ends."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.span import Span
from bisonwatch.engine.logbook import READ_S, Logbook
from bisonwatch.errors import Flaw, StoreError
from bisonwatch.metrics import Calls, Ending, Endpoint, FlawKey, Metrics, Tally, Validation
from bisonwatch.store.database import Database
from bisonwatch.waiting import Waiting
from tests.support.clock import START, ManualClock

LEADS = Endpoint("main", "GET /api/leads")
ODD = FlawKey("main", 12, "GET /api/leads", "status", "cannot be read")


def one(metrics: Metrics, clock: ManualClock) -> None:
    metrics.calls.add(clock.now(), LEADS, Ending.OK, "200", 41)
    metrics.validation.add(clock.now(), ODD, "9")


async def counted(logbook: Logbook) -> tuple[int, int]:
    """Calls and flaws of the last hour, as stored."""
    calls, flaws = await logbook.calls(Span.HOUR), await logbook.flaws(Span.HOUR)
    return sum(found.calls for found in calls.endpoints), sum(flaw.count for flaw in flaws.flaws)


async def test_what_was_counted_is_written_once(database: Database) -> None:
    """Each flush adds what came since the last one; one without news writes nothing."""
    clock, metrics = ManualClock(), Metrics()
    logbook = Logbook(database, clock, metrics)
    one(metrics, clock)
    for _ in range(2):
        await logbook.once()
        assert await counted(logbook) == (1, 1)
    one(metrics, clock)
    await logbook.once()
    assert await counted(logbook) == (2, 2)
    assert [hour.calls for hour in (await logbook.hours(*LEADS)).hours] == [2]
    assert metrics.calls.totals[LEADS].calls == 2


async def test_who_reads_is_shown_the_last_seconds(database: Database) -> None:
    """What waits is written before a reader is answered, though not for each of many who read within five seconds."""
    clock, metrics = ManualClock(), Metrics()
    logbook = Logbook(database, clock, metrics)
    one(metrics, clock)
    assert await counted(logbook) == (1, 1)
    one(metrics, clock)
    assert await counted(logbook) == (1, 1)
    clock.pass_by(READ_S)
    assert await counted(logbook) == (2, 2)
    assert [hour.calls for hour in (await logbook.hours(*LEADS)).hours] == [2]


async def test_what_could_not_be_written_waits(database: Database) -> None:
    """While the database refuses it is kept, and written when it takes it again."""
    clock, metrics = ManualClock(), Metrics()
    logbook = Logbook(database, clock, metrics)
    one(metrics, clock)
    where = "" if database.dialect.one_writer else f'"{database.place.schema}".'
    async with database.write() as tx:
        await tx.run(text(f"ALTER TABLE {where}api_hours RENAME TO away"))
    with pytest.raises(StoreError):
        await logbook.once()
    one(metrics, clock)
    await logbook.close()
    async with database.write() as tx:
        await tx.run(text(f"ALTER TABLE {where}away RENAME TO api_hours"))
    await logbook.once()
    assert await counted(logbook) == (2, 2)


async def test_the_end_writes_what_waits_and_nothing_twice(database: Database) -> None:
    """A flush that is cut off when the engine stops is finished first."""
    clock, metrics = ManualClock(), Metrics()
    logbook = Logbook(database, clock, metrics)
    one(metrics, clock)
    flush = asyncio.create_task(logbook.once())
    await asyncio.sleep(0)
    flush.cancel()
    await asyncio.gather(flush, return_exceptions=True)
    one(metrics, clock)
    await logbook.close()
    assert await counted(logbook) == (2, 2)


async def test_minutes_become_hours_while_nobody_takes_them() -> None:
    """Nothing is forgotten in two weeks without a database, and the memory is bounded."""
    clock, calls = ManualClock(auto=True), Calls()
    for _ in range(60 * 24 * 15):
        calls.add(clock.now(), LEADS, Ending.OK, "200", 41)
        clock.pass_by(60)
    waiting = calls.waiting.take()
    assert len(waiting) <= Waiting.HOURS + Waiting.MINUTES
    kept = sum(sums[LEADS].calls for sums in waiting.values())
    assert 60 * 24 * 14 <= kept <= 60 * 24 * 15
    assert calls.totals[LEADS].calls == 60 * 24 * 15


def test_a_minute_has_so_many_flaws() -> None:
    """The rest is summed under one name, so that a broken provider fills neither memory nor disk."""
    found = Validation()
    for n in range(Validation.MOST + 50):
        found.add(START, ODD._replace(field=f"field {n}"))
    (sums,) = found.waiting.take().values()
    assert len(sums) == Validation.MOST + 1
    assert sums[FlawKey("main", 0, "other", "other", "other")].count == 50
    assert found.counts == {"main": Validation.MOST + 50}


def test_there_are_so_many_endpoints() -> None:
    """Whatever a route may look like."""
    calls = Calls()
    for n in range(Calls.MOST + 50):
        calls.add(START, Endpoint("main", f"GET /{n}"), Ending.OK, "200", 1)
    assert len(calls.totals) == Calls.MOST + 1
    assert calls.totals[Endpoint("main", "other")].calls == 50


def test_flaws_of_a_dataset_are_counted_with_the_others() -> None:
    """By the dataset, its workspace, the field and the reason; figures in a reason are an example, and days of one field are one."""
    found = Validation()
    told = [
        Flaw("kpi", "month.sent", "is below 0: -3"),
        Flaw("volume", "days.3.sent", "is not a number"),
        Flaw("volume", "days.4.sent", "is not a number"),
        Flaw("revenue", "", "is a str, not a Revenue"),
    ]
    found.flawed(START, WorkspaceKey("main", 12), told)
    (sums,) = found.waiting.take().values()
    assert {flaw: (sum.count, sum.example) for flaw, sum in sums.items()} == {
        FlawKey("main", 12, "kpi", "month.sent", "is below 0"): (1, "-3"),
        FlawKey("main", 12, "volume", "days.N.sent", "is not a number"): (2, None),
        FlawKey("main", 12, "revenue", "value", "is a str, not a Revenue"): (1, None),
    }


def test_tallies_add_up() -> None:
    """Counts, times and buckets; the slowest of both."""
    one, two = Tally(), Tally()
    one.add(Ending.OK, 25)
    two.add(Ending.FAILED, 25.1)
    two.add(Ending.OK, 99_000)
    two.retries = two.unsent = 3
    one.merge(two)
    assert (one.calls, one.retries, one.unsent, one.max_ms) == (3, 3, 3, 99_000)
    assert (one.endings[Ending.OK], one.endings[Ending.FAILED]) == (2, 1)
    assert [index for index, count in enumerate(one.buckets) if count] == [0, 1, 12]
    assert one.total_ms == pytest.approx(99_050.1)
