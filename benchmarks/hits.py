"""P5: what a reading of a dataset costs when it is kept, how many are while a hundred events a second arrive, and how often five readers make it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from statistics import median

from benchmarks.generate import fill
from benchmarks.places import Fresh, Places
from benchmarks.report import Row, told, within
from benchmarks.shape import Shape
from benchmarks.sizes import Sizes
from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import SystemClock
from bisonwatch.config.instances import Client
from bisonwatch.config.settings import Settings
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.engine import compose
from bisonwatch.engine.datasets import Datasets
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database

WORKSPACES = 27
RATE = 100
READERS = 5
HITS = 5_000
BETWEEN_S = 0.2
"""Each reader asks for all four datasets of every workspace, so long after the last time."""
LEAST_S = 8.0
"""Shorter, and nothing would be made anew meanwhile."""
HIT_US, HIT_RATE = 50.0, 0.95


@dataclass(frozen=True, slots=True)
class Found:
    """Times in microseconds; `counts` while the events arrived; `makings` that five readers of a cold cache caused."""

    hit: float
    made: float
    counts: CacheCounts
    makings: int


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    for kind in places.kinds:
        found = asyncio.run(_measured(places.fresh(kind), sizes))
        yield within(
            "P5", f"a hit, {kind}", found.hit, "µs", HIT_US, baseline=found.made, baseline_is="made anew"
        )
        yield _rate(kind, found.counts)
        yield told(
            "P5", f"  made meanwhile, {kind}", found.counts.refreshed / max(sizes.busy_s, LEAST_S), "a second"
        )
        yield within("P5", f"five readers of one dataset, {kind}", found.makings, "makings", 1)


def _rate(kind: str, counts: CacheCounts) -> Row:
    asked = counts.hits + counts.misses
    share = (counts.hits - counts.stale) / asked
    what = f"hits in their time, {RATE} events/s, {kind}"
    target = f"≥ {HIT_RATE:.0%}"
    return Row(
        "P5", what, share * 100, "%", target=target, met=share >= HIT_RATE, note=f"of {asked:,} readings"
    )


async def _measured(place: Fresh, sizes: Sizes) -> Found:
    database, bus = place.database(), Bus()
    seconds = max(sizes.busy_s, LEAST_S)
    shape = Shape(WORKSPACES, sizes.accounts, 100_000)
    await fill(database, shape, datetime.now(UTC))
    async with database.read() as tx:
        keys = tuple(sorted(await workspaces.names(tx)))
    datasets = _datasets(database, bus, keys)
    makings = await _five(datasets, keys[0])
    loop = asyncio.create_task(datasets.run())
    made = [await _timed(datasets, key, fresh=True) for key in keys]
    await datasets.refresh((), ())
    hit = median([await _timed(datasets, keys[n % len(keys)]) for n in range(HITS)])
    before = (await datasets.stats()).hour
    await _under_traffic(datasets, bus, keys, seconds)
    after = (await datasets.stats()).hour
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    await database.close()
    return Found(hit, median(made), _between(before, after), makings)


def _datasets(database: Database, bus: Bus, keys: tuple[WorkspaceKey, ...]) -> Datasets:
    """With what is agreed with each client, so that revenue is not empty."""
    clients = tuple(Client(workspace=str(key), price_per_lead=Decimal(12)) for key in keys)
    settings, clock = Settings(clients=clients), SystemClock()
    makes = compose.makes_of(settings, database, clock)
    return Datasets(database, bus, clock, makes, compose.spans_of(settings), lambda: keys)


async def _five(datasets: Datasets, key: WorkspaceKey) -> int:
    await asyncio.gather(*(datasets.one(key, DatasetName.KPI) for _ in range(READERS)))
    return (await datasets.stats()).hour.refreshed


async def _timed(datasets: Datasets, key: WorkspaceKey, *, fresh: bool = False) -> float:
    started = time.perf_counter()
    await datasets.one(key, DatasetName.KPI, fresh=fresh)
    return (time.perf_counter() - started) * 1e6


async def _under_traffic(
    datasets: Datasets, bus: Bus, keys: tuple[WorkspaceKey, ...], seconds: float
) -> None:
    """Each event is news of one workspace, as the processor tells it."""

    async def events() -> None:
        for number in count():
            bus.publish(Topic.CHANGED, keys[number % len(keys)])
            await asyncio.sleep(1 / RATE)

    async def reader() -> None:
        while True:
            for key in keys:
                await datasets.of(key)
            await asyncio.sleep(BETWEEN_S)

    working = [asyncio.create_task(events()), *(asyncio.create_task(reader()) for _ in range(READERS))]
    await asyncio.sleep(seconds)
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


def _between(before: CacheCounts, after: CacheCounts) -> CacheCounts:
    return CacheCounts(
        hits=after.hits - before.hits,
        misses=after.misses - before.misses,
        stale=after.stale - before.stale,
        refreshed=after.refreshed - before.refreshed,
    )
