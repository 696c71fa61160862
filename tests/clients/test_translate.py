"""Every webhook the provider is known to send, as the event and the facts it states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.fields import instant
from bisonwatch.clients.bison.translate import Route, event, parse, route, unwrap, version_of
from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.event import (
    AccountEvent,
    AccountNews,
    EventType,
    Header,
    Lead,
    LeadEvent,
    Send,
)
from bisonwatch.domain.facts import facts_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.errors import UnreadableEvent
from tests.clients.events import CASES, INTEREST, LC, WAVE, WORKSPACE, at, palle
from tests.clients.provider import FIXTURES, webhook

RECEIVED = datetime(2026, 9, 14, 20, 0, tzinfo=UTC)
LATER = {"variant.lowercase-type.lead_interested", "variant.flat-string-event.lead_interested"}
"""Variants without a scheduled e-mail and a campaign event, asserted on their own below."""


def test_every_fixture_has_its_expectation() -> None:
    """No webhook fixture is left out of the table."""
    assert {path.stem for path in (FIXTURES / "webhooks").iterdir()} == set(CASES) | LATER


@pytest.mark.parametrize("name", CASES)
def test_a_webhook_becomes_its_event(name: str) -> None:
    """A body, in whatever variant, becomes exactly one event of the domain."""
    assert event(parse(webhook(name)), instance="main", workspace_id=None) == CASES[name][0]


@pytest.mark.parametrize("name", CASES)
def test_a_webhook_states_its_facts(name: str) -> None:
    """The event states these facts and no other."""
    raw = parse(webhook(name))
    told = event(raw, instance="main", workspace_id=None)
    facts = facts_of(told, content_hash=content_hash(raw), logged_at=None, received_at=RECEIVED)
    assert tuple((str(f.id.type), f.id.key, f.at, f.rank) for f in facts) == CASES[name][1]
    assert all(f.id.workspace == WORKSPACE for f in facts)


@pytest.mark.parametrize("name", sorted(LATER))
def test_an_interested_variant_is_counted_like_the_plain_form(name: str) -> None:
    """Lower case and flat-string events name the same lead and campaign, so the same fact."""
    raw = parse(webhook(name))
    told = event(raw, instance="main", workspace_id=12)
    (fact,) = facts_of(told, content_hash=content_hash(raw), logged_at=None, received_at=RECEIVED)
    assert isinstance(told, LeadEvent)
    assert (told.lead, told.reply, told.campaign) == (palle(), INTEREST, WAVE)
    assert (fact.id.type, fact.id.key) == ("interested", LC)


def test_a_flat_event_takes_the_workspace_of_its_address() -> None:
    """A body that names no workspace belongs to the one whose address it came to; without either it is unreadable."""
    raw = parse(webhook("variant.flat-string-event.lead_interested"))
    assert event(raw, instance="main", workspace_id=7).header == Header(
        WorkspaceKey("main", 7), None, "lead_interested"
    )
    with pytest.raises(UnreadableEvent, match="names a workspace"):
        event(raw, instance="main", workspace_id=None)


def test_the_bodys_own_workspace_wins() -> None:
    """A body that names its workspace belongs there, whatever address it came to."""
    told = event(parse(webhook("email_sent")), instance="main", workspace_id=99)
    assert told.header.workspace == WORKSPACE


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *((str(kind).upper(), str(kind)) for kind in EventType),
        ("contact_replied", "lead_replied"),
        ("CONTACT_INTERESTED", "lead_interested"),
        ("contact_unsubscribed", "lead_unsubscribed"),
        ("Contact First Emailed", "lead_first_contacted"),
        ("BOUNCE", "email_bounced"),
        ("unsubscribed", "lead_unsubscribed"),
        ("REPLY_RECEIVED", "lead_replied"),
        ("email.sent", "email_sent"),
        ("Tag-Attached", "tag_attached"),
        (" Lead.Interested ", "lead_interested"),
        ("Some\x1b[31mThing.New", "some_[31mthing_new"),
        ("X" * 500, "x" * 80),
        ("\u200b", None),
        ("", None),
        (12, None),
    ],
)
def test_one_vocabulary_for_types(written: object, kind: str | None) -> None:
    """Aliases, cases, dots, dashes and spaces are folded; an unknown type is kept clean, lower case and short."""
    assert route({"event": {"type": written}, "data": {}}).type == kind


def test_a_route_is_read_from_every_variant() -> None:
    """The door learns type, workspace and instance without translating the body."""
    northwind = Route("lead_replied", 12, "Northwind Desk", "https://send.harborline.example")
    for name in (
        "lead_replied",
        "variant.wrapped-in-data.lead_replied",
        "variant.events-envelope.lead_replied",
    ):
        assert route(parse(webhook(name))) == northwind
    assert route(parse(webhook("variant.flat-string-event.lead_interested"))) == Route(
        "lead_interested", None, None, None
    )
    assert route({}) == Route(None, None, None, None)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (12, 12),
        ("12", 12),
        (" 12 ", 12),
        (True, None),
        (12.0, None),
        (-12, None),
        ("-12", None),
        (0, None),
        ("١٢", None),
        (2**63, None),
        ("9" * 30, None),
        (None, None),
        ([12], None),
    ],
)
def test_a_workspace_id_is_a_positive_whole_number(written: object, number: int | None) -> None:
    """Numbers and digits are ids; booleans, fractions, negatives and what no database holds are not."""
    assert route({"event": {"type": "email_sent", "workspace_id": written}}).workspace_id == number


def body(kind: str, data: object) -> dict[str, object]:
    return {"event": {"type": kind, "workspace_id": 12}, "data": data}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "no event type"),
        ({"event": [], "data": {}}, "no event type"),
        ({"event": {"type": "email_sent"}, "data": {}}, "names a workspace"),
        (body("email_sent", None), "the body has no data object"),
        (body("lead_replied", []), "the body has no data object"),
        (body("email_account_removed", {}), "the body has no sender_email.id"),
        (
            body("email_account_added", {"sender_email": {"id": "x"}}),
            "the body has no sender_email.id",
        ),
    ],
)
def test_what_cannot_be_understood_says_why(raw: dict[str, object], message: str) -> None:
    """A dead letter names what is missing."""
    with pytest.raises(UnreadableEvent, match=message):
        event(raw, instance="main", workspace_id=None)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"12", b'"x"', b"null", b"\xff\xfe"])
def test_a_body_is_a_json_object(text: bytes) -> None:
    """Anything that is not a JSON object is unreadable."""
    with pytest.raises(UnreadableEvent):
        parse(text)


def test_broken_optional_blocks_are_left_out() -> None:
    """A block without its identity is dropped; the rest of the event stands."""
    raw = body(
        "email_sent",
        {
            "scheduled_email": {"id": 5},
            "lead": {"id": 9, "email": "  "},
            "campaign": "x",
            "sender_email": None,
            "reply": [],
        },
    )
    told = event(raw, instance="main", workspace_id=None)
    header = Header(WORKSPACE, None, "email_sent")
    assert told == LeadEvent(header, None, None, Send(5, 9, None), None, None, None, None)


def test_strangers_text_is_made_safe() -> None:
    """Names and addresses lose control and direction characters; addresses are lower case."""
    lead = {"email": " Eve@Example.COM ", "first_name": "E\x1b]0;pwned\x07ve", "last_name": "\u202egnp.exe"}
    told = event(body("lead_replied", {"lead": lead}), instance="main", workspace_id=None)
    assert isinstance(told, LeadEvent)
    assert told.lead == Lead(None, "eve@example.com", "E ]0;pwned ve", "gnp.exe", None, None, None, ())


@pytest.mark.parametrize(
    ("kind", "told", "status"),
    [
        ("email_account_disconnected", {}, AccountStatus.DISCONNECTED),
        ("email_account_reconnected", {}, AccountStatus.CONNECTED),
        ("email_account_added", {"status": "Not connected"}, AccountStatus.DISCONNECTED),
        ("email_account_removed", {"status": "connected"}, AccountStatus.REMOVED),
        ("email_account_added", {"status": 2}, AccountStatus.DISCONNECTED),
    ],
)
def test_an_account_is_what_the_event_says(kind: str, told: dict[str, Any], status: AccountStatus) -> None:
    """The payload's status counts; where it says nothing the type does."""
    raw = body(kind, {"sender_email": {"id": 7, **told}})
    assert event(raw, instance="main", workspace_id=None) == AccountEvent(
        Header(WORKSPACE, None, kind), AccountNews(7, None, status)
    )


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-09-14T16:24:20.000000Z", at("16:24:20")),
        ("2026-09-14T16:24:20Z", at("16:24:20")),
        ("2026-09-14T18:24:20.5+02:00", at("16:24:20") + timedelta(milliseconds=500)),
        ("2026-09-14 16:24:20", at("16:24:20")),
        ("0001-01-01T00:00:00.000000Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-09-14", None),
        ("yesterday afternoon at five", None),
        ("", None),
        (1757867060, None),
        (None, None),
    ],
)
def test_moments_are_aware_utc_or_unknown(written: object, moment: datetime | None) -> None:
    """Every spelling of a moment becomes aware UTC; what is none is None."""
    found = instant(written)
    assert found == moment
    assert found is None or found.tzinfo is UTC
    assert found is None or not isinstance(found.tzinfo, timezone) or found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("name", "known_at", "sequence"),
    [
        ("email_sent", at("16:24:20"), 99181201),
        ("lead_replied", at("17:02:11"), 99181310),
        ("lead_unsubscribed", at("07:10:00", 15), 99181377),
        ("manual_email_sent", at("17:40:00"), 3400260),
        ("email_account_removed", RECEIVED, 0),
        ("tag_attached", RECEIVED, 0),
        ("variant.unknown-type", RECEIVED, 0),
    ],
)
def test_news_has_the_events_own_date(name: str, known_at: datetime, sequence: int) -> None:
    """The version is the campaign event's, else the reply's, else the send's, else the receipt's."""
    told = event(parse(webhook(name)), instance="main", workspace_id=None)
    assert version_of(told, RECEIVED) == Version(known_at, SourceRank.EVENT, sequence)


def test_a_version_falls_back_to_the_send() -> None:
    """Without campaign event and reply the send dates the news."""
    raw = body("email_sent", {"scheduled_email": {"id": 5, "sent_at": "2026-09-14T16:24:20.000000Z"}})
    told = event(raw, instance="main", workspace_id=None)
    assert version_of(told, RECEIVED) == Version(at("16:24:20"), SourceRank.EVENT, 5)


def test_unwrapping_keeps_only_event_and_data() -> None:
    """Whatever stands around the two is no part of the news."""
    inner = {"event": {"type": "x"}, "data": {"a": 1}}
    for raw in (
        inner,
        {**inner, "extra": 1},
        {"data": inner},
        {"payload": inner, "id": 5},
        {"data": {"payload": inner}},
    ):
        assert unwrap(raw) == inner
