"""What rows of the provider's lists state, and that it is what the events about the same things state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bisonwatch.domain.event import Campaign, EventType, Header, Lead, LeadEvent, Reply, Send
from bisonwatch.domain.facts import Fact, FactKey, facts_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.ledger import Mailed, Received, facts_of_reply, facts_of_send
from bisonwatch.domain.metric import Metric

NORTHWIND = WorkspaceKey("main", 12)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KNOWN = NOON + timedelta(days=2)
LEAD = Lead(870052, "palle.stenmark@brightmolar.example", None, None, None, None, None, ())
REPLY = Reply(3400175, False, False, NOON, LEAD.email, "Tracked Reply", "Inbox")
RECEIVED = Received(REPLY, 55210417, 870052, 614, NOON + timedelta(minutes=4), answers=False, in_stats=None)
SEND = Send(55210417, 870052, NOON)


def event(kind: EventType, reply: Reply | None = None, send: Send | None = SEND) -> LeadEvent:
    header = Header(NORTHWIND, "Northwind Desk", kind)
    return LeadEvent(header, None, None, send, LEAD, Campaign(614, "Dentists"), None, reply)


def told(kind: EventType, reply: Reply | None = None) -> set[Fact]:
    return set(facts_of(event(kind, reply), content_hash=b"x", logged_at=None, received_at=KNOWN))


def read(received: Received) -> dict[Metric, Fact]:
    return {fact.id.type: fact for fact in facts_of_reply(NORTHWIND, received, KNOWN)}


def test_a_sent_message_is_the_fact_that_its_event_states() -> None:
    found = facts_of_send(NORTHWIND, Mailed(SEND, "sent", NOON), KNOWN)
    assert set(found) == told(EventType.EMAIL_SENT)


@pytest.mark.parametrize("status", ["bounced", "replied", "unsubscribed", "stopped", None])
def test_what_became_of_a_message_does_not_unsend_it(status: str | None) -> None:
    assert set(facts_of_send(NORTHWIND, Mailed(SEND, status, NOON), KNOWN)) == told(EventType.EMAIL_SENT)


def test_a_planned_message_states_nothing() -> None:
    assert facts_of_send(NORTHWIND, Mailed(replace(SEND, sent_at=None), "scheduled", NOON), KNOWN) == ()


def test_a_failed_message_is_dated_by_its_plan_and_any_event_knows_better() -> None:
    [fact] = facts_of_send(NORTHWIND, Mailed(replace(SEND, sent_at=None), "failed", NOON), KNOWN)
    assert fact.id == FactKey(NORTHWIND, Metric.SEND_FAILED, "s:55210417")
    assert fact.at == NOON
    [event_fact] = told(EventType.EMAIL_SEND_FAILED)
    assert event_fact.id == fact.id
    assert event_fact.better_dated(fact)


def test_a_reply_is_the_fact_that_its_event_states() -> None:
    assert set(facts_of_reply(NORTHWIND, RECEIVED, KNOWN)) == told(EventType.LEAD_REPLIED, REPLY)


@pytest.mark.parametrize(("in_stats", "counted"), [(True, True), (False, False), (None, False)])
def test_an_automated_reply_counts_as_a_reply_where_its_campaign_says_so(
    in_stats: bool | None, counted: bool
) -> None:
    received = replace(RECEIVED, reply=replace(REPLY, automated=True), in_stats=in_stats)
    found = read(received)
    assert (Metric.REPLIED in found) is counted
    assert found[Metric.REPLIED_AUTOMATED].id.key == "r:3400175"
    if counted:
        assert set(found.values()) == told(EventType.LEAD_REPLIED, received.reply)


def test_an_interested_reply_is_keyed_by_lead_and_campaign_and_dated_worse_than_its_event() -> None:
    interested = replace(REPLY, interested=True)
    fact = read(replace(RECEIVED, reply=interested))[Metric.INTERESTED]
    happened = event(EventType.LEAD_INTERESTED, interested)
    by_log = facts_of(happened, content_hash=b"x", logged_at=NOON + timedelta(hours=1), received_at=KNOWN)
    assert [known.id for known in by_log] == [fact.id]
    assert fact.at == NOON
    assert by_log[0].better_dated(fact)


@pytest.mark.parametrize(("kind", "folder"), [("Bounced", "Bounced"), ("Tracked Reply", "bounced")])
def test_a_bounce_is_a_bounce_only_and_keyed_by_the_message_that_bounced(kind: str, folder: str) -> None:
    bounce = replace(REPLY, automated=True, interested=True, type=kind, folder=folder)
    assert set(facts_of_reply(NORTHWIND, replace(RECEIVED, reply=bounce), KNOWN)) == told(
        EventType.EMAIL_BOUNCED, bounce
    )


def test_a_bounce_that_is_tied_to_nothing_is_keyed_by_itself() -> None:
    bounce = replace(REPLY, type="Bounced", folder="Bounced")
    assert read(replace(RECEIVED, reply=bounce, send_id=None))[Metric.BOUNCED].id.key == "r:3400175"


def test_our_own_mail_counts_only_where_a_person_answered() -> None:
    own = replace(REPLY, type="Outgoing Email", folder="Sent")
    assert read(replace(RECEIVED, reply=own)) == {}
    answered = read(replace(RECEIVED, reply=own, answers=True))
    assert set(answered.values()) == told(EventType.MANUAL_EMAIL_SENT, own)


def test_untracked_mail_is_no_reply() -> None:
    foreign = replace(REPLY, type="Untracked Reply")
    assert set(facts_of_reply(NORTHWIND, replace(RECEIVED, reply=foreign), KNOWN)) == told(
        EventType.UNTRACKED_REPLY_RECEIVED, foreign
    )


def test_a_reply_without_a_date_has_that_of_its_arrival() -> None:
    fact = read(replace(RECEIVED, reply=replace(REPLY, received_at=None)))[Metric.REPLIED]
    assert (fact.at, fact.rank) == (NOON + timedelta(minutes=4), 2)
