"""Targets as the configuration or a tag says, limits as the accounts say."""

from __future__ import annotations

import httpx
from sqlalchemy import select

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome
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
    await Settings(house.database, house.providers, house.bus, targets).once()
    assert await kept(house) == {12: (40, None), 13: (25, None)}
    assert house.provider.asked == []


async def test_limits_come_from_the_accounts(house: House, northwind: Space) -> None:
    """A limit that another program changed is put right again."""
    northwind.mailboxes(3)
    await house.accounts.walk(northwind.key)
    async with house.database.write() as tx:
        await tx.run(client_registry.update().values(daily_limit=7))
    done = await Settings(house.database, house.providers, house.bus).once()
    assert await kept(house) == {12: (None, 45), 13: (None, None)}
    assert (done.tally.done, done.tally.total) == (2, 2)


async def test_a_tag_gives_the_target_that_the_configuration_does_not(
    house: House, northwind: Space, cobalt: Space
) -> None:
    """One request for each workspace that is not configured; a tag that is gone leaves the target."""
    northwind.tags, cobalt.tags = (
        ["Interested", "KPI 55"],
        ["kpi: 31", "KPI", "KPI 1e3", "old KPI 9", "KPI=31"],
    )
    job = Settings(house.database, house.providers, house.bus, {northwind.key: 40}, "KPI")
    assert (await job.once()).outcome is Outcome.SUCCESS
    assert await kept(house) == {12: (40, None), 13: (31, None)}
    assert house.provider.count("/api/tags") == 1
    cobalt.tags = []
    await job.once()
    assert await kept(house) == {12: (40, None), 13: (31, None)}


async def test_tags_that_contradict_each_other_give_no_target(
    house: House, northwind: Space, cobalt: Space
) -> None:
    """The others get theirs, and the run says whose tags and which numbers."""
    northwind.tags, cobalt.tags = ["KPI 55", "KPI 60"], ["KPI 31"]
    done = await Settings(house.database, house.providers, house.bus, tag="KPI").once()
    assert done.outcome is Outcome.PARTIAL
    assert "main/12: its tags give 55 and 60 as KPI target" in (done.error or "")
    assert await kept(house) == {12: (None, None), 13: (31, None)}


async def test_limits_are_set_though_no_tags_can_be_read(house: House, northwind: Space) -> None:
    """Every workspace's tags fail: what does not need the provider is done all the same."""
    northwind.mailboxes(3)
    await house.accounts.walk(northwind.key)
    house.provider.fault = lambda request: httpx.Response(500) if "tags" in request.url.path else None
    done = await Settings(house.database, house.providers, house.bus, tag="KPI").once()
    assert (done.outcome, "main/12" in (done.error or "")) == (Outcome.PARTIAL, True)
    assert (await kept(house))[12] == (None, 45)
