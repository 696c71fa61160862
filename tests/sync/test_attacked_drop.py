"""G7 against the simulator, with two nodes on one database: a suspicious drop waits for a complete walk that agrees, or for a person."""

from __future__ import annotations

import pytest

from bisonwatch.simulator.faults import Break
from bisonwatch.store import account_walks
from bisonwatch.store.place import Place
from bisonwatch.sync.accounts import Accounts
from tests.sync.attacked import Site, site
from tests.sync.conftest import LABELS


async def halved(there: Site) -> set[object]:
    """All accounts are known, then half of them go; which are left."""
    await there.walk("accounts")
    here = there.world.workspaces[there.mine.id]
    for account in list(here.accounts)[::2]:
        there.world.remove_account(account.id)
    await there.house.clock.advance(1800)
    return {account.id for account in here.accounts}


def other(there: Site) -> Accounts:
    """Another node, or this one after a restart."""
    house = there.house
    return Accounts(house.database, house.providers, house.bus, LABELS)


@pytest.mark.parametrize("agrees", ["a walk", "a person"])
async def test_a_drop_waits(place: Place, agrees: str) -> None:
    """Held by one node; a walk of the other that breaks off in between agrees to nothing; then it is applied, all at once."""
    async with site(place) as there:
        left = await halved(there)
        known = await there.stored("accounts")
        await there.walk("accounts")
        assert await there.stored("accounts") == known
        await there.house.clock.advance(1800)
        there.at("accounts", Break.END, 2)
        assert (await other(there).once()).outcome.value != "success"
        there.faults.clear()
        assert await there.stored("accounts") == known
        await there.house.clock.advance(120)
        if agrees == "a person":
            async with there.house.database.write() as tx:
                held = await account_walks.confirm(tx, there.mine, there.house.clock.now(), "ops")
            assert held.held == known - left
        await other(there).once(light=agrees == "a person")
        assert await there.stored("accounts") == left
