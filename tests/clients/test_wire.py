"""Every REST answer the client reads, as frozen values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.rows import Rejected, each
from bisonwatch.domain.account import Account, AccountStatus
from bisonwatch.domain.event import Reply, Send
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.logs import redact
from tests.clients.provider import rest_json

WORKSPACE = WorkspaceKey("main", 12)
NOW = datetime(2026, 9, 14, 18, tzinfo=UTC)


def listed(name: str) -> list[dict[str, Any]]:
    data = rest_json(name)["data"]
    return data if isinstance(data, list) else [data]


def account(raw: dict[str, Any]) -> Account:
    return wire.account_row(raw, WORKSPACE, NOW)


READERS: dict[str, tuple[Any, int]] = {
    "users.docs-team": (wire.identity, 1),
    "users.live-workspace": (wire.identity, 1),
    "workspaces.list": (wire.workspace_row, 3),
    "workspaces.list.live-slim": (wire.workspace_row, 1),
    "workspaces.detail": (wire.workspace_row, 1),
    "sender-emails.page-1-of-3": (account, 15),
    "sender-emails.cursor": (account, 15),
    "sender-emails.detail": (account, 1),
    "leads.page-2-of-3": (wire.lead_row, 5),
    "leads.cursor-page": (wire.lead_row, 5),
    "leads.cursor-last-page": (wire.lead_row, 1),
    "leads.detail": (wire.lead_row, 1),
    "leads.created.201": (wire.lead_row, 1),
    "leads.empty-lead_campaign_data.docs": (wire.lead_row, 1),
    "campaigns.leads.page": (wire.lead_row, 4),
    "campaigns.leads.docs-object": (wire.lead_row, 1),
    "campaigns.page-1-of-1": (wire.campaign_row, 6),
    "campaigns.docs-case": (wire.campaign_row, 1),
    "campaigns.detail": (wire.campaign_row, 1),
    "replies.cursor-page": (wire.reply_row, 5),
    "replies.page-1-of-2": (wire.reply_row, 5),
    "replies.detail": (wire.reply_row, 1),
    "campaigns.replies.page": (wire.reply_row, 2),
    "leads.replies.page": (wire.reply_row, 1),
    "scheduled-emails.page": (wire.send_row, 4),
    "scheduled-emails.detail.live": (wire.send_row, 1),
    "campaigns.scheduled-emails.page": (wire.send_row, 2),
    "leads.sent-emails.page": (wire.send_row, 1),
    "events.cursor-page": (wire.log_row, 2),
    "webhook-url.list": (wire.subscription, 1),
    "webhook-url.created.201": (wire.subscription, 1),
    "webhook-events.event-types": (wire.event_type, 17),
    "campaigns.sending-schedules": (wire.planned_row, 1),
    "campaigns.sending-schedule.single": (wire.planned_row, 1),
    "workspaces.api-token-created": (wire.minted_key, 1),
}


@pytest.mark.parametrize("name", READERS)
def test_every_fixture_is_read_whole(name: str) -> None:
    """No row of any published answer is rejected."""
    make, number = READERS[name]
    found = listed(name)
    good, bad = each(found, make)
    assert bad == ()
    assert len(good) == len(found) == number


def test_team_and_workspace_are_the_same() -> None:
    """The workspace is found under either word, and its secret is masked in the log from then on."""
    docs, live = (
        wire.identity(rest_json(name)["data"]) for name in ("users.docs-team", "users.live-workspace")
    )
    assert docs == live
    assert (docs.workspace.id, docs.workspace.name, docs.user_name) == (12, "Northwind Desk", "Mira Oakfield")
    assert "INVENTED-webhooks-secret-not-real" not in redact("x INVENTED-webhooks-secret-not-real")


def test_an_account_row() -> None:
    """A mailbox with the provider's lifetime counters; any word but connected is disconnected."""
    first, broken = map(account, listed("sender-emails.page-1-of-3")[:2])
    assert wire.account_row(listed("sender-emails.detail")[0], WORKSPACE, NOW) == Account(
        workspace=WORKSPACE,
        id=3301,
        email="tess@try-northwind.example",
        name="Tess Holloway",
        status=AccountStatus.CONNECTED,
        type="google_workspace_oauth",
        tags=("Google",),
        daily_limit=15,
        warmup_enabled=True,
        sent=412,
        replied=9,
        bounced=3,
        known_at=NOW,
        interested=2,
        contacted=280,
        unique_replied=8,
    )
    assert (first.status, broken.status) == (AccountStatus.CONNECTED, AccountStatus.DISCONNECTED)


def test_a_lead_row_has_three_shapes_of_campaigns() -> None:
    """A list, one object and an empty list are all understood; a lead just made has no counts."""
    several = wire.lead_row(listed("leads.cursor-page")[2])
    assert [(c.campaign_id, c.status, c.sends) for c in several.campaigns] == [
        (614, "stopped", 1),
        (613, "sequence_finished", 7),
    ]
    single = wire.lead_row(listed("campaigns.leads.docs-object")[0])
    assert single.campaigns == (wire.LeadCampaign(None, "bounced", 1, 0, False),)
    made = wire.lead_row(listed("leads.created.201")[0])
    assert (made.id, made.lead.email, made.campaigns, made.sends, made.replies) == (
        870060,
        "ada@quill-dental.example",
        (),
        None,
        None,
    )
    assert made.updated_at == datetime(2026, 9, 14, 17, 6, 2, tzinfo=UTC)


def test_a_campaign_row() -> None:
    """Status words are lower case whatever the provider's version writes."""
    live, docs = (wire.campaign_row(listed(name)[0]) for name in ("campaigns.detail", "campaigns.docs-case"))
    assert live == docs
    assert live == wire.CampaignRow(
        id=614,
        uuid="a3c4e5f6-4c0e-4f7e-9d3b-000000000614",
        sequence_id=539,
        name="Dentists Nordics - wave 3",
        type="outbound",
        status="active",
        completion=45.23,
        emails_sent=412,
        leads_contacted=280,
        total_leads=640,
        opened=0,
        unique_opens=0,
        replied=9,
        unique_replies=8,
        bounced=3,
        unsubscribed=0,
        interested=2,
        max_emails_per_day=300,
        max_new_leads_per_day=120,
        max_per_receiving_domain=25,
        plain_text=True,
        open_tracking=False,
        can_unsubscribe=False,
        unsubscribe_text=None,
        include_auto_replies_in_stats=True,
        prioritization="followups",
        tags=("priority-eu",),
        created_at=datetime(2026, 9, 1, 17, 11, 27, tzinfo=UTC),
        updated_at=datetime(2026, 9, 14, 16, 24, 21, tzinfo=UTC),
    )


def test_numbers_may_be_text() -> None:
    """Ids, counts and flags are read from text too."""
    raw = {
        "id": "614",
        "total_leads": "640",
        "emails_sent": "412.0",
        "open_tracking": "1",
        "max_emails_per_day": True,
    }
    row = wire.campaign_row(raw)
    assert (row.id, row.total_leads, row.emails_sent, row.open_tracking, row.max_emails_per_day) == (
        614,
        640,
        412,
        True,
        None,
    )


def test_the_inbox_tells_answers_from_bounces_and_our_own_mail() -> None:
    """Type and folder decide what a row of the master inbox is."""
    found = [wire.reply_row(raw) for raw in listed("replies.cursor-page")]
    assert [(row.id, row.outgoing, row.bounced, row.tracked, row.reply.automated) for row in found] == [
        (3400261, True, False, False, False),
        (3400240, False, True, False, True),
        (3400222, False, False, False, False),
        (3400190, False, False, True, True),
        (3400175, False, False, True, False),
    ]
    answer = found[-1]
    assert answer.reply == Reply(
        3400175,
        False,
        True,
        datetime(2026, 9, 14, 17, 2, 11, tzinfo=UTC),
        "palle.stenmark@brightmolar.example",
        "Tracked Reply",
        "Inbox",
    )
    assert (answer.campaign_id, answer.lead_id, answer.send_id, answer.account_id) == (
        614,
        870052,
        55210417,
        3301,
    )
    assert answer.lead is not None
    assert answer.lead.id == 870052


def test_the_send_ledger() -> None:
    """A planned message has no date of sending; the lead's id may stand in its block only."""
    paused, _, _, sent = (wire.send_row(raw) for raw in listed("scheduled-emails.page"))
    assert (paused.status, paused.send.sent_at) == ("sending_paused", None)
    assert sent.send == Send(55210417, 870052, datetime(2026, 9, 14, 16, 24, 20, tzinfo=UTC))
    assert (sent.campaign_id, sent.account_id, sent.status) == (614, 3301, "sent")


def test_the_daily_series() -> None:
    """Each label with a metric becomes a number per day; unique opens have none."""
    days, bad = wire.series(listed("workspaces.line-area-chart-stats"))
    assert bad == ()
    assert set(days) == {
        Metric.SENT,
        Metric.REPLIED,
        Metric.OPENED,
        Metric.BOUNCED,
        Metric.INTERESTED,
        Metric.UNSUBSCRIBED,
    }
    assert days[Metric.SENT] == {
        date(2026, 9, 12): 0,
        date(2026, 9, 13): 0,
        date(2026, 9, 14): 412,
    }
    assert days[Metric.REPLIED][date(2026, 9, 12)] == 1


def test_a_broken_day_of_a_series_is_rejected_alone() -> None:
    """What cannot be read of a series leaves the rest of it."""
    found = [{"label": "SENT", "dates": [["2026-09-13", "7"], ["2026-09-99", 1], [1], ["2026-09-14", None]]}]
    days, bad = wire.series(found)
    assert days == {Metric.SENT: {date(2026, 9, 13): 7}}
    assert [row.path for row in bad] == ["data[0].dates[1]", "data[0].dates[2]", "data[0].dates[3]"]


def test_the_event_log() -> None:
    """A row holds the webhook's body as it was, and what the provider says of its deliveries."""
    first, second = (wire.log_row(raw) for raw in listed("events.cursor-page"))
    assert (first.id, first.uuid) == (88120011, "a2d20512-7f61-4a0c-8c1c-2b9a4b7d6e50")
    assert first.created_at == datetime(2026, 9, 14, 17, 6, 3, tzinfo=UTC)
    assert first.payload == listed("events.cursor-page")[0]["payload"]
    assert first.deliveries == (
        wire.Delivery(
            "https://mirror.example/hooks/eb/INVENTEDPATHSECRET",
            "succeeded",
            2,
            (503, 200),
            datetime(2026, 9, 14, 17, 16, 5, tzinfo=UTC),
            (990101, 990102),
        ),
    )
    assert second.deliveries == ()


def test_subscriptions_and_types() -> None:
    """A webhook URL with its event types in our vocabulary's case."""
    assert wire.subscription(listed("webhook-url.list")[0]) == wire.Subscription(
        112,
        "Mirror",
        "https://mirror.example/hooks/eb/INVENTEDPATHSECRET",
        ("email_sent", "lead_replied", "email_account_disconnected"),
    )


def test_a_row_that_fails_is_rejected_alone() -> None:
    """A broken row is named by its path and reason; its neighbours are read."""
    good = listed("sender-emails.detail")[0]
    found = ["x", {**good, "id": -1}, good, {**good, "email": None}]
    read, bad = each(found, account)
    assert [row.id for row in read] == [3301]
    assert bad == (
        Rejected("data[0]", "expected an object, found str"),
        Rejected("data[1].id", "cannot be read: -1"),
        Rejected("data[3].email", "cannot be read: None"),
    )
