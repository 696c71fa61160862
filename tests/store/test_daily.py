"""One workspace's numbers by day."""

from __future__ import annotations

from datetime import date, timedelta

from bisonwatch.domain.changes import Changes
from bisonwatch.domain.daily import METRICS, Daily
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store import counts, daily, mirror, witness
from bisonwatch.store.database import Database
from tests.support.news import NOON, NORTHWIND, at, fact, sighting
from tests.support.statements import sent

TODAY, BEFORE = NOON.date(), NOON.date() - timedelta(days=1)
OTHER = WorkspaceKey("main", 13)


async def test_both_witnesses_of_some_days(database: Database) -> None:
    """Of this workspace and these days alone, with what happened after the reports, and since when facts are complete."""
    news = [fact("s:1", when=at(-1440)), fact("s:2", when=at(-60)), fact("s:3", when=at(-2))]
    news += [fact("s:4", when=at(-5 * 1440)), fact("s:5", workspace=OTHER), fact("o:1", Metric.OPENED)]
    async with database.write() as tx:
        await mirror.write(
            tx, Changes(facts=tuple(news), sightings=(sighting(), sighting(OTHER, None))), NOON
        )
        await counts.report(tx, NORTHWIND, {Metric.SENT: {TODAY: 1}, Metric.REPLIED: {BEFORE: 0}}, at(-30))
        await counts.report(tx, OTHER, {Metric.SENT: {TODAY: 9}}, at(-1))
        await witness.reaches_back(tx, NORTHWIND, date(2026, 9, 1), [Metric.SENT])
    complete = dict.fromkeys(METRICS, date(2026, 11, 21)) | {Metric.SENT: date(2026, 9, 1)}
    async with database.read() as tx:
        found = await daily.of(tx, NORTHWIND, BEFORE, TODAY)
    assert found == Daily(
        counted={BEFORE: {Metric.SENT: 1}, TODAY: {Metric.SENT: 2}},
        reported={BEFORE: {Metric.REPLIED: 0}, TODAY: {Metric.SENT: 1}},
        after={TODAY: {Metric.SENT: 1}},
        complete=complete,
        as_of=at(-30),
    )


async def test_days_are_read_in_few_statements(database: Database) -> None:
    """Five, however many days there are."""
    days = {TODAY - timedelta(days=back): back for back in range(60)}
    async with database.write() as tx:
        await counts.report(tx, NORTHWIND, dict.fromkeys(METRICS, days), at(-30))
        await mirror.write(tx, Changes(sightings=(sighting(),)), NOON)
    told = await sent(database, lambda tx: daily.of(tx, NORTHWIND, min(days), TODAY))
    assert len(told) == 5
