"""What datasets show by day adds up to what the first screen shows of the month, after any sequence of news and reports."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from sqlalchemy import delete

from bisonwatch.cache import readings
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.daily import METRICS, span
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Figures
from bisonwatch.store import daily, mirror, tables, volume_days
from bisonwatch.store.database import Database
from tests.properties.test_month_counts import EASY, STEPS, TODAY, news, report
from tests.support.news import NOON, sighting

KEYS = [WorkspaceKey("main", 3001), WorkspaceKey("main", 3002)]
EMPTIED = (tables.facts, tables.daily_counts, tables.daily_reports, tables.month_counts)


@settings(EASY, max_examples=15)
@given(steps=STEPS)
async def test_days_add_up_to_the_month(database: Database, steps: list[tuple[int, object]]) -> None:
    """In both witnesses and in what is shown; what is planned and possible on a day is in none of them."""
    async with database.write() as tx:
        for table in EMPTIED:
            await tx.run(delete(table))
        await mirror.write(tx, Changes(sightings=tuple(sighting(key, None) for key in KEYS)), NOON)
        await volume_days.scheduled(tx, KEYS[0], {TODAY: 7}, NOON + timedelta(hours=9))
        for which, step in steps:
            if isinstance(step, tuple):
                await report(tx, KEYS[which], step[0], NOON + timedelta(hours=step[1]))
            elif isinstance(step, list):
                await news(tx, KEYS[which], step)
    async with database.read() as tx:
        months = await readings.months(tx, NOON)
        for key in KEYS:
            found = await daily.of(tx, key, TODAY.replace(day=1), TODAY)
            days = span(TODAY.replace(day=1), TODAY)
            shown = months[key].shown if key in months else Figures()
            counted = months[key].counted if key in months else Figures()
            assert [found.sum(metric, days) for metric in METRICS] == _of(shown)
            assert [found.sum_counted(metric, days) for metric in METRICS] == _of(counted)
            assert not (key in months and months[key].as_of) or found.as_of == months[key].as_of


def _of(figures: Figures) -> list[int | None]:
    return [figures.sent, figures.replied, figures.interested, figures.bounced, figures.unsubscribed]
