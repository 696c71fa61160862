"""What the provider's lists state: a row of the send ledger, a row of the inbox. Pure.

The keys, and the places of the dates, are those of the events about the same things (`domain.facts`), so that it does not matter which
door a fact comes through first. What these lists cannot date, opens and unsubscribes, makes no fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.event import Reply, Send
from bisonwatch.domain.facts import Fact, FactKey, dated
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.plausible import plausible

FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Mailed:
    """A row of the send ledger. `status` is lower case; `planned_at` is when it was to go out."""

    send: Send
    status: str | None
    planned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Received:
    """A row of the inbox and what it is tied to. `synced_at` is when the provider took it in, up to hours after it was received.

    `in_stats`: whether its campaign counts automated replies; None where that is not known.
    """

    reply: Reply
    send_id: int | None
    lead_id: int | None
    campaign_id: int | None
    synced_at: datetime | None
    answers: bool
    """Whether it is in answer to something, as what a person sends from the inbox is."""
    in_stats: bool | None

    @property
    def bounced(self) -> bool:
        return "bounced" in (self.reply.type.casefold(), self.reply.folder.casefold())

    @property
    def outgoing(self) -> bool:
        return self.reply.type.casefold() == "outgoing email" or self.reply.folder.casefold() == "sent"

    @property
    def untracked(self) -> bool:
        return self.reply.type.casefold() == "untracked reply"


def facts_of_send(workspace: WorkspaceKey, mailed: Mailed, known_at: datetime) -> tuple[Fact, ...]:
    """Sent once it has a date; failed by its status, as of the time it was planned for. A bounce is told by the inbox."""
    key, sent_at = f"s:{mailed.send.id}", mailed.send.sent_at
    planned_at = mailed.planned_at if plausible(mailed.planned_at, known_at) else None
    if sent_at is not None:
        certain = sent_at if plausible(sent_at, known_at) else None
        at = dated(certain, None, None, planned_at, known_at)
        return (Fact(FactKey(workspace, Metric.SENT, key), *at),)
    if mailed.status == FAILED:
        at = dated(None, None, None, planned_at, known_at)
        return (Fact(FactKey(workspace, Metric.SEND_FAILED, key), *at),)
    return ()


def facts_of_reply(workspace: WorkspaceKey, received: Received, known_at: datetime) -> tuple[Fact, ...]:
    """A bounce is a bounce only; our own mail is `manual_sent` where a person answered, else nothing (campaigns' mail stands in the ledger).

    An automated reply counts as a reply only where its campaign says so; it is counted as automated in any case.
    """
    reply, own = received.reply, f"r:{received.reply.id}"
    mailed = reply.received_at if plausible(reply.received_at, known_at) else None
    synced = received.synced_at if plausible(received.synced_at, known_at) else None

    def fact(metric: Metric, key: str, *dates: datetime | None) -> Fact:
        return Fact(FactKey(workspace, metric, key), *dated(*dates, known_at))

    if received.bounced:
        send = f"s:{received.send_id}" if received.send_id is not None else own
        return (fact(Metric.BOUNCED, send, None, mailed, synced),)
    if received.outgoing:
        return (fact(Metric.MANUAL_SENT, own, mailed, synced),) if received.answers else ()
    if received.untracked:
        return (fact(Metric.UNTRACKED, own, mailed, synced),)
    found = []
    if not reply.automated or received.in_stats:
        found.append(fact(Metric.REPLIED, own, mailed, None, synced))
    if reply.automated:
        found.append(fact(Metric.REPLIED_AUTOMATED, own, mailed, None, synced))
    if reply.interested:
        tied = received.lead_id is not None and received.campaign_id is not None
        key = f"lc:{received.lead_id}:{received.campaign_id}" if tied else own
        found.append(fact(Metric.INTERESTED, key, None, None, mailed, synced))
    return tuple(found)
