"""What of the cache outlives the process, and what nodes learn from each other by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bisonwatch.bus import Topic
from bisonwatch.domain.cache_counts import CacheCounts, Slot
from bisonwatch.domain.freshness import Freshness, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import cache_minutes, retention
from bisonwatch.store.database import Database
from bisonwatch.store.retention import Keep
from bisonwatch.store.tables import cache_minutes as minutes_table
from bisonwatch.store.tables import datasets as datasets_table
from tests.cache.pantry import KPI, VOLUME, Pantry
from tests.support.clock import ManualClock
from tests.support.house import everything

ACME, GLOBEX = WorkspaceKey("main", 1), WorkspaceKey("main", 2)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def node(database: Database, clock: ManualClock) -> Pantry:
    return Pantry(clock, (ACME, GLOBEX), database)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await true():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(one: Pantry) -> AsyncIterator[None]:
    loop = asyncio.create_task(one.warmer.run())
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def test_a_restart_starts_warm(database: Database, clock: ManualClock) -> None:
    """What was made before is given at once, as stored, with its warnings and its true age."""
    before = node(database, clock)
    before.maker.warnings = ("no KPI target",)
    made = await before.cache.anew(ACME, KPI)
    await before.warmer.stop()
    await clock.advance(300)
    after = node(database, clock)
    assert await after.stock.look() == 1
    told = await after.cache.read(ACME, KPI)
    assert (told.value, told.made_at, told.warnings) == (made.value, made.made_at, ("no KPI target",))
    assert (told.source, told.freshness) == (Source.STORED, Freshness.STALE)
    assert after.counts().hits == 1


async def test_what_is_an_hour_old_is_not_given(database: Database, clock: ManualClock) -> None:
    """It is not even read."""
    before = node(database, clock)
    await before.cache.refresh((ACME,), (KPI, VOLUME))
    await before.stock.save()
    await clock.advance(3600)
    after = node(database, clock)
    assert await after.stock.look() == 0
    assert (await after.cache.read(ACME, KPI)).source is Source.MADE


async def test_of_two_nodes_the_newest_value_wins(database: Database, clock: ManualClock) -> None:
    """Whichever is written last; each takes over what the other made later."""
    first, second = node(database, clock), node(database, clock)
    early = await first.cache.anew(ACME, KPI)
    await clock.advance(1)
    second.maker.made = 50
    late = await second.cache.anew(ACME, KPI)
    await second.stock.save()
    await first.stock.save()
    assert [row.value for row in await everything(database, datasets_table)] == [late.value]
    assert (await first.stock.look(), await second.stock.look()) == (1, 0)
    assert early.value == {"made": 1}
    assert (await first.cache.read(ACME, KPI)).value == {"made": 51}
    assert await first.stock.look() == 0


async def test_what_is_cleared_is_cleared_everywhere(database: Database, clock: ManualClock) -> None:
    """Other nodes hear of it, a restart does not bring it back, and a value made before is not written any more."""
    first, second = node(database, clock), node(database, clock)
    await first.cache.refresh((ACME, GLOBEX), (KPI, VOLUME))
    await first.stock.save()
    await second.stock.look()
    await second.cache.anew(ACME, VOLUME)
    await clock.advance(1)
    assert await first.stock.clear((ACME,)) == 2
    assert await first.stock.clear((ACME,)) == 0
    await second.stock.save()
    await second.stock.look()
    assert second.cache.entry((ACME, KPI), None, None).made_at is None
    assert second.cache.entry((ACME, VOLUME), None, None).made_at is None
    assert second.cache.entry((GLOBEX, KPI), None, None).made_at is not None
    assert await node(database, clock).stock.look() == 2
    await clock.advance(1)
    again = await second.cache.anew(ACME, KPI)
    await second.stock.save()
    assert await first.stock.look() == 1
    assert (await first.cache.read(ACME, KPI)).value == again.value


async def test_it_is_written_once_a_minute(database: Database, clock: ManualClock) -> None:
    """In one transaction, whatever was made in between; what was made since, when it stops."""
    one = node(database, clock)

    async def made() -> bool:
        return one.maker.made == 8

    async def written() -> bool:
        one.warmer.wake()
        await clock.advance(0.5)
        return len(await everything(database, datasets_table)) == 8

    async with at_work(one):
        await until(made)
        for _ in range(3):
            await clock.advance(15)
            one.bus.publish(Topic.CHANGED, ACME)
            assert await everything(database, datasets_table) == []
        await clock.advance(15)
        one.bus.publish(Topic.CHANGED, ACME)
        await until(written)
    rows = await everything(database, datasets_table)
    assert len(rows) == 8
    assert all(row.expires_at > row.made_at for row in rows)


async def test_news_is_heard_while_it_waits(database: Database, clock: ManualClock) -> None:
    """What somebody reads is made anew, and nothing else is."""
    one = node(database, clock)

    async def made() -> bool:
        await clock.advance(0.5)
        return one.maker.made >= wanted

    async with at_work(one):
        wanted = 8
        await until(made)
        await clock.advance(6)
        await one.cache.read(ACME, KPI)
        one.bus.publish(Topic.CHANGED, ACME)
        wanted = 9
        await until(made)
        assert (await one.cache.read(ACME, KPI)).value == {"made": 9}
    assert one.maker.made == 9


async def test_nodes_count_together(database: Database, clock: ManualClock) -> None:
    """Each reading once, by minute; what is not written yet is told as well."""
    first, second = node(database, clock), node(database, clock)
    for one in (first, second):
        await one.cache.read(ACME, KPI)
        await one.cache.read(ACME, KPI)
        await one.stock.save()
    await clock.advance(41)
    await second.cache.read(ACME, KPI)
    rows = await everything(database, minutes_table)
    assert [(row.name, row.hits, row.misses, row.refreshed) for row in rows] == [("kpi", 2, 2, 2)]
    stats = await second.stock.stats([(ACME, KPI), (GLOBEX, KPI)])
    assert stats.entries[0].hour == CacheCounts(hits=3, misses=2, refreshed=2)
    assert stats.entries[1].hour.hit_rate is None
    assert (stats.hour.hit_rate, stats.kept) == (0.6, 1)


async def test_an_hour_and_a_day(database: Database, clock: ManualClock) -> None:
    """What is older than an hour counts for the day only."""
    now = clock.now().replace(second=0, microsecond=0)
    ago = {30: 1, 90: 10, 23 * 60: 100, 25 * 60: 1000}
    slots = {
        Slot(ACME, KPI, now - timedelta(minutes=minutes)): CacheCounts(hits=hits, prefetched=hits)
        for minutes, hits in ago.items()
    }
    async with database.write() as tx:
        await cache_minutes.add(tx, slots)
    entry = (await node(database, clock).stock.stats([(ACME, KPI)])).entries[0]
    assert (entry.hour.hits, entry.day.hits) == (1, 111)
    async with database.read() as tx:
        chores = await retention.chores(tx, Keep(), now + timedelta(hours=24))
    async with database.write() as tx:
        assert sum([await chore(tx, 100) for chore in chores]) == 1


async def test_what_could_not_be_written_waits(clock: ManualClock, database: Database) -> None:
    """Neither a value nor a count is lost, nor counted twice."""
    one = node(database, clock)
    await one.cache.read(ACME, KPI)
    broken = StoreUnavailable("it is away")

    async def away(*_: object) -> None:
        raise broken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache_minutes, "add", away)
        with pytest.raises(StoreUnavailable):
            await one.stock.save()
    await one.cache.read(ACME, KPI)
    await one.stock.save()
    await one.stock.save()
    (counted,) = await everything(database, minutes_table)
    assert (counted.hits, counted.misses) == (1, 1)
    assert len(await everything(database, datasets_table)) == 1


async def test_the_cache_under_its_old_names(database: Database, clock: ManualClock) -> None:
    """What is stored is a row with its state and the counts of a day; each kind of reading of a minute is one."""
    one = Pantry(ManualClock(datetime.now(UTC)), (ACME,), database)
    for _ in range(3):
        await one.cache.read(ACME, KPI)
    await one.cache.anew(ACME, VOLUME)
    await one.stock.save()
    await one.stock.clear((GLOBEX,))
    schema = "" if database.dialect.one_writer else f'"{database.place.schema}".'
    async with database.read() as tx:
        kept = await tx.rows(text(f"SELECT * FROM {schema}data_cache_metadata ORDER BY cache_key"))
        calls = await tx.rows(text(f"SELECT * FROM {schema}function_call_logs ORDER BY calls"))
    found = [(row.cache_key, row.status, int(row.hit_count), int(row.miss_count)) for row in kept]
    assert found == [("main/1:kpi", "fresh", 2, 1), ("main/1:volume", "fresh", 0, 0)]
    assert [(row.function_name, bool(row.cache_hit), row.calls) for row in calls] == [
        ("kpi", False, 1),
        ("kpi", True, 2),
    ]
