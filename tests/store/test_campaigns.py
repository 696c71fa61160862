from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import delete, select

from bisonwatch.domain.campaign import Campaign
from bisonwatch.domain.changes import CampaignNews
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.store import campaigns, tables
from bisonwatch.store.accounts import Written
from bisonwatch.store.database import Database
from tests.support.news import NOON, NORTHWIND, at

WAVE = Campaign(
    NORTHWIND, 44, NOON, "Wave 3", "outbound", "active", "followups", 45, open_tracking=False,
    include_auto_replies=True, max_emails_per_day=300, sent=412, tags=("EU",), created_at=at(-9000),
)  # fmt: skip
OTHER = WorkspaceKey("main", 31)


async def read(database: Database, *items: Campaign) -> Written:
    async with database.write() as tx:
        return await campaigns.read(tx, items[0].workspace, items)


async def mention(database: Database, name: str, known_at: datetime, number: int = 44) -> None:
    async with database.write() as tx:
        version = Version(known_at, SourceRank.EVENT, 5)
        await campaigns.write(tx, [CampaignNews(NORTHWIND, number, name, version)])


async def row(database: Database, number: int = 44, workspace: WorkspaceKey = NORTHWIND) -> Any:
    c = tables.campaigns.c
    async with database.read() as tx:
        return await tx.row(select(*c).where(c.id == number, c.workspace_id == workspace.id))


async def test_a_campaign_is_kept_as_it_was_read(database: Database) -> None:
    """Every value a read tells is there, in its own type."""
    assert await read(database, WAVE, replace(WAVE, id=45)) == Written(2, 0)
    found = await row(database)
    assert (found.name, found.status, found.completion, found.sent, found.tags) == (
        "Wave 3", "active", 45, 412, ["EU"],
    )  # fmt: skip
    assert (found.open_tracking, found.include_auto_replies, found.plain_text) == (False, True, None)
    assert (found.created_at, found.read_at, found.gone_at) == (at(-9000), NOON, None)
    async with database.read() as tx:
        assert await campaigns.counting_automated(tx, NORTHWIND) == {44: True, 45: True}
        assert await campaigns.counting_automated(tx, OTHER) == {}


async def test_what_says_nothing_new_is_not_written(database: Database) -> None:
    """A row that is as it was stays untouched, with the moment of its last change."""
    await read(database, WAVE)
    assert await read(database, replace(WAVE, read_at=at(5))) == Written(0, 1)
    assert (await row(database)).read_at == NOON
    assert await read(database, replace(WAVE, read_at=at(6), status="paused")) == Written(1, 0)
    assert await read(database, replace(WAVE, read_at=at(7), status="paused", name="New")) == Written(1, 0)
    assert (await row(database)).name == "New"


async def test_names_and_the_rest_have_guards_of_their_own(database: Database) -> None:
    """An event's newer name stays when an older read tells the state; an older name does not come back."""
    await mention(database, "Wave 4", at(3))
    assert await read(database, WAVE) == Written(1, 0)
    found = await row(database)
    assert (found.name, found.known_at, found.status, found.read_at) == ("Wave 4", at(3), "active", NOON)
    await read(database, replace(WAVE, name="Wave 5", read_at=at(4)))
    await mention(database, "Wave 4", at(3))
    assert (await row(database)).name == "Wave 5"


async def test_any_order_of_readings_gives_one_row(database: Database) -> None:
    """Three readings, two of them of one moment, and an event, in every order."""
    news = [
        replace(WAVE, status="paused", read_at=at(1)),
        replace(WAVE, status="completed", read_at=at(1)),
        WAVE,
        "event",
    ]
    ends = set()
    for order in permutations(news):
        async with database.write() as tx:
            await tx.run(delete(tables.campaigns))
        for item in order:
            await (mention(database, "Old", at(-1)) if isinstance(item, str) else read(database, item))
        found = await row(database)
        ends.add((found.name, found.status, found.known_at, found.read_at, found.row_hash))
    assert len(ends) == 1


async def test_what_is_older_than_a_complete_walk_says_nothing(database: Database) -> None:
    """The walk found a row unchanged and did not write it: a reading from before it does not overwrite what it saw."""
    await read(database, WAVE)
    async with database.write() as tx:
        await campaigns.walked(tx, NORTHWIND, at(10), at(11))
        await campaigns.walked(tx, NORTHWIND, at(8), at(12))
    assert await read(database, replace(WAVE, status="paused", read_at=at(9))) == Written(0, 1)
    assert (await row(database)).status == "active"
    assert await read(database, replace(WAVE, status="paused", read_at=at(10))) == Written(1, 0)


async def test_a_removal_is_soft_and_dated(database: Database) -> None:
    """A 404 removes a campaign unless something newer is known; only a newer read brings it back."""
    await read(database, WAVE)
    async with database.write() as tx:
        assert not await campaigns.gone(tx, NORTHWIND, 44, at(-1))
        assert await campaigns.gone(tx, NORTHWIND, 44, at(1))
        assert not await campaigns.gone(tx, NORTHWIND, 44, at(2))
    await mention(database, "Wave 3", at(5))
    assert ((await row(database)).gone_at, (await row(database)).status) == (at(1), "active")
    assert await read(database, replace(WAVE, read_at=at(1))) == Written(1, 0)
    assert (await row(database)).gone_at == at(1)
    await read(database, replace(WAVE, read_at=at(3)))
    assert (await row(database)).gone_at is None


@pytest.mark.parametrize(("met", "unmet"), [(set(), [44, 45]), ({45}, [44]), ({44, 45, 99}, [])])
async def test_unmet(database: Database, met: set[int], unmet: list[int]) -> None:
    """Who is there by our books and was not met; not the removed, nor what was heard of since the walk began."""
    await read(database, WAVE, replace(WAVE, id=45), replace(WAVE, id=46), replace(WAVE, id=47))
    await read(database, replace(WAVE, workspace=OTHER))
    await mention(database, "New", at(2), 47)
    async with database.write() as tx:
        assert await campaigns.gone(tx, NORTHWIND, 46, NOON)
        assert await campaigns.unmet(tx, NORTHWIND, met, at(1)) == unmet


async def test_nothing_to_write(database: Database) -> None:
    """No rows, no statement."""
    async with database.write() as tx:
        assert await campaigns.read(tx, NORTHWIND, []) == Written(0, 0)
