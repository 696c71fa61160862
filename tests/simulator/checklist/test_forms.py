"""Checklist: the same facts in each published form, against the fixture of that form."""

from __future__ import annotations

import orjson
import pytest

from bisonwatch.simulator.records import Lead, Membership
from tests.simulator.conftest import Lab, fixture
from tests.simulator.shapes import differences

DATES = {"start_date": "2026-09-12", "end_date": "2026-09-14"}


async def shape(lab: Lab, name: str, path: str, **query: object) -> dict:
    """The rows of that path, which must have the shape of the fixture's."""
    ours = await lab.rows(path, **query)
    assert list(differences(fixture(f"rest/{name}.json")["data"], ours)) == []
    return ours


async def test_users_name_the_place_workspace_or_team(lab: Lab) -> None:
    """`workspace` with the slim object, or `team` with the full one."""
    await shape(lab, "users.live-workspace", "/api/users")
    lab.form(user_key="team", workspace="full")
    documented = await shape(lab, "users.docs-team", "/api/users")
    assert "workspace" not in documented


async def test_workspaces_are_slim_or_full(lab: Lab) -> None:
    """One switch for every route: full has credits, slim has the secret."""
    lab.form(workspace="full")
    for path in ("/api/workspaces", "/api/workspaces/v1.1"):
        await shape(lab, "workspaces.list", path)
    lab.form(workspace="slim")
    for path in ("/api/workspaces", "/api/workspaces/v1.1"):
        await shape(lab, "workspaces.list.live-slim", path)


async def test_stats_are_numbers_or_strings(lab: Lab) -> None:
    """As strings the same figures are printed; the rows of steps stay numbers."""
    numbers = await shape(lab, "workspaces.stats.numbers", "/api/workspaces/v1.1/stats", **DATES)
    lab.form(stats="strings")
    strings = await shape(lab, "workspaces.stats.strings", "/api/workspaces/v1.1/stats", **DATES)
    path = f"/api/campaigns/{lab.workspace.campaigns[0].id}/stats"
    campaign = (await lab.ask("POST", path, json=DATES)).json()
    assert {name: float(value) for name, value in strings.items()} == {
        name: value for name, value in numbers.items() if value != []
    }
    assert list(differences(fixture("rest/campaigns.stats.strings.json"), campaign)) == []


async def test_unique_opens_is_a_number_or_a_string(lab: Lab) -> None:
    """On campaigns, wherever they stand, and nowhere else."""
    lab.world.send(12)
    lab.form(unique_opens="string")
    campaign, send = (await lab.rows("/api/campaigns"))[0], (await lab.rows("/api/scheduled-emails"))[0]
    assert isinstance(campaign["unique_opens"], str)
    assert isinstance(send["campaign"]["unique_opens"], str)
    assert isinstance(send["unique_opens"], int)


async def test_steps_are_as_observed_or_as_documented(lab: Lab) -> None:
    """Documented: order and wait as strings, variants with an order, no dates."""
    path = f"/api/campaigns/v1.1/{lab.workspace.campaigns[0].id}/sequence-steps"
    observed = await shape(lab, "sequence-steps.v1.1", path)
    lab.form(steps="strings")
    documented = await shape(lab, "sequence-steps.v1.1.docs-strings", path)
    assert {step["order"] for step in observed["sequence_steps"] if step["variant"]} == {None}
    assert {step["order"] for step in documented["sequence_steps"]} == {"1", "2", "3"}


@pytest.mark.parametrize(("case", "word"), [("lower", "active"), ("title", "Active"), ("upper", "ACTIVE")])
async def test_campaign_statuses_in_each_case(lab: Lab, case: str, word: str) -> None:
    """The filter's word is understood whatever the row's case; a sending schedule's status stays a number."""
    lab.form(campaign_status=case)
    rows = await lab.rows("/api/campaigns", status="active")
    planned = await lab.rows("/api/campaigns/sending-schedules", day="today")
    assert {row["status"] for row in rows} == {word}
    assert {row["campaign"]["status"] for row in planned} == {2}


@pytest.mark.parametrize("case", ["title", "lower", "upper"])
async def test_account_statuses_in_each_case(lab: Lab, case: str) -> None:
    """`Connected`, `connected`, `CONNECTED`; also in nested accounts."""
    lab.form(account_status=case)
    lab.world.send(12)
    send = (await lab.rows("/api/scheduled-emails"))[0]
    words = {row["status"] for row in await lab.rows("/api/sender-emails", status="connected")}
    wanted = {"title": "Connected", "lower": "connected", "upper": "CONNECTED"}[case]
    assert words == {wanted} == {send["sender_email"]["status"]}


async def test_lead_campaign_data_in_three_shapes(lab: Lab) -> None:
    """An array with one entry per campaign, an object, and an empty array."""
    lead = lab.world.send(12) and lab.workspace.recent_sends[-1].lead
    path = f"/api/campaigns/{lab.workspace.recent_sends[-1].campaign.id}/leads"
    await shape(lab, "campaigns.leads.page", path)
    lab.form(lead_campaign_data="object")
    rows = await shape(lab, "campaigns.leads.docs-object", path)
    lab.form(lead_campaign_data="empty")
    empty = await lab.rows(f"/api/leads/{lead.id}")
    assert rows[0]["lead_campaign_data"].keys() == {"status", "emails_sent", "replies", "opens", "interested"}
    theirs = fixture("rest/leads.empty-lead_campaign_data.docs.json")["data"][0]
    assert list(differences(theirs, empty)) == []
    assert empty["lead_campaign_data"] == []


async def test_the_object_is_of_the_campaign_that_was_asked(lab: Lab) -> None:
    """A lead in two campaigns shows the state in the one whose leads are listed."""
    lead, (first, second) = lab.world.add_lead(12), list(lab.workspace.campaigns)[:2]
    lead.memberships[first.id] = Membership(first, "sequence_finished", sent=3)
    lead.memberships[second.id] = Membership(second, "replied", sent=1, replies=1)
    lab.form(lead_campaign_data="object")
    for campaign, sent in ((first, 3), (second, 1)):
        row = (await lab.rows(f"/api/campaigns/{campaign.id}/leads"))[0]
        assert (row["id"], row["lead_campaign_data"]["emails_sent"]) == (lead.id, sent)


async def test_a_fresh_lead_has_null_statistics(lab: Lab) -> None:
    """Every member is null until the first message, then a number."""
    fresh: Lead = lab.world.add_lead(12)
    before = (await lab.rows(f"/api/leads/{fresh.id}"))["overall_stats"]
    lab.world.send(12, fresh.email)
    after = (await lab.rows(f"/api/leads/{fresh.id}"))["overall_stats"]
    assert set(before.values()) == {None}
    assert after["emails_sent"] == 1
    assert None not in after.values()


async def test_nested_objects_are_trimmed(lab: Lab) -> None:
    """In a send: a campaign without tags and total, a lead without tags and memberships, an account without tags."""
    lab.world.send(12)
    send = (await lab.rows("/api/scheduled-emails"))[0]
    assert "tags" not in send["campaign"]
    assert send["campaign"]["total_leads"] is None
    assert not {"tags", "lead_campaign_data"} & send["lead"].keys()
    assert "tags" not in send["sender_email"]


async def test_the_lead_of_a_send_comes_or_not(lab: Lab) -> None:
    """`/scheduled-emails/{id}` has none as observed and one as documented; `sent-emails` the other way round."""
    lab.world.send(12)
    send = lab.workspace.recent_sends[-1]
    one, many = f"/api/scheduled-emails/{send.id}", f"/api/leads/{send.lead.id}/sent-emails"
    observed = ["lead" in await lab.rows(one), "lead" in (await lab.rows(many))[0]]
    lab.form(send_detail_lead=True, sent_emails_lead=False)
    documented = ["lead" in await lab.rows(one), "lead" in (await lab.rows(many))[0]]
    assert (observed, documented) == ([False, True], [True, False])


async def test_a_bounced_send_may_keep_sent(lab: Lab) -> None:
    """The row and the filter's word follow the same switch."""
    lab.world.bounce(12)
    send = next(send for send in reversed(list(lab.workspace.sends)) if send.status == "bounced")
    lab.form(bounced_send="sent")
    assert (await lab.rows(f"/api/scheduled-emails/{send.id}"))["status"] == "sent"
    assert send.id not in {row["id"] for row in await lab.rows("/api/scheduled-emails", status="bounced")}


async def test_local_digits_are_the_zones_or_utcs(lab: Lab) -> None:
    """In REST and in webhooks: with the switch every local field prints the digits of UTC."""
    campaign = next(one for one in lab.workspace.campaigns if one.status == "active")
    campaign.zone = "Australia/Sydney"
    for other in lab.workspace.campaigns:
        other.status = "active" if other is campaign else "paused"
    lead = lab.world.add_lead(12)
    zoned = orjson.loads(lab.world.send(12, lead.email)[0].body)["data"]
    lab.form(local_digits="utc")
    plain = orjson.loads(lab.world.send(12, lead.email)[0].body)["data"]
    row = (await lab.rows("/api/scheduled-emails"))[0]
    assert zoned["scheduled_email"]["scheduled_date_local"].startswith("2026-09-14T21:59:40")
    assert zoned["campaign_event"]["created_at_local"].startswith("2026-09-14T22:00:00")
    assert {plain["scheduled_email"][f"scheduled_date_{word}"] for word in ("local", "est")} == {
        "2026-09-14T11:59:40.000000Z"
    }
    assert plain["campaign_event"]["created_at_local"] == plain["campaign_event"]["created_at"]
    assert row["scheduled_date_local"] == row["scheduled_date"]


async def test_schedule_times_with_and_without_seconds(lab: Lab) -> None:
    """`HH:MM:SS` as observed, `HH:MM` as documented."""
    path = f"/api/campaigns/{lab.workspace.campaigns[0].id}/schedule"
    observed = (await lab.rows(path))["start_time"]
    lab.form(schedule_times="minutes")
    assert (observed, (await lab.rows(path))["start_time"]) == ("08:00:00", "08:00")
