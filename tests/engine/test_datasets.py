"""The datasets of a running engine, through its feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bisonwatch.config.settings import Settings
from bisonwatch.domain.cached import CacheStats
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.freshness import Freshness, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.engine.service import Engine
from bisonwatch.errors import UnknownWorkspace
from tests.engine.test_service import running
from tests.support.mirrored import registered
from tests.support.news import NORTHWIND


async def warm(
    feed: Feed, enough: Callable[[CacheStats], bool] = lambda stats: stats.kept == 4
) -> CacheStats:
    async with asyncio.timeout(20):
        while not enough(stats := await feed.cache_stats()):
            await asyncio.sleep(0.02)
    return stats


async def known(engine: Engine) -> Feed:
    async with engine.database.write() as tx:
        await registered(tx)
    return engine.feed_of("a test")


async def test_datasets_are_warm_and_stay_it_over_a_restart(settings: Settings) -> None:
    """Nobody asked yet, and all four are there; the next engine gives what this one made, until it is cleared."""
    async with running(settings) as engine:
        feed = await known(engine)
        assert (await warm(feed)).hour.hit_rate is None
        told = await feed.datasets(NORTHWIND)
        assert [one.source for one in told.datasets] == [Source.CACHE] * 4
        assert all(one.freshness in (Freshness.FRESH, Freshness.WARNING) for one in told.datasets)
        kpi = told.of(DatasetName.KPI)
        assert kpi.value is not None
        assert (kpi.value["workspace"], kpi.value["name"]) == (12, "Northwind Desk")
        assert (await feed.cache_stats()).hour.hits == 4
    async with running(settings) as engine:
        feed = engine.feed_of("a test")
        await warm(feed)
        again = await feed.dataset(NORTHWIND, DatasetName.INFRASTRUCTURE, fresh=False)
        before = told.of(DatasetName.INFRASTRUCTURE)
        assert (again.value, again.made_at, again.source) == (before.value, before.made_at, Source.STORED)
        fresh = await feed.dataset(NORTHWIND, DatasetName.INFRASTRUCTURE, fresh=True)
        assert fresh.source is Source.MADE
        assert fresh.made_at is not None
        assert before.made_at is not None
        assert fresh.made_at > before.made_at
        assert await feed.refresh_datasets((), (DatasetName.KPI,)) == 1
        assert await feed.clear_datasets(()) == 4
        assert (await warm(feed)).hour.hits == 5


async def test_nobody_answers_to_that_name(settings: Settings) -> None:
    """It is said, and nothing is kept of it."""
    async with running(settings) as engine:
        feed = await known(engine)
        with pytest.raises(UnknownWorkspace):
            await feed.datasets(WorkspaceKey("main", 999))
