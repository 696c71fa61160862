"""The product's client over the simulator: two readings of one reference, which must fit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from bisonwatch.clients.bison.breaker import Breaker
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.connections import connect
from bisonwatch.clients.bison.pace import Pace
from bisonwatch.clients.bison.pages import Page
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import RecordElsewhere, RecordMissing
from tests.simulator.conftest import Lab

WORKSPACE = WorkspaceKey("main", 12)
URL = "http://sim.example"


@pytest.fixture
async def client(lab: Lab) -> AsyncIterator[BisonClient]:
    lab.world.advance(lab.clock.forward(seconds=30))
    async with connect(URL, transport=httpx.ASGITransport(lab.app)) as http:
        clock = lab.clock
        yield BisonClient(URL, lab.world.api_key(12), http, clock, Pace(clock), Breaker(clock))


async def walked(pages: AsyncIterator[Page[Any]]) -> list[Any]:
    """Every row of a walk, once; none may be rejected."""
    found: dict[object, Any] = {}
    async for page in pages:
        assert page.rejected == ()
        found.update(zip(page.ids, page.rows, strict=True))
    return list(found.values())


async def test_every_walk_is_whole(lab: Lab, client: BisonClient) -> None:
    """By pages side by side or by cursor the same rows come, and all are read."""
    accounts = await walked(client.accounts.pages(WORKSPACE))
    assert {row.id for row in accounts} == {
        row.id for row in await walked(client.accounts.pages(WORKSPACE, abreast=1))
    }
    assert len(accounts) == len(list(lab.workspace.accounts))
    assert {row.id for row in await walked(client.leads.pages())} == {
        row.id for row in await walked(client.leads.pages(abreast=1))
    }
    assert await walked(client.campaigns.pages())


async def test_what_belongs_to_a_campaign(lab: Lab, client: BisonClient) -> None:
    """Leads, replies, sends, numbers and series of each campaign are read."""
    today = today_of(lab)
    for campaign in await walked(client.campaigns.pages()):
        assert await client.campaigns.one(campaign.id) == campaign
        leads = await walked(client.campaigns.leads_pages(campaign.id))
        assert all(campaign.id in {entry.campaign_id for entry in lead.campaigns} for lead in leads)
        for row in await walked(client.campaigns.sends_pages(campaign.id)):
            assert row.campaign_id == campaign.id
        assert all(
            row.campaign_id == campaign.id
            for row in await walked(client.campaigns.replies_pages(campaign.id))
        )
        week = today - timedelta(days=6), today
        summary = await client.campaigns.summary(campaign.id, *week)
        series = await client.campaigns.series(campaign.id, *week)
        assert summary.rejected == series.rejected == ()
        assert len(next(iter(series.days.values()))) == 7


async def test_single_records(client: BisonClient) -> None:
    """A record by id and by address is the row of its list."""
    account = (await walked(client.accounts.pages(WORKSPACE)))[0]
    by_id = await client.accounts.one(account.id, WORKSPACE)
    by_address = await client.accounts.one(account.email, WORKSPACE)
    assert by_id.id == by_address.id == account.id
    lead = (await walked(client.leads.pages()))[0]
    assert (await client.leads.one(lead.lead.email)).id == lead.id
    assert (await client.workspaces.one(12)).id == (await client.whoami()).workspace.id == 12
    with pytest.raises(RecordMissing):
        await client.leads.one(999_999_999)


async def test_the_rest_of_a_workspace(lab: Lab, client: BisonClient) -> None:
    """Ledger, inbox, log, warm-up, tags, numbers, types and samples are read."""
    today = today_of(lab)
    week = today - timedelta(days=6), today + timedelta(days=1)
    assert await walked(client.accounts.warmup_pages(*week))
    sends = await walked(client.sends.pages(day=today - timedelta(days=30)))
    replies = await walked(client.replies.pages(folder="all"))
    assert all([await client.sends.one(row.id) for row in sends[:3]])
    assert all([await client.replies.one(row.id) for row in replies[:3]])
    await walked(client.events.pages(*week))
    assert await client.labels.tags()
    assert (await client.workspaces.summary(*week)).sent >= 0
    assert (await client.workspaces.series(*week)).rejected == ()
    types = await client.subscriptions.types()
    samples = [await client.subscriptions.sample(kind) for kind in types[:9]]
    assert all(set(sample) == {"event", "data"} for sample in samples)
    await client.sequences.planned("today")


async def test_another_workspaces_records(lab: Lab, client: BisonClient) -> None:
    """A mailbox of another workspace is elsewhere, not missing."""
    other = next(iter(lab.world.workspaces[13].accounts))
    with pytest.raises(RecordElsewhere):
        await client.accounts.one(other.id, WORKSPACE)


async def test_a_subscriptions_life(client: BisonClient) -> None:
    """Made, found, replaced, deleted, gone."""
    made = await client.subscriptions.create("Mirror", "https://mirror.example/h", ["email_sent"])
    assert await client.subscriptions.one(made.id) == made
    changed = await client.subscriptions.replace(made.id, "Mirror", made.url, ["lead_replied"])
    assert (await client.subscriptions.all(), changed.events) == ((changed,), ("lead_replied",))
    await client.subscriptions.delete(made.id)
    with pytest.raises(RecordMissing):
        await client.subscriptions.delete(made.id)


def today_of(lab: Lab) -> date:
    return lab.clock.now().date()
