"""A month's sums are what its days come to, after any sequence of news and reports, and when two transactions meet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bisonwatch.domain.changes import Changes
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store import counts, mirror, month_counts, tables
from bisonwatch.store.counts import Sums
from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx
from tests.support.news import NOON, fact, sighting

EASY = settings(
    max_examples=30,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TODAY = NOON.date()
DAYS = st.integers(-25, 15)
"""Last month, this one and the next, told from the twentieth."""
METRICS = st.sampled_from((Metric.SENT, Metric.REPLIED, Metric.BOUNCED))
NEWS = st.lists(st.tuples(st.integers(0, 12), METRICS, DAYS, st.integers(0, 2)), min_size=1, max_size=12)
"""Facts by number: a day, and a rank that lets a later one move it."""
SERIES = st.dictionaries(METRICS, st.dictionaries(DAYS, st.integers(0, 9), max_size=6), max_size=3)
STEPS = st.lists(st.tuples(st.integers(0, 1), NEWS | st.tuples(SERIES, st.integers(0, 3))), max_size=10)
"""What happens to one of two workspaces: news, or a report with the hour it is of."""
Work = Callable[[Tx], Awaitable[object]]
_WORKSPACES = count(2000)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


async def news(tx: Tx, workspace: WorkspaceKey, told: list[tuple[int, Metric, int, int]]) -> None:
    """One batch, folded as the processor folds it: each fact once."""
    each = {(number, metric): (number, metric, days, rank) for number, metric, days, rank in told}
    facts = [
        fact(f"x:{number}", metric, NOON + timedelta(days=days), rank, workspace=workspace)
        for number, metric, days, rank in each.values()
    ]
    await mirror.write(tx, Changes(facts=tuple(facts), sightings=(sighting(workspace, None),)), NOON)


async def report(
    tx: Tx, workspace: WorkspaceKey, series: dict[Metric, dict[int, int]], as_of: datetime
) -> None:
    days = {metric: {day(number): n for number, n in found.items()} for metric, found in series.items()}
    await counts.report(tx, workspace, days, as_of)


async def agree(database: Database) -> dict[date, dict[WorkspaceKey, Sums]]:
    """The sums up to each of some days, by month and by day, which have to be the same."""
    lasts = [date(2026, 10, 31), TODAY, date(2026, 11, 30), date(2026, 12, 31)]
    async with database.read() as tx:
        by_month = {last: await counts.month_to(tx, last) for last in lasts}
        by_day = {last: await counts.sums(tx, last.replace(day=1), last) for last in lasts}
    assert by_month == by_day
    return by_day


@EASY
@given(steps=STEPS)
async def test_a_month_is_its_days(database: Database, steps: list[tuple[int, object]]) -> None:
    """Facts that come, come again and move between days and months; reports early, late and of any days."""
    keys = [WorkspaceKey("main", next(_WORKSPACES)) for _ in range(2)]
    async with database.write() as tx:
        for table in (tables.daily_counts, tables.daily_reports, tables.month_counts, tables.client_registry):
            await tx.run(delete(table))
        await mirror.write(tx, Changes(sightings=tuple(sighting(key, None) for key in keys)), NOON)
    for which, step in steps:
        async with database.write() as tx:
            if isinstance(step, tuple):
                await report(tx, keys[which], step[0], NOON + timedelta(hours=step[1]))
            elif isinstance(step, list):
                await news(tx, keys[which], step)
        await agree(database)


KEY = WorkspaceKey("main", 12)
A_FACT = partial(news, workspace=KEY, told=[(1, Metric.SENT, 0, 0)])
A_REPORT = partial(report, workspace=KEY, series={Metric.SENT: {0: 5}}, as_of=NOON)


@pytest.mark.parametrize(("first", "second"), [(A_FACT, A_REPORT), (A_REPORT, A_FACT), (A_FACT, A_FACT)])
async def test_two_transactions_that_meet(database: Database, first: Work, second: Work) -> None:
    """Whichever comes first, the other waits for it and sees what it did: the month still is its days."""
    async with database.write() as tx:
        await news(tx, KEY, [(9, Metric.REPLIED, 0, 0)])
    begun = asyncio.Event()

    async def other() -> None:
        await begun.wait()
        async with database.write() as tx:
            await second(tx)

    waiting = asyncio.create_task(other())
    async with database.write() as tx:
        await first(tx)
        begun.set()
        _, late = await asyncio.wait({waiting}, timeout=0.1)
    await waiting
    assert late
    assert (await agree(database))[TODAY][KEY].counted[Metric.SENT] == 1


async def test_a_day_of_tomorrow_is_not_todays(database: Database) -> None:
    """A workspace with later days in the month is summed by day, the others are not asked again."""
    ahead, usual = KEY, WorkspaceKey("main", 13)
    async with database.write() as tx:
        await news(tx, ahead, [(1, Metric.SENT, 0, 0), (2, Metric.SENT, 1, 0)])
        await news(tx, usual, [(1, Metric.SENT, 0, 0)])
    one = {Metric.SENT: 1}
    async with database.read() as tx:
        assert await counts.month_to(tx, TODAY) == {ahead: Sums(one, one), usual: Sums(one, one)}
        assert [row.counted for row in await month_counts.of(tx, date(2026, 11, 1))] == [2, 1]
