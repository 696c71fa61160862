"""What a reading of the provider's lists brought that the mirror did not have."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from bisonwatch.domain.changes import FactNews
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import EventType
from bisonwatch.domain.facts import FactKey
from bisonwatch.domain.metric import Metric
from bisonwatch.sync.toll import NOTHING, Toll

_TOLD_BY: Mapping[Metric, str] = {
    Metric.SENT: EventType.EMAIL_SENT,
    Metric.SEND_FAILED: EventType.EMAIL_SEND_FAILED,
    Metric.REPLIED: EventType.LEAD_REPLIED,
    Metric.UNTRACKED: EventType.UNTRACKED_REPLY_RECEIVED,
    Metric.MANUAL_SENT: EventType.MANUAL_EMAIL_SENT,
    Metric.BOUNCED: EventType.EMAIL_BOUNCED,
    Metric.INTERESTED: EventType.LEAD_INTERESTED,
}
"""The event that a webhook would have told a fact by; an automated reply is told by that of the reply."""


@dataclass(frozen=True, slots=True)
class Span:
    """So many facts, the first and the last of them by the time they happened."""

    count: int
    first: datetime
    last: datetime

    def plus(self, other: Span) -> Span:
        return Span(self.count + other.count, min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True, slots=True)
class Gain:
    """New facts by metric; `rows` were read; `toll` is what of it a webhook should have brought."""

    rows: int = 0
    spans: Mapping[Metric, Span] = field(default_factory=lambda: MappingProxyType({}))
    toll: Toll = NOTHING

    @property
    def facts(self) -> int:
        return sum(span.count for span in self.spans.values())

    def plus(self, other: Gain) -> Gain:
        spans = dict(self.spans)
        for metric, span in other.spans.items():
            spans[metric] = spans[metric].plus(span) if metric in spans else span
        return Gain(self.rows + other.rows, MappingProxyType(spans), self.toll.joining(other.toll))


def gained(new: Iterable[FactNews], rows: int, toll: Toll = NOTHING) -> Gain:
    """Of a batch of rows that was written, and the facts that were new."""
    total = Gain(rows, toll=toll)
    for item in new:
        at = item.fact.at
        total = total.plus(Gain(0, MappingProxyType({item.fact.id.type: Span(1, at, at)})))
    return total


@dataclass(frozen=True, slots=True)
class Watched:
    """What our webhooks should have brought: these event types, of what was logged since our subscription was first seen."""

    since: datetime | None
    types: frozenset[str]

    def missed(self, told: Iterable[FactNews], waiting: Container[FactKey]) -> Toll:
        """Of facts that a poll told first. What waits in our own inbox was not missed; without a date of its own it is dated by the poll."""
        dates = [
            item.logged_at or item.seen_at
            for item in told
            if item.source is Source.POLL
            and _TOLD_BY.get(item.fact.id.type) in self.types
            and item.fact.id not in waiting
        ]
        return NOTHING.plus([at for at in dates if self.since is not None and at >= self.since])
