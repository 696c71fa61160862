"""What comparisons read and keep, on each kind of database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from bisonwatch.domain.changes import FactNews
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.drift import Missed, Verdict, span
from bisonwatch.domain.facts import Fact, FactKey, count_deltas
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.metric import REPORTED, Metric
from bisonwatch.store import consistency, counts, facts, retention, summaries, witness, workspaces
from bisonwatch.store.consistency import Report
from bisonwatch.store.database import Database
from bisonwatch.store.retention import Keep
from bisonwatch.store.summaries import MonthSummary
from tests.support.news import NORTHWIND

AS_OF = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)
DAYS = span(AS_OF)
COBALT = WorkspaceKey("main", 13)
HOUR, LATE = timedelta(hours=1), timedelta(minutes=10)


def fact(
    at: datetime,
    source: Source = Source.WEBHOOK,
    *,
    metric: Metric = Metric.SENT,
    seen: timedelta = timedelta(),
    of: WorkspaceKey = NORTHWIND,
    key: str | None = None,
) -> FactNews:
    logged = None if source is Source.READ else at
    known = FactKey(of, metric, key or f"{source}:{at.timestamp()}")
    return FactNews(Fact(known, at, 0), uuid7(at), source, at + seen, logged)


async def put(database: Database, *news: FactNews) -> None:
    async with database.write() as tx:
        added = await facts.add(tx, news)
        await counts.add(tx, count_deltas([item.fact for item in added.new], added.moved))


async def test_facts_are_counted_up_to_the_report(database: Database) -> None:
    """Day by day, to the microsecond; of other workspaces and days nothing."""
    midnight = datetime(2026, 9, 14, tzinfo=UTC)
    moments = [AS_OF, midnight, midnight - timedelta(microseconds=1), midnight - timedelta(days=3)]
    later = [AS_OF + timedelta(microseconds=1), AS_OF + 7 * HOUR]
    await put(database, *(fact(at) for at in (*moments, *later)), fact(AS_OF, of=COBALT))
    await put(database, fact(AS_OF - HOUR, metric=Metric.REPLIED))
    async with database.read() as tx:
        found = await witness.counted(tx, NORTHWIND, DAYS, AS_OF)
    sent = {day: n for (day, metric), n in found.items() if metric is Metric.SENT}
    assert sent == {DAYS[1]: 1, DAYS[2]: 2}
    assert found[DAYS[2], Metric.REPLIED] == 1


async def test_what_webhooks_missed(database: Database) -> None:
    """By poll and never by webhook, or by a webhook that was late; what a webhook brought in time, or was read for its history, is none."""
    start = AS_OF - 8 * HOUR

    def at(minutes: int) -> datetime:
        return start + timedelta(minutes=minutes)

    five, hour = timedelta(minutes=5), HOUR
    await put(
        database,
        *(fact(at(n), Source.POLL, seen=five) for n in (0, 7, 21)),
        fact(at(30), Source.POLL, seen=five, key="in time"),
        fact(at(31), Source.POLL, seen=five, key="late"),
        fact(at(40), Source.READ),
        fact(at(-30), Source.POLL, seen=five),
        fact(AS_OF - five, Source.POLL, seen=timedelta(minutes=1)),
    )
    await put(database, fact(at(30), seen=timedelta(minutes=9), key="in time"))
    await put(database, fact(at(31), seen=hour, key="late"))
    async with database.read() as tx:
        found = await witness.missed(tx, NORTHWIND, DAYS, at(-10), LATE, AS_OF)
        nothing = await witness.missed(tx, NORTHWIND, DAYS, None, LATE, AS_OF)
    assert found == {(DAYS[2], Metric.SENT): Missed(3, 1, at(0), at(31))}
    assert nothing == {}


async def test_moments_are_in_order(database: Database) -> None:
    """Of the metrics asked for, between two moments that are included."""
    hours = [AS_OF - n * HOUR for n in (5, 1, 3)]
    await put(database, *(fact(at) for at in hours), fact(AS_OF, metric=Metric.OPENED))
    async with database.read() as tx:
        found = await witness.moments(tx, NORTHWIND, [Metric.SENT], AS_OF - 3 * HOUR, AS_OF - HOUR)
    assert found == {Metric.SENT: [AS_OF - 3 * HOUR, AS_OF - HOUR]}


async def test_the_newest_answer_alone_is_a_witness(database: Database) -> None:
    """A day that the provider left out of it keeps an older number, which is not compared."""
    async with database.write() as tx:
        old = {Metric.SENT: dict.fromkeys(DAYS, 7)}
        await counts.report(tx, NORTHWIND, old, AS_OF - HOUR)
        await counts.report(tx, NORTHWIND, {Metric.SENT: {DAYS[2]: 9}}, AS_OF)
        assert await witness.series(tx, NORTHWIND, DAYS[0]) == (AS_OF, {(DAYS[2], Metric.SENT): 9})
        assert await witness.series(tx, COBALT, DAYS[0]) == (None, {})


async def test_from_when_counts_are_complete(database: Database) -> None:
    """The first full day after the workspace was first seen, earlier for what a backfill completed; nothing of a stranger."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", AS_OF)
        await witness.reaches_back(tx, NORTHWIND, date(2026, 3, 1), [Metric.SENT])
        await witness.reaches_back(tx, NORTHWIND, date(2026, 5, 1), [Metric.SENT])
        found = await witness.first_days(tx, NORTHWIND)
        assert await witness.first_days(tx, COBALT) == {}
    assert found.pop(Metric.SENT) == date(2026, 3, 1)
    assert found == dict.fromkeys([m for m in REPORTED if m is not Metric.SENT], date(2026, 9, 15))


def report(drift: float, reason: str | None, minute: int, day: date = DAYS[1]) -> Report:
    at = AS_OF + timedelta(minutes=minute)
    return Report(day, "sent", 90, 100, drift, reason, AS_OF, at)


async def test_a_report_lives_from_wrong_to_healed(database: Database) -> None:
    """It keeps its reason, and the first check that found it well; an older check changes nothing."""
    steps = [
        (report(0.1, "10 fewer", 1), "10 fewer", None),
        (report(0.0, None, 2), "10 fewer", AS_OF + timedelta(minutes=2)),
        (report(0.0, None, 3), "10 fewer", AS_OF + timedelta(minutes=2)),
        (report(0.4, "late", 1), "10 fewer", AS_OF + timedelta(minutes=2)),
        (report(0.2, "20 fewer", 4), "20 fewer", None),
    ]
    for given, reason, healed_at in steps:
        async with database.write() as tx:
            await consistency.write(tx, NORTHWIND, [given])
            [kept] = await consistency.of(tx, NORTHWIND, DAYS[0])
        assert (kept.reason, kept.healed_at) == (reason, healed_at)


async def test_a_verdict_remembers_its_resync(database: Database) -> None:
    """Since when it is over lasts while nobody can tell, and ends when all is well; the resync and its gaps stay."""
    gaps = MappingProxyType({"sent": -300})
    over = Verdict(0.5, Metric.SENT, "300 fewer", gaps)
    unknown, well = Verdict(None, reason="deliveries wait"), Verdict(0.0, Metric.SENT)
    run = UUID(int=7)
    since = []
    for minute, (verdict, resync) in enumerate([(over, run), (unknown, None), (over, None), (well, None)]):
        at = AS_OF + timedelta(minutes=minute)
        async with database.write() as tx:
            before = await consistency.begin(tx, NORTHWIND, at)
            await consistency.settle(tx, NORTHWIND, verdict, before, at, resync)
            found = (await consistency.standing(tx))[NORTHWIND]
        since.append(found.over_since)
        assert (found.drift, found.resync_id, found.resync_gaps) == (verdict.drift, run, {"sent": -300})
    assert since == [AS_OF, AS_OF, AS_OF, None]
    assert found.healing is not None
    assert found.healing.healed


async def test_old_reports_go(database: Database) -> None:
    """With the runs of their time."""
    async with database.write() as tx:
        old, young = report(0.1, "x", -32 * 24 * 60, DAYS[0]), report(0.1, "x", -24 * 60)
        await consistency.write(tx, NORTHWIND, [old, young])
        for chore in await retention.chores(tx, Keep(), AS_OF):
            await chore(tx, 100)
        assert [kept.day for kept in await consistency.of(tx, NORTHWIND, DAYS[0])] == [DAYS[1]]


async def test_a_summary_is_never_older(database: Database) -> None:
    """Whichever comes last, the newest stays."""
    month = date(2026, 9, 1)
    new = MonthSummary(month, DAYS[2], 412, 280, 0, None, 8, 3, 0, 2, AS_OF)
    old = MonthSummary(month, DAYS[1], 400, 270, 0, None, 8, 3, 0, 2, AS_OF - HOUR)
    for told in (new, old):
        async with database.write() as tx:
            await summaries.write(tx, NORTHWIND, told)
    async with database.read() as tx:
        assert await summaries.of(tx, NORTHWIND, month) == new
