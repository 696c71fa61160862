"""Checklist: the situations of real estates, played over the control route, as REST and webhooks tell them."""

from __future__ import annotations

import pytest

from bisonwatch.simulator.scenes import SCENES
from tests.simulator.conftest import Lab


async def play(lab: Lab, name: str) -> list[dict]:
    """The webhooks of a scene in workspace 12, as they arrived."""
    lab.subscribe()
    answer = await lab.client.post(f"/_sim/scenes/{name}", json={"workspace": 12})
    assert answer.status_code == 200
    await lab.deliver(seconds=0)
    assert [event["type"] for event in answer.json()["events"]] == lab.receiver.types
    return lab.receiver.bodies


async def test_silent_reconnect(lab: Lab) -> None:
    """The disconnect says `connected`, REST agrees, and nothing follows."""
    (told,) = await play(lab, "silent-reconnect")
    account = told["data"]["sender_email"]
    assert (told["event"]["type"], account["status"]) == ("EMAIL_ACCOUNT_DISCONNECTED", "connected")
    assert (await lab.rows(f"/api/sender-emails/{account['id']}"))["status"] == "Connected"


async def test_disconnect(lab: Lab) -> None:
    """A real one: both say so, and the filter finds it."""
    (told,) = await play(lab, "disconnect")
    account = told["data"]["sender_email"]
    broken = {row["id"] for row in await lab.rows("/api/sender-emails", status="not_connected")}
    assert account["status"] == "disconnected"
    assert account["id"] in broken


@pytest.mark.parametrize("counts", [True, False])
async def test_out_of_office(lab: Lab, counts: bool) -> None:
    """Only the flag tells; in a campaign that does not count those there is a row and no event."""
    for campaign in lab.workspace.campaigns:
        campaign.counts_auto_replies = counts
    told = await play(lab, "out-of-office")
    row = (await lab.rows("/api/replies", status="automated_reply", folder="inbox"))[0]
    assert (row["type"], row["automated_reply"]) == ("Tracked Reply", True)
    assert [one["data"]["reply"]["automated_reply"] for one in told] == ([True] if counts else [])


async def test_bounce_as_a_row_of_the_inbox(lab: Lab) -> None:
    """Folder and type `Bounced`, automated, from the mailer-daemon, tied to lead, campaign and send."""
    (told,) = await play(lab, "bounce")
    (row,) = [
        row
        for row in await lab.rows("/api/replies", folder="bounced")
        if row["id"] == told["data"]["reply"]["id"]
    ]
    assert (row["type"], row["folder"], row["automated_reply"]) == ("Bounced", "Bounced", True)
    assert row["from_email_address"].startswith("mailer-daemon@")
    assert (row["lead_id"], row["campaign_id"], row["scheduled_email_id"]) == (
        told["data"]["lead"]["id"],
        told["data"]["campaign"]["id"],
        told["data"]["scheduled_email"]["id"],
    )


async def test_interested_once_only(lab: Lab) -> None:
    """Two marks, one event; un-marking and marking again over the API is silent."""
    told = await play(lab, "interested-twice")
    events = [one for one in told if one["event"]["type"] == "LEAD_INTERESTED"]
    before = len(lab.workspace.log)
    path = f"/api/replies/{events[0]['data']['reply']['id']}"
    off = await lab.ask("PATCH", path + "/mark-as-not-interested")
    on = await lab.ask("PATCH", path + "/mark-as-interested")
    assert len(events) == 1
    assert [one.json()["data"]["interested"] for one in (off, on)] == [False, True]
    assert len(lab.workspace.log) == before


async def test_interested_with_skip_webhooks(lab: Lab) -> None:
    """The mark is there and nobody is told, then or later."""
    lab.world.replied_to(12)
    reply, before = lab.workspace.replies[-1], len(lab.workspace.log)
    path = f"/api/replies/{reply.id}/mark-as-interested"
    await lab.ask("PATCH", path, json={"skip_webhooks": True})
    await lab.ask("PATCH", path)
    assert (await lab.rows(f"/api/replies/{reply.id}"))["interested"] is True
    assert len(lab.workspace.log) == before


async def test_untracked_reply(lab: Lab) -> None:
    """Reply and mailbox only; in REST every tie is null."""
    (told,) = await play(lab, "untracked-reply")
    row = await lab.rows(f"/api/replies/{told['data']['reply']['id']}")
    assert told["data"].keys() == {"reply", "sender_email"}
    assert row["type"] == "Untracked Reply"
    assert [row[name] for name in ("lead_id", "campaign_id", "scheduled_email_id", "lead")] == [None] * 4


async def test_manual_mail_with_null_blocks(lab: Lab) -> None:
    """The blocks are there and null; REST has an outgoing row."""
    (told,) = await play(lab, "manual-alone")
    row = await lab.rows(f"/api/replies/{told['data']['reply']['id']}")
    assert [told["data"][name] for name in ("lead", "campaign", "scheduled_email")] == [None] * 3
    assert (row["type"], row["folder"], row["lead_id"]) == ("Outgoing Email", "Sent", None)


async def test_first_contact_pair(lab: Lab) -> None:
    """Two events, one scheduled e-mail, one send in the numbers."""
    told = await play(lab, "first-contact")
    lead = await lab.rows(f"/api/leads/{told[0]['data']['lead']['id']}")
    assert [one["event"]["type"] for one in told] == ["EMAIL_SENT", "LEAD_FIRST_CONTACTED"]
    assert len({one["data"]["scheduled_email"]["id"] for one in told}) == 1
    assert lead["overall_stats"]["emails_sent"] == 1


@pytest.mark.parametrize("lag", [0, 7200])
async def test_sync_lag(lab: Lab, lag: int) -> None:
    """`date_received` lies up to the lag before `created_at`; our own mail has none."""
    lab.delay(sync=lag)
    for _ in range(30):
        lab.world.untracked(12)
    lab.world.manual(12, alone=True)
    replies = list(lab.workspace.replies)[-31:]
    lags = [(reply.created_at - reply.received_at).total_seconds() for reply in replies]
    assert lags[-1] == 0
    assert all(0 <= one <= lag for one in lags)
    assert (max(lags) > lag / 2) == bool(lag)
    row = (await lab.rows("/api/replies", folder="inbox"))[0]
    assert (row["date_received"] < row["created_at"]) == bool(lag)


async def test_every_scene_can_be_played(lab: Lab) -> None:
    """Each name works in each workspace, quiet ones too; an unknown name says which there are."""
    for name in SCENES:
        for number in lab.world.workspaces:
            answer = await lab.client.post(f"/_sim/scenes/{name}", json={"workspace": number})
            assert answer.status_code == 200, (name, number)
    wrong = await lab.client.post("/_sim/scenes/flood", json={"workspace": 12})
    assert wrong.status_code == 422
    assert "silent-reconnect" in wrong.json()["error"]
