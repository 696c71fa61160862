from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

from bisonwatch.domain.absence import NOTHING, Absence
from bisonwatch.domain.account import AccountStatus, Warmup
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.providers import Group, ProviderDay
from bisonwatch.store import account_walks, account_warmups, accounts, provider_days
from bisonwatch.store.account_walks import AccountWalks
from bisonwatch.store.accounts import Labelled, Written
from bisonwatch.store.database import Database
from tests.store.test_accounts import OTHER, TESS
from tests.support.news import NOON, NORTHWIND, at

HELD = Absence(frozenset({3, 1, 2}), NOON, 40, frozenset({9}))
WARM = Warmup(NORTHWIND, 3301, 96.5, 140, 44, 6, 0, 1, 0, NOON)


async def walks(database: Database, key: WorkspaceKey = NORTHWIND) -> AccountWalks:
    async with database.read() as tx:
        return await account_walks.get(tx, key)


async def hold(database: Database, absence: Absence, key: WorkspaceKey = NORTHWIND) -> None:
    async with database.write() as tx:
        await account_walks.lock(tx, key)
        await account_walks.set_absence(tx, key, absence)


async def test_nothing_is_known_before_the_first_walk(database: Database) -> None:
    assert await walks(database) == AccountWalks()


async def test_what_a_walk_leaves(database: Database) -> None:
    """Each of its own; a walk that began earlier and ends later takes nothing back."""
    async with database.write() as tx:
        await account_walks.walked(tx, NORTHWIND, at(5), 433, 433)
        await account_walks.swept(tx, NORTHWIND, at(5))
        await account_walks.warmed(tx, NORTHWIND, at(5))
        await account_walks.walked(tx, NORTHWIND, at(1), 15, None)
        await account_walks.swept(tx, NORTHWIND, at(1))
        await account_walks.warmed(tx, NORTHWIND, at(1))
    assert await walks(database) == AccountWalks(at(5), at(5), at(5), 433, 433)
    assert await walks(database, OTHER) == AccountWalks()


async def test_who_waits(database: Database) -> None:
    """Kept as it was written, told per workspace, and gone when it is settled."""
    await hold(database, HELD)
    await hold(database, NOTHING, OTHER)
    assert (await walks(database)).absence == HELD
    async with database.read() as tx:
        assert await account_walks.waiting(tx) == {NORTHWIND: HELD}
    await hold(database, HELD.settled(HELD.held, frozenset(), None))
    async with database.read() as tx:
        assert await account_walks.waiting(tx) == {}


async def test_a_persons_word(database: Database) -> None:
    """Written beside those it is about; where nobody waits there is nothing to confirm."""
    async with database.write() as tx:
        assert await account_walks.confirm(tx, OTHER, at(1), "ops") == NOTHING
    await hold(database, HELD)
    async with database.write() as tx:
        assert await account_walks.confirm(tx, NORTHWIND, at(1), "ops") == HELD
    assert (await walks(database)).absence == replace(HELD, confirmed_at=at(1), confirmed_by="ops")
    assert not (await walks(database, OTHER)).absence.confirmed


async def test_two_who_lock_take_turns(database: Database) -> None:
    """Each adds what it misses to what it read under the lock: neither is lost."""

    async def add(number: int) -> None:
        async with database.write() as tx:
            known = (await account_walks.lock(tx, NORTHWIND)).absence
            await asyncio.sleep(0)
            await account_walks.set_absence(tx, NORTHWIND, Absence(known.held | {number}, NOON, 40))

    await asyncio.gather(*(add(number) for number in range(6)))
    assert (await walks(database)).absence.held == frozenset(range(6))


async def test_warm_up_is_written_when_it_changed(database: Database) -> None:
    """Older news never overwrites newer; what says the same is only dated anew, and then guards as such."""

    async def write(*items: Warmup) -> Written:
        async with database.write() as tx:
            return await account_warmups.write(tx, items)

    second = replace(WARM, id=3302, score=None)
    assert await write(WARM, second) == Written(2, 0)
    assert await write(replace(WARM, known_at=at(5)), second) == Written(0, 2)
    assert await write(replace(WARM, sent=1, known_at=at(4))) == Written(0, 1)
    assert await write(replace(WARM, score=97.0, known_at=at(6)), replace(second, sent=2**70)) == Written(
        2, 0
    )
    async with database.read() as tx:
        found = await account_warmups.of(tx, NORTHWIND)
        assert await account_warmups.of(tx, OTHER) == []
    assert found == [replace(WARM, score=97.0, known_at=at(6)), replace(second, sent=2**63 - 1)]
    assert await write() == Written(0, 0)


async def test_warm_up_follows_a_move(database: Database) -> None:
    """Read by the key of another workspace it is that one's."""
    async with database.write() as tx:
        await account_warmups.write(tx, [WARM])
        await account_warmups.write(tx, [replace(WARM, workspace=OTHER, known_at=at(1))])
        assert await account_warmups.of(tx, NORTHWIND) == []
        assert len(await account_warmups.of(tx, OTHER)) == 1


async def test_how_providers_stand_and_stood(database: Database) -> None:
    """Groups of the accounts that are there; the rows of some days."""
    broken = replace(TESS, id=2, status=AccountStatus.DISCONNECTED, sent=88, replied=1, bounced=0)
    async with database.write() as tx:
        await accounts.write(
            tx, [Labelled(one, "google", None) for one in (TESS, broken, replace(TESS, id=3))]
        )
        await accounts.write(tx, [Labelled(replace(TESS, id=4, workspace=OTHER), "other", None)])
        await accounts.gone(tx, NORTHWIND, 3, at(1))
        for day in (20, 21, 22):
            await provider_days.record(tx, date(2026, 11, day))
    first = Group(NORTHWIND, "google", 2, 1, 500, 10, 3)
    async with database.read() as tx:
        assert await provider_days.groups(tx) == [first, Group(OTHER, "other", 1, 1, 412, 9, 3)]
        assert await provider_days.groups(tx, NORTHWIND) == [first]
        found = await provider_days.between(tx, date(2026, 11, 21), date(2026, 11, 22))
    assert sorted(found, key=lambda row: (row.day, row.workspace)) == [
        ProviderDay(key, date(2026, 11, day), provider, count, sent, replied)
        for day in (21, 22)
        for key, provider, count, sent, replied in (
            (NORTHWIND, "google", 2, 500, 10),
            (OTHER, "other", 1, 412, 9),
        )
    ]
