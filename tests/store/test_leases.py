from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from bisonwatch.errors import LeaseLost
from bisonwatch.store import leases
from bisonwatch.store.database import Database
from bisonwatch.store.leases import Lease
from tests.support.news import NOON, at

A, B = uuid4(), uuid4()
MINUTE = 60_000_000


async def take(database: Database, holder: UUID, now: datetime = NOON, ttl_us: int = MINUTE) -> Lease | None:
    async with database.write() as tx:
        return await leases.acquire(tx, "scheduler", holder, ttl_us, now)


async def held_by(database: Database, now: datetime = NOON) -> UUID | None:
    async with database.read() as tx:
        return await leases.holder(tx, "scheduler", now)


async def test_one_holder_at_a_time(database: Database) -> None:
    """Who has it may renew it, with the same fence; another hears None."""
    first = await take(database, A)
    assert first == Lease("scheduler", A, 1)
    assert await take(database, B) is None
    assert await take(database, A) == first
    assert await held_by(database) == A


async def test_a_takeover_raises_the_fence(database: Database) -> None:
    """When it is over another may take it; what the first one still wants to write is refused."""
    lost = await take(database, A, ttl_us=-1)
    assert lost is not None
    assert await held_by(database) is None
    taken = await take(database, B)
    assert taken == Lease("scheduler", B, 2)
    async with database.write() as tx:
        await leases.check(tx, taken, NOON)
    with pytest.raises(LeaseLost, match="'scheduler' went to another node"):
        async with database.write() as tx:
            await leases.check(tx, lost, NOON)


async def test_an_expired_lease_is_no_lease(database: Database) -> None:
    """Even when nobody else took it, a write under it is refused until it is renewed."""
    old = await take(database, A, ttl_us=-1)
    assert old is not None
    with pytest.raises(LeaseLost):
        async with database.write() as tx:
            await leases.check(tx, old, NOON)
    assert await take(database, A) == old


async def test_given_back_it_is_free_at_once(database: Database) -> None:
    """Another takes it in the same moment; giving back what is lost changes nothing."""
    first = await take(database, A)
    assert first is not None
    async with database.write() as tx:
        await leases.release(tx, first, NOON)
    assert await held_by(database) is None
    second = await take(database, B)
    async with database.write() as tx:
        await leases.release(tx, first, NOON)
    assert (second, await held_by(database)) == (Lease("scheduler", B, 2), B)


async def test_the_database_s_clock_decides(on_postgres: Database) -> None:
    """On Postgres a machine whose clock is a day ahead or behind takes nothing from its holder."""
    await take(on_postgres, A)
    for wrong in (NOON + timedelta(days=9000), NOON - timedelta(days=9000)):
        assert await take(on_postgres, B, wrong) is None
        assert await held_by(on_postgres, wrong) == A


async def test_on_one_machine_its_own_clock_decides(database: Database) -> None:
    """On SQLite the lease lasts until the moment it expires, and not longer."""
    if not database.dialect.one_writer:
        return
    await take(database, A, at(0))
    assert await take(database, B, at(0.99)) is None
    assert await take(database, B, at(1)) == Lease("scheduler", B, 2)
