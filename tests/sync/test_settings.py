"""Targets and limits, taken over without asking the provider."""

from __future__ import annotations

from sqlalchemy import select

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import workspaces
from bisonwatch.store.tables import client_registry
from bisonwatch.sync.settings import Settings
from tests.sync.conftest import House
from tests.sync.provider import Space


async def kept(house: House) -> dict[int, tuple[int | None, int | None]]:
    """Target and daily limit by workspace."""
    c = client_registry.c
    async with house.database.read() as tx:
        rows = await tx.rows(select(c.workspace_id, c.kpi_target, c.daily_limit))
    return {row[0]: (row[1], row[2]) for row in rows}


async def test_targets_come_from_the_configuration(house: House, northwind: Space, cobalt: Space) -> None:
    """Where it says none, the one that is there stays; a workspace nobody knows yet is left alone."""
    async with house.database.write() as tx:
        await workspaces.set_target(tx, northwind.key, 10)
        await workspaces.set_target(tx, cobalt.key, 25)
    targets = {northwind.key: 40, cobalt.key: None, WorkspaceKey("main", 99): 7}
    await Settings(house.database, house.bus, targets).once()
    assert await kept(house) == {12: (40, None), 13: (25, None)}
    assert house.provider.asked == []


async def test_limits_come_from_the_accounts(house: House, northwind: Space) -> None:
    """A limit that another program changed is put right again."""
    northwind.mailboxes(3)
    await house.accounts.walk(northwind.key)
    async with house.database.write() as tx:
        await tx.run(client_registry.update().values(daily_limit=7))
    done = await Settings(house.database, house.bus).once()
    assert await kept(house) == {12: (None, 45), 13: (None, None)}
    assert (done.tally.done, done.tally.total) == (2, 2)
