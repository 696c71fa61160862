"""What pages of the provider's lists change in the mirror. Pure: the same rows in any order give the same changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bisonwatch.clients.bison.wire import ReplyRow, SendRow
from bisonwatch.domain.changes import Answer, Changes, Contact, FactNews, LeadNews, Sighting, fold_leads
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import Lead
from bisonwatch.domain.facts import Fact, FactKey, marks_of
from bisonwatch.domain.ids import WorkspaceKey, listed_row_id
from bisonwatch.domain.ledger import Mailed, Received, facts_of_reply, facts_of_send
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.plausible import plausible
from bisonwatch.domain.stage import Marks


@dataclass(frozen=True, slots=True)
class Reading:
    """One page: whose it is, the moment before its request in the provider's clock, when it came here, and why it was read.

    A row read to find what webhooks missed (`Source.POLL`) is dated by the provider; one read for its history is not.
    """

    workspace: WorkspaceKey
    known_at: datetime
    seen_at: datetime
    source: Source

    def news(
        self, facts: Iterable[Fact], kind: str, number: int, logged_at: datetime | None
    ) -> list[FactNews]:
        row = listed_row_id(self.workspace, kind, number)
        found = list(facts)
        types = {fact.id.type for fact in found}
        return [self._news(fact, row, types, logged_at) for fact in found]

    def _news(self, fact: Fact, row: UUID, types: set[Metric], logged_at: datetime | None) -> FactNews:
        metric, source = fact.id.type, self.source
        if metric is Metric.REPLIED_AUTOMATED and Metric.REPLIED not in types:
            source = (
                Source.READ
            )  # its campaign does not count it: no event tells of it, and no webhook was missed
        # of a message that failed the row says when it was planned, not when it failed
        dated = (
            source is Source.POLL and metric is not Metric.SEND_FAILED and plausible(logged_at, self.known_at)
        )
        return FactNews(fact, row, source, self.seen_at, logged_at if dated else None)


def of_sends(rows: Iterable[SendRow], reading: Reading) -> Changes:
    """Messages sent and failed; whom they went to, and by which campaign and mailbox that was."""
    news = list[FactNews]()
    leads = list[LeadNews]()
    for row in rows:
        mailed = Mailed(row.send, row.status, row.scheduled_at)
        facts = facts_of_send(reading.workspace, mailed, reading.known_at)
        news += reading.news(facts, "send", row.id, row.send.sent_at)
        if row.lead is not None:
            met = [
                Version(fact.at, SourceRank.EVENT, row.id) for fact in facts if fact.id.type is Metric.SENT
            ]
            contact = Contact(met[0], row.campaign_id, row.account_id) if met else None
            leads.append(_lead(reading, row.lead, row.id, marks_of(facts, None), contact, None))
    return _changes(reading, news, leads)


def of_replies(rows: Iterable[ReplyRow], reading: Reading, in_stats: Mapping[int, bool | None]) -> Changes:
    """Answers, bounces and what people sent from the inbox. `in_stats`: which campaigns count automated replies."""
    news = list[FactNews]()
    leads = list[LeadNews]()
    for row in rows:
        received = _received(row, in_stats)
        facts = facts_of_reply(reading.workspace, received, reading.known_at)
        logged_at = row.created_at or row.reply.received_at
        marked = [fact for fact in facts if fact.id.type is Metric.INTERESTED]
        news += reading.news([f for f in facts if f not in marked], "reply", row.id, logged_at)
        news += reading.news(marked, "reply", row.id, row.updated_at or logged_at)
        if row.lead is not None:
            answer = None if received.bounced or received.outgoing else _answer(row, reading)
            marks = marks_of((_marking(fact, row, reading) for fact in facts), None)
            leads.append(_lead(reading, row.lead, row.id, marks, None, answer))
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


def _marking(fact: Fact, row: ReplyRow, reading: Reading) -> Fact:
    """Marks are the earliest dates ever told, so that a row must not date one before the event that it stands for."""
    told = {Metric.BOUNCED: row.created_at, Metric.INTERESTED: row.updated_at}
    if fact.id.type not in told:
        return fact
    at = told[fact.id.type]
    certain = at if at is not None and plausible(at, reading.known_at) else reading.known_at
    return replace(fact, at=max(certain, fact.at))


def _answer(row: ReplyRow, reading: Reading) -> Answer:
    dates = (row.reply.received_at, row.created_at)
    received = next(
        (at for at in dates if at is not None and plausible(at, reading.known_at)), reading.known_at
    )
    return Answer(Version(received, SourceRank.EVENT, row.id), row.id)


def _lead(
    reading: Reading, lead: Lead, row: int, marks: Marks, contact: Contact | None, answer: Answer | None
) -> LeadNews:
    """Described as of the reading; a fact marks its lead as an event would have."""
    version = Version(reading.known_at, SourceRank.READ, lead.id or row)
    return LeadNews(reading.workspace, lead, version, marks, contact, answer)


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
