"""One workspace's numbers by day: both witnesses of each, and the one value that is shown.

Summed over a month it is what `cache.shown` says of it: there the database has summed already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bisonwatch.domain.metric import Metric

METRICS = (Metric.SENT, Metric.REPLIED, Metric.INTERESTED, Metric.BOUNCED, Metric.UNSUBSCRIBED)
"""What datasets tell of; the provider has a series of each."""
DAY = timedelta(days=1)
Numbers = Mapping[Metric, int]
NONE: Numbers = {}


@dataclass(frozen=True, slots=True)
class Daily:
    """By UTC day and metric: facts as `counted`, the provider's word as `reported`, facts `after` that word; what has no row is not there.

    `complete`: from which day on the facts of each metric are all here; a metric that is not in it has no such day.
    `as_of`: the newest report's moment in the provider's clock; None: there is none.
    """

    counted: Mapping[date, Numbers] = field(default_factory=dict)
    reported: Mapping[date, Numbers] = field(default_factory=dict)
    after: Mapping[date, Numbers] = field(default_factory=dict)
    complete: Mapping[Metric, date] = field(default_factory=dict)
    as_of: datetime | None = None

    def shown(self, day: date, metric: Metric) -> int | None:
        """The report and the facts after it; the count where there is no report; None where nothing is known of the day."""
        told = self.reported.get(day, NONE).get(metric)
        if told is None:
            return self._count(day, metric)
        return told + self.after.get(day, NONE).get(metric, 0)

    def sum(self, metric: Metric, days: Sequence[date]) -> int | None:
        """What is shown of these days; None where nothing is known of any of them."""
        return _sum(self.shown(day, metric) for day in days)

    def sum_counted(self, metric: Metric, days: Sequence[date]) -> int | None:
        return _sum(self._count(day, metric) for day in days)

    def sum_reported(self, metric: Metric, days: Sequence[date]) -> int | None:
        return _sum(self.reported.get(day, NONE).get(metric) for day in days)

    def known_from(self, days: Sequence[date]) -> date | None:
        """The first of these days from which on nothing is missing of any metric; None: even the last day is not whole."""
        found = None
        for day in reversed(days):
            if not all(self._whole(day, metric) for metric in METRICS):
                break
            found = day
        return found

    def _count(self, day: date, metric: Metric) -> int | None:
        """0 on a day that was watched, or of which anything else was told."""
        found = self.counted.get(day, NONE)
        known = bool(found) or day in self.reported or any(first <= day for first in self.complete.values())
        return found.get(metric, 0) if known else None

    def _whole(self, day: date, metric: Metric) -> bool:
        first = self.complete.get(metric)
        return metric in self.reported.get(day, NONE) or (first is not None and first <= day)


def span(first: date, last: date) -> list[date]:
    """Every day between two, both included; none where the last is before the first."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
