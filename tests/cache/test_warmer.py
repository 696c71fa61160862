"""Datasets are warm before anybody asks, and stay it under traffic."""

from __future__ import annotations

import asyncio

from bisonwatch.bus import Topic
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import StoreBarred
from tests.cache.pantry import INFRASTRUCTURE, KPI, Pantry
from tests.support.clock import ManualClock, settle

MANY = tuple(WorkspaceKey("main", n) for n in range(27))
ACME = MANY[0]


async def passed(one: Pantry, seconds: float, step: float = 0.5) -> None:
    """As `run` does it, step by step."""
    for _ in range(round(seconds / step)):
        one.warmer.once(one.news.take())
        await one.clock.advance(step)


async def test_every_watched_workspace_is_warm() -> None:
    """At the start, and again before each value's time ends: no reader waits, nothing gets past its time."""
    one = Pantry(ManualClock(), MANY)
    one.maker.took = 0.05
    await passed(one, 130)
    for key in MANY:
        await one.cache.read_all(key)
    counts = one.counts()
    assert (counts.hits, counts.misses, counts.stale, counts.failed, counts.late) == (108, 0, 0, 0, 0)
    assert counts.prefetched == 54 * 2
    assert counts.prefetch_rate == 1.0
    assert one.maker.most == 5


async def test_traffic_does_not_turn_hits_into_misses() -> None:
    """A hundred events a second for two minutes, every workspace read every second: 95 % and over are hits that are not stale, and no
    dataset is made more than once in five seconds."""
    one = Pantry(ManualClock(), MANY)
    one.maker.took = 0.05
    await passed(one, 3)
    for second in range(120):
        for event in range(100):
            one.bus.publish(Topic.CHANGED, MANY[(second * 100 + event) % len(MANY)])
        await passed(one, 1)
        for key in MANY:
            await one.cache.read_all(key)
    counts = one.counts()
    assert counts.hits + counts.misses == 120 * 27 * 4
    assert (counts.hits - counts.stale) / (counts.hits + counts.misses) >= 0.95
    assert counts.refreshed <= 27 * (2 * 120 / 5 + 120 / 25 + 120 / 50 + 4)
    assert counts.failed == 0


async def test_what_nobody_reads_is_not_made_for_every_event() -> None:
    """Only before its time ends."""
    one = Pantry(ManualClock(), (ACME,))
    for _ in range(100):
        one.bus.publish(Topic.CHANGED, ACME)
        await passed(one, 1)
    assert one.counts() == CacheCounts(refreshed=6, prefetched=2)


async def test_what_somebody_reads_follows_the_mirror() -> None:
    """News is in it five seconds after the last making, without a second reading."""
    one = Pantry(ManualClock(), (ACME,))
    await passed(one, 10)
    before = (await one.cache.read(ACME, KPI)).value
    one.bus.publish(Topic.CHANGED, ACME)
    await passed(one, 1)
    assert (await one.cache.read(ACME, KPI)).value != before


async def test_a_prefetch_that_fails_is_late() -> None:
    """Once for its value, however often it is tried; the others go on."""
    one = Pantry(ManualClock(), MANY[:3])
    await passed(one, 30)
    one.maker.faults[ACME] = StoreBarred("not to us")
    await passed(one, 50)
    counts = one.counts()
    assert (counts.prefetched, counts.late) == (4, 2)
    assert counts.failed > 2
    assert counts.prefetch_rate == 4 / 6


async def test_one_that_hangs_keeps_only_itself_cold() -> None:
    """The other workspaces are made while it is waited for."""
    one = Pantry(ManualClock(), MANY)
    one.maker.hanging.add(ACME)
    await passed(one, 5)
    told = [one.cache.entry((key, INFRASTRUCTURE), None, None).made_at for key in MANY]
    assert [at is None for at in told] == [True] + [False] * 26
    await one.cache.close()


async def test_too_many_workspaces_are_warm_only_where_somebody_reads() -> None:
    """Else one node would do nothing but make datasets that nobody looks at."""
    crowd = tuple(WorkspaceKey("main", n) for n in range(101))
    one = Pantry(ManualClock(), crowd)
    await passed(one, 5)
    assert one.maker.made == 0
    await one.cache.read(crowd[7], KPI)
    await passed(one, 120)
    assert list(one.cache.memo) == [(crowd[7], KPI)]
    assert one.maker.made == 3
    one.watched = crowd[:2]
    await passed(one, 1)
    assert len(list(one.cache.memo)) == 1 + 2 * len(DatasetName)


async def test_a_fault_of_ours_stops_nothing() -> None:
    """The loop goes on with the others, and with it after a while."""
    one = Pantry(ManualClock(), MANY[:2])
    one.maker.faults[ACME] = ZeroDivisionError()
    await passed(one, 20)
    assert one.cache.entry((MANY[1], KPI), None, None).made_at is not None
    assert one.cache.entry((ACME, KPI), None, None).error is not None
    one.maker.faults = {}
    await passed(one, 75)
    assert one.cache.entry((ACME, KPI), None, None).error is None
    await asyncio.wait_for(one.warmer.settled(), 5)
    await settle()
