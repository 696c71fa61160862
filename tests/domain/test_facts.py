from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bisonwatch.domain.event import Campaign, EventType, Header, Lead, LeadEvent, Reply, Send, UnknownEvent
from bisonwatch.domain.facts import Fact, FactKey, best_dated, count_deltas, facts_of, marks_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import Marks
from tests.support.news import NORTHWIND, at

SENT_AT, HAPPENED, MAILED, LOGGED, RECEIVED = at(1), at(2), at(3), at(4), at(5)
NAMES = {SENT_AT: "sent", HAPPENED: "happened", MAILED: "mailed", LOGGED: "logged", RECEIVED: "received"}
HASH = bytes(range(16))
H = "h:" + HASH.hex()
LEAD = Lead(7, "p@x.example", None, None, None, None, None, ())


def event(
    kind: EventType,
    *,
    happened: bool = True,
    mailed: bool = True,
    sent: bool = True,
    send: bool = True,
    reply: bool = True,
    campaign: bool = True,
    lead: bool = True,
    automated: bool = False,
    event_id: int | None = 9,
) -> LeadEvent:
    return LeadEvent(
        Header(NORTHWIND, None, kind),
        event_id,
        HAPPENED if happened else None,
        Send(5, None, SENT_AT if sent else None) if send else None,
        LEAD if lead else None,
        Campaign(44, None) if campaign else None,
        None,
        Reply(70, automated, False, MAILED if mailed else None, None, "", "") if reply else None,
    )


def told(kind: EventType, logged: bool = True, **missing: Any) -> list[tuple[str, str, str, int]]:
    found = facts_of(
        event(kind, **missing),
        content_hash=HASH,
        logged_at=LOGGED if logged else None,
        received_at=RECEIVED,
    )
    return [(fact.id.type.value, fact.id.key, NAMES[fact.at], fact.rank) for fact in found]


NONE: dict[str, bool] = {"happened": False, "mailed": False, "sent": False}
BARE = {**NONE, "send": False, "reply": False, "campaign": False, "lead": False}
E = EventType
TABLE: list[tuple[EventType, dict[str, Any], tuple[str, str, str, int] | None]] = [
    (E.EMAIL_SENT, {}, ("sent", "s:5", "sent", 0)),
    (E.EMAIL_SENT, {"sent": False}, ("sent", "s:5", "happened", 1)),
    (E.EMAIL_SENT, NONE, ("sent", "s:5", "logged", 2)),
    (E.EMAIL_SENT, {**NONE, "logged": False}, ("sent", "s:5", "received", 3)),
    (E.EMAIL_SENT, BARE, ("sent", H, "logged", 2)),
    (E.EMAIL_SEND_FAILED, {}, ("send_failed", "s:5", "happened", 0)),
    (E.EMAIL_SEND_FAILED, NONE, ("send_failed", "s:5", "logged", 1)),
    (E.EMAIL_SEND_FAILED, {**BARE, "logged": False}, ("send_failed", H, "received", 2)),
    (E.EMAIL_OPENED, {}, ("opened", "se:5:9", "happened", 0)),
    (E.EMAIL_OPENED, {"event_id": None}, ("opened", H, "happened", 0)),
    (E.EMAIL_OPENED, {"send": False}, ("opened", H, "happened", 0)),
    (E.LEAD_REPLIED, {}, ("replied", "r:70", "mailed", 0)),
    (E.LEAD_REPLIED, {"mailed": False}, ("replied", "r:70", "happened", 1)),
    (E.LEAD_REPLIED, BARE, ("replied", H, "logged", 2)),
    (E.UNTRACKED_REPLY_RECEIVED, {}, ("untracked", "r:70", "mailed", 0)),
    (E.UNTRACKED_REPLY_RECEIVED, NONE, ("untracked", "r:70", "logged", 1)),
    (E.MANUAL_EMAIL_SENT, {}, ("manual_sent", "r:70", "mailed", 0)),
    (E.MANUAL_EMAIL_SENT, BARE, ("manual_sent", H, "logged", 1)),
    (E.EMAIL_BOUNCED, {}, ("bounced", "s:5", "happened", 0)),
    (E.EMAIL_BOUNCED, {"send": False}, ("bounced", "r:70", "happened", 0)),
    (E.EMAIL_BOUNCED, {"happened": False}, ("bounced", "s:5", "mailed", 1)),
    (E.EMAIL_BOUNCED, BARE, ("bounced", H, "logged", 2)),
    (E.LEAD_INTERESTED, {}, ("interested", "lc:7:44", "happened", 0)),
    (E.LEAD_INTERESTED, {"campaign": False}, ("interested", "r:70", "happened", 0)),
    (E.LEAD_INTERESTED, {"lead": False, "reply": False}, ("interested", "s:5", "happened", 0)),
    (E.LEAD_INTERESTED, {"happened": False}, ("interested", "lc:7:44", "logged", 1)),
    (E.LEAD_INTERESTED, {"happened": False, "logged": False}, ("interested", "lc:7:44", "mailed", 2)),
    (E.LEAD_INTERESTED, {**BARE, "logged": False}, ("interested", H, "received", 3)),
    (E.LEAD_UNSUBSCRIBED, {}, ("unsubscribed", "lc:7:44", "happened", 0)),
    (E.LEAD_UNSUBSCRIBED, {"campaign": False}, ("unsubscribed", "s:5", "happened", 0)),
    (E.LEAD_UNSUBSCRIBED, {"lead": False, "send": False}, ("unsubscribed", "r:70", "happened", 0)),
    (E.LEAD_UNSUBSCRIBED, NONE, ("unsubscribed", "lc:7:44", "logged", 1)),
    (E.LEAD_FIRST_CONTACTED, {}, None),
    (E.MANUAL_EMAIL_SEND_FAILED, {}, None),
]


@pytest.mark.parametrize(("kind", "missing", "expected"), TABLE)
def test_the_table_of_facts(
    kind: EventType, missing: dict[str, Any], expected: tuple[str, str, str, int] | None
) -> None:
    """Which fact an event states, by which key, with which date and how good that date is."""
    assert told(kind, **missing) == ([expected] if expected else [])


def test_an_automated_reply_is_two_facts() -> None:
    """It is a reply, and again alone among the automated."""
    assert told(E.LEAD_REPLIED, automated=True) == [
        ("replied", "r:70", "mailed", 0),
        ("replied_automated", "r:70", "mailed", 0),
    ]


def test_other_events_state_nothing() -> None:
    """Only lead events are counted."""
    assert (
        facts_of(
            UnknownEvent(Header(NORTHWIND, None, "news")),
            content_hash=HASH,
            logged_at=None,
            received_at=at(0),
        )
        == ()
    )


def fact(key: str, when: datetime, rank: int = 0, kind: Metric = Metric.SENT) -> Fact:
    return Fact(FactKey(NORTHWIND, kind, key), when, rank)


def test_the_better_date() -> None:
    """A better rank wins, and of equal ranks the earlier; one fact stays per key."""
    good, late, worse = fact("s:1", at(9)), fact("s:1", at(10)), fact("s:1", at(0), 1)
    assert good.better_dated(late)
    assert good.better_dated(worse)
    assert not good.better_dated(good)
    other = fact("s:2", at(0))
    assert best_dated([worse, late, good, other, late]) == {good.id: good, other.id: other}


def test_marks_of_facts() -> None:
    """What facts mean for their lead: the earliest of each turn, and the first contact."""
    facts = [
        fact("s:1", at(3)),
        fact("r:1", at(4), kind=Metric.REPLIED),
        fact("r:2", at(2), kind=Metric.REPLIED),
        fact("lc:1:1", at(5), kind=Metric.INTERESTED),
        fact("s:1", at(6), kind=Metric.BOUNCED),
        fact("lc:1:1", at(7), kind=Metric.UNSUBSCRIBED),
        fact("se:1:1", at(0), kind=Metric.OPENED),
    ]
    assert marks_of(facts, None) == Marks(at(3), at(2), at(5), at(6), at(7))
    assert marks_of([], at(1)) == Marks(at(1))


def test_count_deltas() -> None:
    """One for each new fact on its UTC day; a moved one leaves its old day; what cancels out is nothing."""
    other = WorkspaceKey("main", 31)
    first, second = date(2026, 11, 20), date(2026, 11, 21)
    new = [
        fact("s:1", at(0)),
        fact("s:2", at(719)),
        fact("s:3", at(720)),
        fact("r:1", at(0), kind=Metric.REPLIED),
    ]
    moved = {
        FactKey(NORTHWIND, Metric.SENT, "s:9"): (second, first),
        FactKey(other, Metric.SENT, "s:8"): (first, second),
        FactKey(other, Metric.SENT, "s:7"): (second, first),
    }
    assert count_deltas(new, moved) == {
        (NORTHWIND, first, Metric.SENT): 3,
        (NORTHWIND, first, Metric.REPLIED): 1,
    }
    assert count_deltas([], {}) == {}
