"""What a reading of the provider's lists brought that the mirror did not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from bisonwatch.domain.changes import Changes, FactNews
from bisonwatch.domain.metric import Metric


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
    """New facts by metric. `rows` were read; `since` is the provider's date of the oldest row that brought one."""

    rows: int = 0
    spans: Mapping[Metric, Span] = field(default_factory=lambda: MappingProxyType({}))
    since: datetime | None = None

    @property
    def facts(self) -> int:
        return sum(span.count for span in self.spans.values())

    def plus(self, other: Gain) -> Gain:
        spans = dict(self.spans)
        for metric, span in other.spans.items():
            spans[metric] = spans[metric].plus(span) if metric in spans else span
        dates = [at for at in (self.since, other.since) if at is not None]
        return Gain(self.rows + other.rows, MappingProxyType(spans), min(dates, default=None))


def gained(changes: Changes, news_from: frozenset[UUID], rows: int) -> Gain:
    """Of a batch that was written: `news_from` are the rows that brought something new."""
    return _summed([item for item in changes.facts if item.delivery in news_from], rows)


def _summed(news: Iterable[FactNews], rows: int) -> Gain:
    total = Gain(rows)
    for item in news:
        at = item.fact.at
        one = Gain(0, MappingProxyType({item.fact.id.type: Span(1, at, at)}), item.logged_at or at)
        total = total.plus(one)
    return total
