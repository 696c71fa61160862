"""Checklist: 200 that is a refusal, 200 without a body, and deletions that take their time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bisonwatch.simulator.faults import Break
from bisonwatch.simulator.switches import changed
from tests.simulator.conftest import START, Lab, fixture


async def test_200_with_success_false(lab: Lab) -> None:
    """A campaign without a sequence: 200, wrapped, in both versions of the route."""
    draft = lab.world.add_campaign(12)
    draft.sequence_id, draft.name = None, "Optometrists FI - draft"
    for path in (f"/api/campaigns/{draft.id}", f"/api/campaigns/v1.1/{draft.id}"):
        answer = await lab.get(path + "/sequence-steps")
        assert (answer.status_code, answer.json()) == (200, fixture("rest/sequence-steps.missing.200.json"))


async def test_200_with_success_false_on_any_page(lab: Lab) -> None:
    """A refusal in the middle of a walk, with 200."""
    lab.break_page(Break.REFUSED, "/api/leads", 2)
    answer = await lab.get("/api/leads", page=2)
    assert (answer.status_code, answer.json()["data"]["success"]) == (200, False)


async def test_200_with_an_empty_body(lab: Lab) -> None:
    """Commands may say nothing, and have worked; so may a page of a walk."""
    lab.form(commands="empty")
    campaign = lab.workspace.campaigns[0]
    for path in (f"/api/campaigns/{campaign.id}/pause", f"/api/campaigns/{campaign.id}/archive"):
        answer = await lab.ask("PATCH", path)
        assert (answer.status_code, answer.content) == (200, b"")
    lab.break_page(Break.EMPTY, "/api/leads", 2)
    page = await lab.get("/api/leads", page=2)
    assert (page.status_code, page.content) == (200, b"")
    assert campaign.status == "archived"


@pytest.mark.parametrize("linger", [600, 60])
async def test_a_deleted_account_lingers(lab: Lab, linger: int) -> None:
    """The row stays listed as pending, its id answers, then both are gone and EMAIL_ACCOUNT_REMOVED is told."""
    lab.delay(deletion=linger)
    account = lab.workspace.accounts[-1]
    path = f"/api/sender-emails/{account.id}"
    queued = await lab.ask("DELETE", path)
    lab.clock.forward(seconds=linger - 1)
    pending = [row["id"] for row in await lab.rows("/api/sender-emails", status="pending_deletion")]
    listed, status = await lab.rows("/api/sender-emails"), (await lab.rows(path))["status"]
    events = len(lab.workspace.log)
    lab.clock.forward(seconds=1)
    gone = await lab.get(path)
    assert queued.json() == fixture("rest/sender-emails.delete-queued.json")
    assert (pending, listed[0]["id"], status) == ([account.id], account.id, "Pending deletion")
    assert gone.status_code == 404
    assert account.id not in {row["id"] for row in await lab.rows("/api/sender-emails")}
    assert [event.type for event in list(lab.workspace.log)[events:]] == ["EMAIL_ACCOUNT_REMOVED"]


async def test_deleting_twice_is_one_removal(lab: Lab) -> None:
    """A second DELETE while the row lingers changes nothing."""
    path = f"/api/sender-emails/{lab.workspace.accounts[-1].id}"
    await lab.ask("DELETE", path)
    await lab.ask("DELETE", path)
    before = len(lab.workspace.log)
    lab.world.rate = 0
    lab.world.advance(START + timedelta(days=1))
    assert len(lab.workspace.log) == before + 1


async def test_a_deleted_campaign_lingers(lab: Lab) -> None:
    """`pending deletion` (with a space), then absence; no event tells of it."""
    campaign = lab.workspace.campaigns[-1]
    before = len(lab.workspace.log)
    await lab.ask("DELETE", f"/api/campaigns/{campaign.id}")
    pending = await lab.rows("/api/campaigns", status="pending deletion")
    lab.clock.forward(seconds=600)
    assert [row["id"] for row in pending] == [campaign.id]
    assert (await lab.get(f"/api/campaigns/{campaign.id}")).status_code == 404
    assert len(lab.workspace.log) == before


async def test_a_resumed_campaign_is_queued_first(lab: Lab) -> None:
    """`queued`, and `active` a minute later; one that is incomplete is refused with 400."""
    campaign = lab.workspace.campaigns[0]
    path = f"/api/campaigns/{campaign.id}"
    paused = (await lab.ask("PATCH", path + "/pause")).json()["data"]["status"]
    queued = (await lab.ask("PATCH", path + "/resume")).json()["data"]["status"]
    lab.clock.forward(seconds=60)
    active = (await lab.rows(path))["status"]
    campaign.sequence_id = None
    assert (paused, queued, active) == ("paused", "queued", "active")
    assert (await lab.ask("PATCH", path + "/resume")).status_code == 400


async def test_leads_and_replies_go_at_once(lab: Lab) -> None:
    """404 from the next request on; a blacklisted address twice is 400."""
    lab.world.untracked(12)
    for path in (f"/api/leads/{lab.workspace.leads[-1].id}", f"/api/replies/{lab.workspace.replies[-1].id}"):
        assert (await lab.ask("DELETE", path)).status_code == 200
        assert (await lab.get(path)).status_code == 404
    body = {"email": "blocked.person@optout.example"}
    first = await lab.ask("POST", "/api/blacklisted-emails", json=body)
    again = await lab.ask("POST", "/api/blacklisted-emails", json=body)
    assert first.status_code == 201
    assert (again.status_code, again.json()) == (400, fixture("rest/error.400.business.json"))


async def test_a_workspace_that_was_emptied_lives_on(lab: Lab) -> None:
    """Without campaigns, leads, tags and at last without mailboxes: nothing fails, the others go on."""
    lab.world.rate, lab.faults.delays = 200.0, changed(lab.faults.delays, {"deletion": 0})
    place = lab.workspace
    for shelf, path in ((place.campaigns, "campaigns"), (place.leads, "leads"), (place.tags, "tags")):
        for row in list(shelf):
            assert (await lab.ask("DELETE", f"/api/{path}/{row.id}")).status_code == 200
        lab.world.advance(lab.clock.forward(seconds=2))
    for account in list(place.accounts):
        await lab.ask("DELETE", f"/api/sender-emails/{account.id}")
    made = lab.world.advance(lab.clock.forward(seconds=5))
    assert [event.type for event in made if event.workspace_id == 12] == []
    assert len(made) > 100
    for path in ("campaigns", "sender-emails", "tags"):
        assert await lab.rows(f"/api/{path}") == []


async def test_tags_are_attached_once(lab: Lab) -> None:
    """One event per tag and object; attaching again is silent, and so is `skip_webhooks`."""
    account, tag = lab.workspace.accounts[0], lab.workspace.tags[-1]
    body = {"tag_ids": [tag.id], "sender_email_ids": [account.id]}
    before = len(lab.workspace.log)
    for verb in ("attach-to", "attach-to", "remove-from", "remove-from"):
        await lab.ask("POST", f"/api/tags/{verb}-sender-emails", json=body)
    told = [event.type for event in list(lab.workspace.log)[before:]]
    await lab.ask("POST", "/api/tags/attach-to-sender-emails", json={**body, "skip_webhooks": True})
    assert told == ["TAG_ATTACHED", "TAG_REMOVED"]
    assert tag.id in {one["id"] for one in (await lab.rows(f"/api/sender-emails/{account.id}"))["tags"]}
    assert len(lab.workspace.log) == before + 2
