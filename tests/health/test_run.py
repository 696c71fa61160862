"""Findings become rows when they change, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from bisonwatch.bus import Bus, Topic
from bisonwatch.domain.health import Health, Standing
from bisonwatch.errors import LeaseLost
from bisonwatch.health.run import HealthRun
from bisonwatch.store import leases, transitions, watch, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.leases import Lease
from tests.health.test_freshness import LIMITS
from tests.support.clock import ManualClock
from tests.support.news import NOON, NORTHWIND


async def standing(database: Database) -> Standing:
    async with database.read() as tx:
        return (await transitions.standing(tx))[NORTHWIND]


async def leading(database: Database, clock: ManualClock) -> Callable[[], Lease | None]:
    """The one that leads, for a day."""
    async with database.write() as tx:
        lease = await leases.acquire(tx, "scheduler", uuid4(), 86_400_000_000, clock.now())
    return lambda: lease


async def walked(database: Database, clock: ManualClock, missed: int = 0) -> None:
    """A finished walk; what is missed happened half an hour ago."""
    async with database.write() as tx:
        since = NOON - timedelta(minutes=30) if missed else None
        await watch.walked(tx, NORTHWIND, clock.now(), missed, since)


async def test_a_change_is_a_row_and_the_same_again_is_none(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """`since` is when it changed; the log says when it turned bad and when it was good again."""
    clock, bus = ManualClock(NOON), Bus()
    heard = bus.subscribe(Topic.CHANGED)
    health = HealthRun(database, bus, clock, LIMITS, await leading(database, clock))
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
    assert [await health.once(), await health.once()] == [1, 0]
    assert (await standing(database)).health is Health.UNKNOWN
    await walked(database, clock, missed=3)
    await clock.advance(60)
    assert await health.once() == 1
    bad = await standing(database)
    assert (bad.health, bad.since) == (Health.CRITICAL, NOON + timedelta(minutes=1))
    assert "main/12 is critical: webhooks missed 3 events since 11:30" in caplog.text
    await walked(database, clock)
    caplog.set_level("INFO")
    assert await health.once() == 1
    assert "main/12 is idle again: " in caplog.text
    assert heard.take() == {NORTHWIND}


async def test_newer_numbers_change_the_sentence_and_not_the_since(database: Database) -> None:
    """The same state goes on."""
    clock = ManualClock(NOON)
    health = HealthRun(database, Bus(), clock, LIMITS, await leading(database, clock))
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
    await walked(database, clock, missed=3)
    await health.once()
    before = await standing(database)
    await walked(database, clock, missed=8)
    await clock.advance(60)
    assert await health.once() == 0
    after = await standing(database)
    assert (after.health, after.since) == (before.health, before.since)
    assert "8 events" in after.reason


async def test_two_nodes_open_one_episode(database: Database) -> None:
    """Only the leader judges; one that only believes to lead is refused inside its own write."""
    clock = ManualClock(NOON)
    lost = await leading(database, clock)
    held = lost()
    assert held is not None
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
        await leases.release(tx, held, clock.now())
    leads = await leading(database, clock)
    follower, believer, leader = (
        HealthRun(database, Bus(), clock, LIMITS, lease) for lease in (lambda: None, lost, leads)
    )
    assert await follower.once() == 0
    with pytest.raises(LeaseLost):
        await believer.once()
    async with database.read() as tx:
        assert await transitions.standing(tx) == {}
    assert await leader.once() == 1
