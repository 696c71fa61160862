"""The simulator's payloads against the fixtures, field by field."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from bisonwatch.simulator.labels import blacklisted
from bisonwatch.simulator.payloads import NAMES
from bisonwatch.simulator.world import World
from tests.simulator.conftest import FIXTURES, START, Lab, fixture, small_world
from tests.simulator.shapes import differences

DATES = {"start_date": "2026-09-12", "end_date": "2026-09-15"}


def webhook_fixture(kind: str) -> object:
    plain, inferred = FIXTURES / f"webhooks/{kind}.json", f"webhooks/{kind}.inferred.json"
    return fixture(f"webhooks/{kind}.json" if plain.exists() else inferred)


@pytest.mark.parametrize("kind", NAMES)
async def test_a_sample_has_its_fixtures_shape(lab: Lab, kind: str) -> None:
    """For each of the 23 types the sample's keys and JSON types are the fixture's, recursively."""
    answer = await lab.get("/api/webhook-events/sample-payload", event_type=kind.lower())
    assert list(differences(webhook_fixture(kind.lower()), answer.json()["data"])) == []


def test_every_logged_event_has_its_fixtures_shape() -> None:
    """Whatever the mixture makes in five thousand events has the shape of its type's fixture."""
    world = small_world(rate=1000.0)
    events = world.advance(START + timedelta(seconds=5))
    seen = {event.type for event in events}
    for event in events:
        known = "variant.unknown-type" if event.type == "SOMETHING_NEW" else None
        theirs = fixture(f"webhooks/{known}.json") if known else webhook_fixture(event.type.lower())
        assert list(differences(theirs, orjson.loads(event.body))) == [], event.type
    assert len(seen) >= 18


def test_a_composed_mail_has_null_blocks(world: World) -> None:
    """A manual mail to nobody known has null lead, campaign and scheduled e-mail, as its fixture."""
    (event,) = world.manual(12, alone=True)
    body = orjson.loads(event.body)
    assert [body["data"][name] for name in ("lead", "campaign", "scheduled_email")] == [None] * 3
    assert list(differences(fixture("webhooks/manual_email_sent.one-off.json"), body)) == []


def test_a_recovered_mailbox_is_told_as_connected(world: World) -> None:
    """EMAIL_ACCOUNT_DISCONNECTED may say `connected`: then the mailbox is already back."""
    account = world.workspaces[12].accounts[0]
    (event,) = world.disconnect(account.id, recovered=True)
    assert orjson.loads(event.body)["data"]["sender_email"]["status"] == "connected"
    assert account.connected


READS = {
    "users.live-workspace": "/api/users",
    "workspaces.detail": "/api/workspaces/v1.1/12",
    "workspaces.list": "/api/workspaces/v1.1",
    "workspaces.stats.numbers": "/api/workspaces/v1.1/stats",
    "workspaces.line-area-chart-stats": "/api/workspaces/v1.1/line-area-chart-stats",
    "campaigns.line-area-chart-stats": "/api/campaigns/{campaign}/line-area-chart-stats",
    "campaign-events.stats": "/api/campaign-events/stats",
    "sender-emails.page-1-of-3": "/api/sender-emails",
    "sender-emails.cursor": "/api/sender-emails?pagination_type=cursor",
    "sender-emails.detail": "/api/sender-emails/{account}",
    "warmup.sender-emails": "/api/warmup/sender-emails",
    "warmup.sender-email.detail": "/api/warmup/sender-emails/{account}",
    "campaigns.page-1-of-1": "/api/campaigns",
    "campaigns.detail": "/api/campaigns/{campaign}",
    "campaigns.sending-schedules": "/api/campaigns/sending-schedules?day=tomorrow",
    "campaigns.sending-schedule.single": "/api/campaigns/{campaign}/sending-schedule?day=today",
    "campaigns.schedule": "/api/campaigns/{campaign}/schedule",
    "campaigns.available-timezones": "/api/campaigns/schedule/available-timezones",
    "sequence-steps.v1": "/api/campaigns/{campaign}/sequence-steps",
    "sequence-steps.v1.1": "/api/campaigns/v1.1/{campaign}/sequence-steps",
    "workspaces.master-inbox-settings": "/api/workspaces/v1.1/master-inbox-settings",
    "campaigns.leads.page": "/api/campaigns/{campaign}/leads",
    "campaigns.replies.page": "/api/campaigns/{campaign}/replies",
    "campaigns.scheduled-emails.page": "/api/campaigns/{campaign}/scheduled-emails",
    "leads.page-2-of-3": "/api/leads?page=2",
    "leads.cursor-page": "/api/leads?pagination_type=cursor",
    "leads.detail": "/api/leads/{lead}",
    "leads.sent-emails.page": "/api/leads/{lead}/sent-emails",
    "leads.replies.page": "/api/leads/{lead}/replies",
    "scheduled-emails.page": "/api/scheduled-emails",
    "scheduled-emails.detail.live": "/api/scheduled-emails/{send}",
    "replies.cursor-page": "/api/replies?pagination_type=cursor",
    "replies.page-1-of-2": "/api/replies",
    "replies.detail": "/api/replies/{reply}",
    "leads.lead-lists": "/api/lead-lists",
    "replies.conversation-thread": "/api/replies/{reply}/conversation-thread",
    "tags.list": "/api/tags",
    "custom-variables.page": "/api/custom-variables",
    "blacklisted-emails.page": "/api/blacklisted-emails",
    "blacklisted-domains.page": "/api/blacklisted-domains",
    "events.cursor-page": "/api/events",
    "webhook-url.list": "/api/webhook-url",
    "webhook-events.event-types": "/api/webhook-events/event-types",
    "webhook-events.sample-payload": "/api/webhook-events/sample-payload?event_type=lead_replied",
}


@pytest.mark.parametrize("name", READS)
async def test_a_read_has_its_fixtures_shape(lab: Lab, name: str) -> None:
    """The route's answer has the fixture's keys and JSON types, rows and envelope."""
    (replied,) = lab.world.reply(12)
    data = orjson.loads(replied.body)["data"]
    lab.subscribe()
    for value in ("blocked.person@optout.example", "optout.example"):
        blacklisted(lab.world.scribe, lab.workspace, value, START)
    path = READS[name].format(
        campaign=data["campaign"]["id"],
        lead=data["lead"]["id"],
        account=data["sender_email"]["id"],
        send=data["scheduled_email"]["id"],
        reply=data["reply"]["id"],
    )
    answer = await lab.get(
        path + ("&" if "?" in path else "?") + "&".join(f"{k}={v}" for k, v in DATES.items())
    )
    theirs, ours = fixture(f"rest/{name}.json"), answer.json()
    if name == "events.cursor-page":
        theirs, ours = _without_payload(theirs), _without_payload(ours)
    assert ours["data"]
    assert list(differences(theirs, ours)) == [], ours


def _without_payload(page: dict) -> dict:
    """Payloads differ by type and are compared above."""
    return page | {"data": [{**row, "payload": None} for row in page["data"]]}


async def test_the_slim_list_has_its_fixtures_rows(lab: Lab) -> None:
    """The deprecated workspace list shows slim rows, one for an api-user key."""
    answer = await lab.get("/api/workspaces")
    theirs = fixture("rest/workspaces.list.live-slim.json")
    assert list(differences(theirs["data"], answer.json()["data"])) == []
    assert [row["id"] for row in answer.json()["data"]] == [12]


COMMANDS = {
    "campaigns.stats.numbers": ("POST", "/api/campaigns/{campaign}/stats", DATES),
    "workspaces.switch": ("POST", "/api/workspaces/v1.1/switch-workspace", {"team_id": 13}),
    "workspaces.api-token-created": ("POST", "/api/workspaces/v1.1/13/api-tokens", {"name": "mirror"}),
    "webhook-url.created.201": (
        "POST",
        "/api/webhook-url",
        {"name": "Mirror", "url": "http://x.example", "events": ["email_sent"]},
    ),
    "leads.created.201": (
        "POST",
        "/api/leads",
        {"first_name": "Ada", "last_name": "Quill", "email": "ada@quill-dental.example", "title": "Owner"},
    ),
    "sender-emails.delete-queued": ("DELETE", "/api/sender-emails/{account}", None),
    "tags.attached": ("POST", "/api/tags/attach-to-leads", {"tag_ids": [9], "lead_ids": [870_001]}),
    "webhook-url.deleted": ("DELETE", "/api/webhook-url/{subscription}", None),
    "webhook-events.test-event": (
        "POST",
        "/api/webhook-events/test-event",
        {"event_type": "lead_replied", "url": "http://x.example"},
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_has_its_fixtures_shape(lab: Lab, name: str) -> None:
    """A command's answer has the fixture's keys and JSON types; creating answers 201."""
    method, path, body = COMMANDS[name]
    subscription = lab.subscribe()
    filled = path.format(
        campaign=lab.workspace.campaigns[0].id,
        account=lab.workspace.accounts[0].id,
        subscription=subscription.id,
    )
    answer = await lab.ask(method, filled, key=lab.world.admin_key, json=body)
    assert answer.status_code == (201 if "201" in name else 200)
    assert list(differences(fixture(f"rest/{name}.json"), answer.json())) == []


async def test_a_delivered_event_shows_deliveries_and_attempts_of_the_fixtures_shape(lab: Lab) -> None:
    """A row of the event log carries its deliveries, each with its attempts, in the fixture's shape."""
    lab.subscribe()
    lab.world.reply(12)
    await lab.deliver(seconds=1)
    answer = await lab.get("/api/events", **DATES)
    theirs = fixture("rest/events.cursor-page.json")["data"][0]["webhook_deliveries"]
    ours = answer.json()["data"][0]["webhook_deliveries"]
    assert ours[0]["webhook_attempts"]
    assert list(differences(theirs, ours)) == [], ours
