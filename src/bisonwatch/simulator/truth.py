"""What really happened, kept apart from every feed: the oracle for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import Marks


@dataclass(frozen=True, slots=True)
class Truth:
    """Counts per (UTC day, metric), and per lead's address the earliest moment of each turn."""

    days: Mapping[tuple[date, Metric], int]
    leads: Mapping[str, Marks]


@dataclass(slots=True)
class Witness:
    """Writes down one workspace's events as they happen."""

    days: Counter[tuple[date, Metric]] = field(default_factory=Counter)
    leads: dict[str, Marks] = field(default_factory=dict)

    def count(self, metric: Metric, at: datetime) -> None:
        self.days[at.date(), metric] += 1

    def mark(self, email: str, marks: Marks) -> None:
        known = self.leads.get(email)
        self.leads[email] = known.merged(marks) if known else marks

    def seen(self) -> Truth:
        return Truth(dict(self.days), dict(self.leads))


def both(earlier: Truth, later: Truth) -> Truth:
    """Two stretches of time as one."""
    days = Counter(earlier.days)
    days.update(later.days)
    leads = dict(earlier.leads)
    for email, marks in later.leads.items():
        leads[email] = leads[email].merged(marks) if email in leads else marks
    return Truth(dict(days), leads)
