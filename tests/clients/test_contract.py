"""Every published REST answer, byte for byte, through the client: what is asked, and what is made of the answer."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.pages import Page
from bisonwatch.domain.account import Account, AccountStatus
from bisonwatch.domain.event import Lead, Reply, Send
from bisonwatch.domain.metric import Metric
from tests.clients.contract import CALLS, WORKSPACE
from tests.clients.provider import FIXTURES, Provider, answer, rest, rest_json
from tests.clients.test_errors import CASES as ERRORS
from tests.support.clock import START

Z = UTC
HEADERS_ONLY = "headers.sample"

NORTHWIND = wire.WorkspaceRow(12, "Northwind Desk", False, 1, datetime(2026, 7, 19, 3, 9, 2, tzinfo=Z))
HARBORLINE = replace(NORTHWIND, id=1, name="Harborline HQ", main=True, parent_id=None)
COBALT = replace(NORTHWIND, id=13, name="Cobalt Ridge")
MIRA = wire.Identity(7, "Mira Oakfield", NORTHWIND, datetime(2026, 5, 18, 12, 53, 32, tzinfo=Z))

TESS = Account(
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
    known_at=START,
    interested=2,
    contacted=280,
    unique_replied=8,
)
WARM = wire.WarmupRow(3301, "tess@try-northwind.example", (), 140, 44, 6, 96.0, 0, 1, 0, START)
COLD = replace(WARM, account_id=3302, email="ivo@get-northwind.example", score=0.0, disabled_for_bouncing=1)

PALLE = Lead(
    870052,
    "palle.stenmark@brightmolar.example",
    "Palle",
    "Stenmark",
    "Bright Molar Clinic",
    "Practice Owner",
    "unverified",
    (("city", "Aarhus"),),
)
LEAD = wire.LeadRow(
    870052,
    PALLE,
    datetime(2026, 9, 10, 19, 12, 26, tzinfo=Z),
    datetime(2026, 9, 14, 17, 6, 2, tzinfo=Z),
    (),
    (wire.LeadCampaign(614, "replied", 1, 1, False, 0),),
    1,
    1,
    0,
)
SEND = wire.SendRow(
    id=55210417,
    send=Send(55210417, 870052, datetime(2026, 9, 14, 16, 24, 20, tzinfo=Z)),
    campaign_id=614,
    account_id=3301,
    step_id=7310,
    status="sent",
    scheduled_at=datetime(2026, 9, 14, 16, 24, tzinfo=Z),
    subject="quick question about Bright Molar",
    message_id="<a2d1f0c4-6b1e-4f0a-9c55-0d7e3c9b1a10@try-northwind.example>",
    opens=0,
    replies=0,
    clicks=0,
    interested=False,
    lead=PALLE,
)
REPLY = wire.ReplyRow(
    id=3400175,
    reply=Reply(
        3400175,
        False,
        True,
        datetime(2026, 9, 14, 17, 2, 11, tzinfo=Z),
        "palle.stenmark@brightmolar.example",
        "Tracked Reply",
        "Inbox",
    ),
    campaign_id=614,
    lead_id=870052,
    send_id=55210417,
    account_id=3301,
    lead=PALLE,
    created_at=datetime(2026, 9, 14, 17, 6, 2, tzinfo=Z),
    updated_at=datetime(2026, 9, 14, 17, 6, 2, tzinfo=Z),
    uuid="a2d2047e-5c1a-4a77-8e0f-000003400175",
    subject="Re: quick question about Bright Molar",
    message_id="<CAKx7mola@mail.brightmolar.example>",
    to_email="tess@try-northwind.example",
    read=False,
    parent_id=None,
    attachments=("slots.png",),
)
CAMPAIGN = wire.CampaignRow(
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
    created_at=datetime(2026, 9, 1, 17, 11, 27, tzinfo=Z),
    updated_at=datetime(2026, 9, 14, 16, 24, 21, tzinfo=Z),
)
CODED = replace(
    CAMPAIGN,
    sequence_id=None,
    status=None,
    completion=None,
    max_per_receiving_domain=None,
    include_auto_replies_in_stats=None,
    tags=(),
)
STEPS = (
    wire.StepRow(
        7310,
        1,
        "quick question about {COMPANY}",
        "<p>Hi {FIRST_NAME}, {one|two} lines.</p>",
        3,
        True,
        False,
        None,
        False,
        datetime(2026, 9, 2, 8, tzinfo=Z),
    ),
    wire.StepRow(
        7311,
        None,
        "{COMPANY} recalls",
        "<p>Hi {FIRST_NAME}, {one|two} lines.</p>",
        3,
        True,
        True,
        7310,
        False,
        datetime(2026, 9, 2, 8, tzinfo=Z),
    ),
    wire.StepRow(
        7312,
        2,
        "Re: quick question about {COMPANY}",
        "<p>Hi {FIRST_NAME}, {one|two} lines.</p>",
        4,
        True,
        False,
        None,
        True,
        datetime(2026, 9, 2, 8, tzinfo=Z),
    ),
)
WHOLE = wire.Summary(20480, 9216, 0, 0, 256, 192, 4, 31, 0.0, 0.0, 2.78, 2.08, 0.04, 12.11, (), START, ())
STEP_ONE = wire.StepNumbers(7310, "quick question about {COMPANY}", 280, 280, 0, 4, 0, 1, 1)
STEP_TWO = wire.StepNumbers(7312, "Re: quick question about {COMPANY}", 132, 132, 0, 4, 0, 1, 1)
WAVE = wire.Summary(
    412, 280, 0, 0, 8, 3, 0, 2, 0.0, 0.0, 2.86, 1.07, 0.0, 25.0, (STEP_ONE, STEP_TWO), START, ()
)
MIRROR = wire.Subscription(
    112,
    "Mirror",
    "https://mirror.example/hooks/eb/INVENTEDPATHSECRET",
    ("email_sent", "lead_replied", "email_account_disconnected"),
)
TAGGED = datetime(2026, 3, 30, 17, 47, 53, tzinfo=Z)
NAMED = datetime(2026, 9, 1, 15, tzinfo=Z)
BLOCKED = datetime(2026, 9, 14, 10, tzinfo=Z)


def days(**last: int) -> dict[Metric, dict[date, int]]:
    """Zeros but for the last of three days."""
    wanted = {Metric(name): number for name, number in last.items()}
    metrics = (
        Metric.SENT,
        Metric.REPLIED,
        Metric.OPENED,
        Metric.UNSUBSCRIBED,
        Metric.BOUNCED,
        Metric.INTERESTED,
    )
    return {
        metric: {date(2026, 9, 12): 0, date(2026, 9, 13): 0, date(2026, 9, 14): wanted.get(metric, 0)}
        for metric in metrics
    }


WORKSPACE_DAYS = days(sent=412, replied=9, bounced=3, interested=2)
WORKSPACE_DAYS[Metric.REPLIED][date(2026, 9, 12)] = 1

VALUES: dict[str, Any] = {
    "users.docs-team": MIRA,
    "users.live-workspace": MIRA,
    "workspaces.list": (HARBORLINE, NORTHWIND, COBALT),
    "workspaces.list.live-slim": (NORTHWIND,),
    "workspaces.detail": NORTHWIND,
    "workspaces.switch": "Cobalt Ridge",
    "workspaces.api-token-created": "41|INVENTEDinventedINVENTEDinvented0000000000",
    "workspaces.master-inbox-settings": wire.InboxSettings(True, True, False),
    "workspaces.stats.numbers": WHOLE,
    "workspaces.stats.strings": WHOLE,
    "workspaces.line-area-chart-stats": wire.Series(WORKSPACE_DAYS, START, ()),
    "campaigns.line-area-chart-stats": wire.Series(days(sent=120, replied=3, bounced=1), START, ()),
    "campaign-events.stats": wire.Series(days(sent=15, replied=1), START, ()),
    "sender-emails.detail": TESS,
    "warmup.sender-email.detail": WARM,
    "campaigns.detail": CAMPAIGN,
    "campaigns.stats.numbers": WAVE,
    "campaigns.stats.strings": replace(WAVE, steps=(STEP_ONE,)),
    "campaigns.schedule": wire.ScheduleRow(
        55,
        "generated",
        frozenset(range(5)),
        time(8),
        time(17),
        "Europe/Copenhagen",
        datetime(2026, 9, 1, 17, 12, tzinfo=Z),
    ),
    "campaigns.available-timezones": ("Europe/Copenhagen", "America/New_York"),
    "campaigns.sending-schedules": {614: 120},
    "campaigns.sending-schedule.single": wire.PlannedRow(614, 120, CODED),
    "sequence-steps.v1": STEPS,
    "sequence-steps.v1.1": STEPS,
    "sequence-steps.v1.1.docs-strings": tuple(
        replace(step, order=1, active=None, updated_at=None) for step in STEPS
    ),
    "sequence-steps.missing.200": (),
    "scheduled-emails.detail.live": replace(SEND, lead=None, send=replace(SEND.send, lead_id=None)),
    "leads.detail": LEAD,
    "leads.created.201": replace(
        LEAD,
        id=870060,
        lead=replace(
            PALLE,
            id=870060,
            email="ada@quill-dental.example",
            first_name="Ada",
            last_name="Quill",
            company="Quill Dental",
        ),
        campaigns=(),
        sends=None,
        replies=None,
        opens=None,
    ),
    "replies.detail": REPLY,
    "replies.conversation-thread": wire.ThreadRow(REPLY, (), ()),
    "tags.list": (
        wire.TagRow(9, "Interested", True, TAGGED),
        wire.TagRow(13, "Google", True, TAGGED),
        wire.TagRow(31, "priority-eu", False, TAGGED),
    ),
    "custom-variables.page": (wire.VariableRow(24, "opener", NAMED), wire.VariableRow(23, "city", NAMED)),
    "webhook-url.list": (MIRROR,),
    "webhook-url.created.201": MIRROR,
    "webhook-url.deleted": None,
    "webhook-events.event-types": tuple(row["id"] for row in rest_json("webhook-events.event-types")["data"]),
    "webhook-events.sample-payload": rest_json("webhook-events.sample-payload")["data"],
    "webhook-events.test-event": None,
    "events.retry-queued": 770044,
}
"""What a call returns. Walks are in ROWS."""

ROWS: dict[str, tuple[tuple[int, ...], int | None, dict[int, Any]]] = {
    "sender-emails.page-1-of-3": ((3303, 3302, 3301, *range(3299, 3287, -1)), 33, {2: TESS}),
    "sender-emails.cursor": ((3303, 3302, 3301, *range(3299, 3287, -1)), None, {2: TESS}),
    "warmup.sender-emails": ((3301, 3302), 2, {0: WARM, 1: COLD}),
    "campaigns.page-1-of-1": ((616, 615, 614, 613, 612, 611), 6, {2: CAMPAIGN}),
    "campaigns.docs-case": ((614,), None, {0: CAMPAIGN}),
    "campaigns.leads.page": ((870055, 870054, 870053, 870052), 4, {3: LEAD}),
    "campaigns.leads.docs-object": (
        (870054,),
        None,
        {
            0: replace(
                LEAD,
                id=870054,
                lead=Lead(
                    870054,
                    "emil@raskdental.example",
                    "Emil",
                    "Rask",
                    "Rask Dental",
                    None,
                    "bounced",
                    (("city", "Aarhus"),),
                ),
                campaigns=(wire.LeadCampaign(614, "bounced", 1, 0, False, 0),),
                replies=0,
            )
        },
    ),
    "campaigns.replies.page": ((3400190, 3400175), 2, {1: REPLY}),
    "campaigns.scheduled-emails.page": (
        (55210419, 55210417),
        2,
        {0: replace(SEND, id=55210419, send=Send(55210419, 870052, None), status="scheduled"), 1: SEND},
    ),
    "scheduled-emails.page": (
        (55210420, 55210419, 55210418, 55210417),
        4,
        {
            0: replace(SEND, id=55210420, send=Send(55210420, 870052, None), status="sending_paused"),
            3: replace(SEND, replies=1),
        },
    ),
    "leads.page-2-of-3": ((870055, 870054, 870053, 870052, 870051), 35, {3: LEAD}),
    "leads.cursor-page": ((870055, 870054, 870053, 870052, 870051), None, {3: LEAD}),
    "leads.cursor-last-page": ((870051,), None, {}),
    "leads.empty-lead_campaign_data.docs": ((870052,), None, {0: replace(LEAD, campaigns=())}),
    "leads.lead-lists": (
        (15,),
        1,
        {
            0: wire.LeadListRow(
                15,
                "nordics-sept.csv",
                "processed",
                640,
                633,
                7,
                datetime(2026, 9, 1, 16, tzinfo=Z),
                datetime(2026, 9, 1, 16, 4, tzinfo=Z),
            )
        },
    ),
    "leads.replies.page": ((3400175,), 1, {0: REPLY}),
    "leads.sent-emails.page": ((55210417,), 1, {0: SEND}),
    "replies.cursor-page": ((3400261, 3400240, 3400222, 3400190, 3400175), None, {4: REPLY}),
    "replies.page-1-of-2": ((3400261, 3400240, 3400222, 3400190, 3400175), 19, {4: REPLY}),
    "blacklisted-emails.page": (
        (88,),
        1,
        {0: wire.BlockedRow(88, "blocked.person@optout.example", BLOCKED)},
    ),
    "blacklisted-domains.page": ((41,), 1, {0: wire.BlockedRow(41, "optout.example", BLOCKED)}),
    "events.cursor-page": ((88120011, 88120010), None, {}),
}
"""Of each walk's first page: the ids, the provider's total, and some rows whole, by their place."""

COMMANDS = {"sender-emails.delete-queued", "tags.attached"}
"""Answers to commands that the mirror never gives: the caller takes them as done."""


CUT = {
    "leads.page-2-of-3",
    "leads.cursor-page",
    "replies.cursor-page",
    "replies.page-1-of-2",
    "events.cursor-page",
}
"""Published with fewer rows than a page says it has while more follow: asked for once more, and then believed."""


def status_of(name: str) -> int:
    return 201 if name.endswith(".201") else 200


def test_every_fixture_has_its_test() -> None:
    """A new file in the folder fails here until it is fed to the client."""
    there = {path.name.removesuffix(".json") for path in (FIXTURES / "rest").iterdir()}
    errors = {name for name, *_ in ERRORS}
    assert there == set(CALLS) | errors | {HEADERS_ONLY}
    assert set(CALLS) == set(VALUES) | set(ROWS) | COMMANDS
    assert {name for name in there if name.startswith("error.")} <= errors


@pytest.mark.parametrize("name", CALLS)
async def test_what_is_asked(name: str) -> None:
    """Each call sends the provider's own route, query and body, and sends them once."""
    call, provider = CALLS[name], Provider([answer(rest(name), status_of(name))])
    await call.told(provider.client)
    request, *again = provider.asked
    assert [one.url for one in again] == ([request.url] if name in CUT else [])
    assert (request.method, request.url.path) == (call.method, call.path)
    assert dict(request.url.params) == (call.query or {})
    assert request.content == call.body


@pytest.mark.parametrize("name", VALUES)
async def test_what_is_made_of_an_answer(name: str) -> None:
    """A published answer becomes exactly this value, and the value is frozen."""
    told = await CALLS[name].told(Provider([answer(rest(name), status_of(name))]).client)
    assert told == VALUES[name]
    for value in told if isinstance(told, tuple) else (told,):
        if is_dataclass(value):
            with pytest.raises(FrozenInstanceError):
                setattr(value, fields(value)[0].name, None)


@pytest.mark.parametrize("name", ROWS)
async def test_what_is_made_of_a_page(name: str) -> None:
    """Every row of a published page is read, in its order, with the total beside it."""
    ids, total, rows = ROWS[name]
    page = await CALLS[name].told(Provider([answer(rest(name))]).client)
    assert isinstance(page, Page)
    assert (page.ids, page.total, page.rejected, len(page.rows)) == (ids, total, (), len(ids))
    assert {place: page.rows[place] for place in rows} == rows
    assert (page.known_at == START) is (name not in CUT)


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_what_is_done_is_done(name: str) -> None:
    """A command's answer with success is no error."""
    done = await CALLS[name].told(Provider([answer(rest(name))]).client)
    assert done.data == rest_json(name)["data"]


async def test_the_log_keeps_the_webhooks_body() -> None:
    """A row of the event log holds its payload as it came."""
    page = await CALLS["events.cursor-page"].told(Provider([answer(rest("events.cursor-page"))]).client)
    assert [row.payload for row in page.rows] == [
        row["payload"] for row in rest_json("events.cursor-page")["data"]
    ]
    assert [row.uuid for row in page.rows] == [
        "a2d20512-7f61-4a0c-8c1c-2b9a4b7d6e50",
        "a2d20100-1111-4222-8333-000000000010",
    ]


async def test_the_sampled_headers_set_the_pace() -> None:
    """Limit and remainder are read from the headers as the provider writes them."""
    sample = rest_json(HEADERS_ONLY)
    reply = answer(rest("users.live-workspace"), sample["status"], **sample["headers"])
    provider = Provider([reply])
    await provider.client.whoami()
    assert (provider.pace._limit, provider.pace._remaining) == (3000, 2987)
