"""What pages of the provider's lists change in the mirror. Pure: the same rows in any order give the same changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.wire import ReplyRow, SendRow
from bisonwatch.domain.changes import Answer, Changes, Contact, FactNews, LeadNews, Sighting, fold_leads
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import Lead
from bisonwatch.domain.facts import Fact, FactKey, marks_of
from bisonwatch.domain.ids import WorkspaceKey, listed_row_id
from bisonwatch.domain.ledger import Mailed, Received, facts_of_reply, facts_of_send
from bisonwatch.domain.merge import SourceRank, Version


@dataclass(frozen=True, slots=True)
class Reading:
    """One page: whose it is, the moment before its request in the provider's clock, when it came here, and why it was read.

    A row read to find what webhooks missed (`Source.POLL`) is dated by the provider; one read for its history is not.
    """

    workspace: WorkspaceKey
    known_at: datetime
    seen_at: datetime
    source: Source

    def logged(self, at: datetime | None) -> datetime | None:
        return at if self.source is Source.POLL else None


def of_sends(rows: Iterable[SendRow], reading: Reading) -> Changes:
    """Messages sent and failed; whom they went to, and by which campaign and mailbox that was."""
    news = list[FactNews]()
    leads = list[LeadNews]()
    for row in rows:
        mailed = Mailed(row.send, row.status, row.scheduled_at)
        facts = facts_of_send(reading.workspace, mailed, reading.known_at)
        at = row.send.sent_at
        news += _news(facts, "send", row.id, reading, at or row.scheduled_at)
        if row.lead is not None:
            met = Version(at, SourceRank.EVENT, row.id) if at else None
            contact = Contact(met, row.campaign_id, row.account_id) if met else None
            leads.append(_lead(reading, row.lead, row.id, facts, contact, None))
    return _changes(reading, news, leads)


def of_replies(rows: Iterable[ReplyRow], reading: Reading, in_stats: Mapping[int, bool | None]) -> Changes:
    """Answers, bounces and what people sent from the inbox. `in_stats`: which campaigns count automated replies."""
    news = list[FactNews]()
    leads = list[LeadNews]()
    for row in rows:
        received = _received(row, in_stats)
        facts = facts_of_reply(reading.workspace, received, reading.known_at)
        news += _news(facts, "reply", row.id, reading, row.created_at or row.reply.received_at)
        if row.lead is not None:
            answer = None if received.bounced or received.outgoing else _answer(row, reading)
            leads.append(_lead(reading, row.lead, row.id, facts, None, answer))
    return _changes(reading, news, leads)


def _received(row: ReplyRow, in_stats: Mapping[int, bool | None]) -> Received:
    counted = None if row.campaign_id is None else in_stats.get(row.campaign_id)
    return Received(
        row.reply,
        row.send_id,
        row.lead_id,
        row.campaign_id,
        row.created_at,
        answers=row.parent_id is not None,
        in_stats=counted,
    )


def _answer(row: ReplyRow, reading: Reading) -> Answer:
    received = row.reply.received_at or row.created_at or reading.known_at
    return Answer(Version(received, SourceRank.EVENT, row.id), row.id)


def _news(
    facts: Iterable[Fact], kind: str, number: int, reading: Reading, logged_at: datetime | None
) -> list[FactNews]:
    row = listed_row_id(reading.workspace, kind, number)
    return [FactNews(fact, row, reading.source, reading.seen_at, reading.logged(logged_at)) for fact in facts]


def _lead(
    reading: Reading,
    lead: Lead,
    row: int,
    facts: Iterable[Fact],
    contact: Contact | None,
    answer: Answer | None,
) -> LeadNews:
    """Described as of the reading; a fact marks its lead as an event would have."""
    version = Version(reading.known_at, SourceRank.READ, lead.id or row)
    return LeadNews(reading.workspace, lead, version, marks_of(facts, None), contact, answer)


def _changes(reading: Reading, news: Iterable[FactNews], leads: Iterable[LeadNews]) -> Changes:
    folded: dict[FactKey, FactNews] = {}
    for item in news:
        known = folded.get(item.fact.id)
        if known is None or item.fact.better_dated(known.fact):
            folded[item.fact.id] = item
    latest = max((item.fact.at for item in folded.values()), default=None)
    return Changes(
        facts=tuple(folded[key] for key in sorted(folded)),
        leads=fold_leads(leads),
        sightings=(Sighting(reading.workspace, None, reading.known_at, None, latest),),
    )
