"""A fact is counted once: (workspace, type, key), with the best date known for it.

Keys carry their kind, so that ids of different things never meet: `s:` scheduled e-mail, `r:` reply, `lc:` lead and
campaign, `se:` scheduled e-mail and campaign event, `h:` hash of the canonical body.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from bisonwatch.domain.event import Event, EventType, LeadEvent
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import Marks


class FactKey(NamedTuple):
    workspace: WorkspaceKey
    type: Metric
    key: str


@dataclass(frozen=True, slots=True)
class Fact:
    """`rank` is the place of `at` in the fact's list of possible dates: 0 is the best."""

    id: FactKey
    at: datetime
    rank: int

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()

    def better_dated(self, other: Fact) -> bool:
        """A better rank, or the same rank and earlier: the day never depends on which door came first."""
        return (self.rank, self.at) < (other.rank, other.at)


def dated(*candidates: datetime | None) -> tuple[datetime, int]:
    """The first date there is, and its place; the last candidate is always there."""
    for rank, at in enumerate(candidates):
        if at is not None:
            return at, rank
    raise AssertionError("the last candidate is the receipt, which is never None")


def _lead_campaign(event: LeadEvent) -> str | None:
    lead_id = event.lead.id if event.lead else None
    if lead_id is None and event.send:
        lead_id = event.send.lead_id
    return f"lc:{lead_id}:{event.campaign.id}" if lead_id is not None and event.campaign else None


def facts_of(
    event: Event, *, content_hash: bytes, logged_at: datetime | None, received_at: datetime
) -> tuple[Fact, ...]:
    """The facts one event states (mechanics: "a fact is counted once"); most state one, some none, an automated reply two.

    `logged_at` is the event log's `created_at` where known; `received_at` is always there and is the last resort.
    """
    if not isinstance(event, LeadEvent):
        return ()
    fallback = f"h:{content_hash.hex()}"
    send = f"s:{event.send.id}" if event.send else None
    reply = f"r:{event.reply.id}" if event.reply else None
    happened = event.campaign_event_at
    mailed = event.reply.received_at if event.reply else None

    def fact(metric: Metric, key: str | None, *dates: datetime | None) -> Fact:
        at, rank = dated(*dates, received_at)
        return Fact(FactKey(event.header.workspace, metric, key or fallback), at, rank)

    match event.header.type:
        case EventType.EMAIL_SENT:
            return (fact(Metric.SENT, send, event.send.sent_at if event.send else None, happened, logged_at),)
        case EventType.EMAIL_SEND_FAILED:
            return (fact(Metric.SEND_FAILED, send, happened, logged_at),)
        case EventType.EMAIL_OPENED:
            opened = (
                f"se:{event.send.id}:{event.campaign_event_id}"
                if event.send and event.campaign_event_id
                else None
            )
            return (fact(Metric.OPENED, opened, happened, logged_at),)
        case EventType.LEAD_REPLIED:
            replied = fact(Metric.REPLIED, reply, mailed, happened, logged_at)
            if event.reply and event.reply.automated:
                return (replied, fact(Metric.REPLIED_AUTOMATED, reply, mailed, happened, logged_at))
            return (replied,)
        case EventType.UNTRACKED_REPLY_RECEIVED:
            return (fact(Metric.UNTRACKED, reply, mailed, logged_at),)
        case EventType.MANUAL_EMAIL_SENT:
            return (fact(Metric.MANUAL_SENT, reply, mailed, logged_at),)
        case EventType.EMAIL_BOUNCED:
            return (fact(Metric.BOUNCED, send or reply, happened, mailed, logged_at),)
        case EventType.LEAD_INTERESTED:
            return (
                fact(Metric.INTERESTED, _lead_campaign(event) or reply or send, happened, logged_at, mailed),
            )
        case EventType.LEAD_UNSUBSCRIBED:
            return (
                fact(
                    Metric.UNSUBSCRIBED, _lead_campaign(event) or send or reply, happened, logged_at, mailed
                ),
            )
        case _:
            return ()


def marks_of(facts: Iterable[Fact], first_contact: datetime | None) -> Marks:
    """What facts mean for the stage of the lead they are about."""
    marks = Marks(contacted_at=first_contact)
    for fact in facts:
        match fact.id.type:
            case Metric.SENT:
                marks = marks.merged(Marks(contacted_at=fact.at))
            case Metric.REPLIED:
                marks = marks.merged(Marks(replied_at=fact.at))
            case Metric.INTERESTED:
                marks = marks.merged(Marks(interested_at=fact.at))
            case Metric.BOUNCED:
                marks = marks.merged(Marks(bounced_at=fact.at))
            case Metric.UNSUBSCRIBED:
                marks = marks.merged(Marks(unsubscribed_at=fact.at))
            case _:
                pass
    return marks


def best_dated(facts: Iterable[Fact]) -> dict[FactKey, Fact]:
    """One fact per key, each with the best date among its repetitions."""
    best: dict[FactKey, Fact] = {}
    for fact in facts:
        known = best.get(fact.id)
        if known is None or fact.better_dated(known):
            best[fact.id] = fact
    return best


def count_deltas(
    new: Iterable[Fact], moved: Mapping[FactKey, tuple[date, date]]
) -> dict[tuple[WorkspaceKey, date, Metric], int]:
    """How the daily counts change: plus one for each new fact; a moved one leaves its old day for its new one."""
    deltas: dict[tuple[WorkspaceKey, date, Metric], int] = {}

    def add(key: FactKey, day: date, amount: int) -> None:
        slot = (key.workspace, day, key.type)
        deltas[slot] = deltas.get(slot, 0) + amount

    for fact in new:
        add(fact.id, fact.day, 1)
    for key, (before, after) in moved.items():
        add(key, before, -1)
        add(key, after, 1)
    return {slot: amount for slot, amount in deltas.items() if amount}
