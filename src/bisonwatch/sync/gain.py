"""What a reading of the provider's lists brought that the mirror did not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from bisonwatch.domain.changes import FactNews
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
    """New facts by metric; `rows` were read."""

    rows: int = 0
    spans: Mapping[Metric, Span] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def facts(self) -> int:
        return sum(span.count for span in self.spans.values())

    def plus(self, other: Gain) -> Gain:
        spans = dict(self.spans)
        for metric, span in other.spans.items():
            spans[metric] = spans[metric].plus(span) if metric in spans else span
        return Gain(self.rows + other.rows, MappingProxyType(spans))


def gained(new: Iterable[FactNews], rows: int) -> Gain:
    """Of a batch of rows that was written, and the facts that were new."""
    total = Gain(rows)
    for item in new:
        at = item.fact.at
        total = total.plus(Gain(0, MappingProxyType({item.fact.id.type: Span(1, at, at)})))
    return total
