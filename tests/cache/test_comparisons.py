"""What views are told of comparisons, on each kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from bisonwatch.cache.comparisons import DAYS, Comparisons
from bisonwatch.domain.comparison import Judged, Leeway, Lone, Report
from bisonwatch.domain.drift import Verdict
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Run, RunState
from bisonwatch.store import consistency, counts, runs, workspaces
from bisonwatch.store.database import Database
from tests.support.clock import ManualClock
from tests.support.news import NORTHWIND

NOW = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)
TODAY, DAY = NOW.date(), timedelta(days=1)
COBALT = WorkspaceKey("main", 13)
LEEWAY = Leeway(3, 0.04)
OVER = Verdict(0.5, Metric.SENT, "300 fewer", MappingProxyType({"sent": -300}))


def reader(database: Database) -> Comparisons:
    return Comparisons(database, ManualClock(NOW), LEEWAY)


def report(day: date, metric: str = "sent") -> Report:
    return Report(day, metric, 90, 100, 0.1, "10 fewer", NOW, NOW)


def resync(at: datetime) -> Run:
    return Run(uuid7(at), Job.RESYNC, NORTHWIND, (), "consistency", RunState.QUEUED, at)


async def judge(database: Database, workspace: WorkspaceKey, found: Verdict, started: Run | None) -> None:
    async with database.write() as tx:
        before = await consistency.begin(tx, workspace, NOW)
        await consistency.settle(tx, workspace, found, before, NOW, started.id if started else None)


async def test_every_verdict_with_the_resync_it_started(database: Database) -> None:
    """A run that is not kept any more is none; who was never compared is not in the books."""
    kept, gone = resync(NOW), resync(NOW)
    async with database.write() as tx:
        await runs.queue(tx, [kept])
    await judge(database, NORTHWIND, OVER, kept)
    await judge(database, COBALT, OVER, gone)
    books = await reader(database).books()
    assert books.leeway == LEEWAY
    assert {key: judged.resync for key, judged in books.judged.items()} == {NORTHWIND: kept, COBALT: None}
    standing = books.judged[COBALT].standing
    assert standing is not None
    assert (standing.drift, standing.resync_id, standing.over_since) == (0.5, gone.id, NOW)


async def test_a_history_is_one_workspaces_days(database: Database) -> None:
    """The newest first, a month of them, with each resync that is named; nobody else's."""
    first, second = resync(NOW - DAY), resync(NOW)
    since = TODAY - (DAYS - 1) * DAY
    mine = [
        replace(report(TODAY), resync_id=second.id),
        replace(report(TODAY - DAY), resync_id=first.id),
        report(since),
    ]
    async with database.write() as tx:
        await runs.queue(tx, [first, second])
        await consistency.write(tx, NORTHWIND, [*mine, report(since - DAY)])
        await consistency.write(tx, COBALT, [report(TODAY, "replied")])
    await judge(database, NORTHWIND, OVER, second)
    found = await reader(database).history(NORTHWIND)
    assert [kept.day for kept in found.reports] == [TODAY, TODAY - DAY, since]
    assert found.resyncs == {first.id: first, second.id: second}
    assert (found.judged.resync, found.since) == (second, since)


async def test_what_the_provider_alone_tells(database: Database) -> None:
    """The days before ours were counted whole, by metric; only of the newest answer, and nothing that is no metric of its series."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOW - DAY)
        days = {TODAY - n * DAY: 7 for n in range(3)}
        await counts.report(tx, NORTHWIND, {Metric.SENT: {TODAY - 9 * DAY: 5}}, NOW - DAY)
        await counts.report(tx, NORTHWIND, {Metric.SENT: days, Metric.OPENED: days}, NOW)
    found = await reader(database).history(NORTHWIND)
    alone = {(n, metric) for n in (1, 2) for metric in (Metric.SENT, Metric.OPENED)}
    assert set(found.lone) == {Lone(TODAY - n * DAY, metric, 7, NOW, TODAY) for n, metric in alone}
    assert [lone.day for lone in found.lone] == sorted((lone.day for lone in found.lone), reverse=True)


async def test_a_stranger_has_an_empty_history(database: Database) -> None:
    """Nothing was compared, nothing is invented."""
    found = await reader(database).history(COBALT)
    assert (found.judged, found.reports, found.lone) == (Judged(COBALT), (), ())
