"""A window of history: which days are asked for, which were read already, and what is left of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bisonwatch.domain.drift import HISTORIC
from bisonwatch.domain.metric import REPORTED, Metric
from bisonwatch.errors import CallError

DAY = timedelta(days=1)
COUNTED = frozenset((*HISTORIC, Metric.INTERESTED))
"""What the provider's lists tell of the past; the rest (opens, unsubscribes) has no history but the daily numbers."""


class Haste(StrEnum):
    """How fast a backfill goes. Behind all other work it goes in any case."""

    OFF_PEAK = "off-peak"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Order:
    """What a backfill was asked for: both days are included."""

    first: date
    last: date
    haste: Haste = Haste.OFF_PEAK

    def __str__(self) -> str:
        return f"{self.first} to {self.last}, {self.haste.value} pace"

    def check(self, today: date, keeps: timedelta, names: tuple[str, str] = ("from", "to")) -> None:
        """Raises CallError for days that cannot be read; `names` are what the asker calls the two, `keeps` is how long events are kept."""
        for name, day in zip(names, (self.first, self.last), strict=True):
            if day > today:
                raise CallError(f"{name} {day} is in the future: today is {today} (UTC)")
        if self.first > self.last:
            raise CallError(f"{names[0]} {self.first} is after {names[1]} {self.last}")
        if self.first < (oldest := today - keeps):
            raise CallError(
                f"{names[0]} {self.first} is too far back: what happened is kept for {keeps.days} days, since {oldest}",
                hint="`retention.events` says how long",
            )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one list that were read, both included. `mark` is where the list goes on below them, if it told.

    While the day below the first is half read, only the mark knows; of a list whose first day is half read the stretch has no day at all.
    """

    first: date
    last: date
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """From which day on a metric's past is known; `basis`: "counted", or "reported" where only the provider's number is."""

    first: date
    basis: str


def gaps(first: date, last: date, known: Iterable[Stretch]) -> list[Stretch]:
    """What is still to be read between two days, newest first; a gap's mark is where the stretch above it ended."""
    found, top, mark = [], last, None
    for stretch in sorted(known, key=lambda one: (one.last, one.first), reverse=True):
        if stretch.first > top + DAY or stretch.last < first - DAY:
            continue
        if stretch.last < top:
            low = max(stretch.last + DAY, first)
            if low <= top:
                found.append(Stretch(low, top, mark))
            mark = None
        if stretch.first <= top + DAY:
            top, mark = min(top, stretch.first - DAY), stretch.mark
    if top >= first:
        found.append(Stretch(first, top, mark))
    return found


@dataclass(frozen=True, slots=True)
class History:
    """How far back all numbers of a workspace reach, and which of them are the provider's alone until the mirror was set up."""

    first: date
    reported_only: tuple[Metric, ...]


def history(reaches: Mapping[Metric, Reach]) -> History | None:
    """None before a backfill finished."""
    if not reaches:
        return None
    alone = tuple(metric for metric in REPORTED if metric in reaches and reaches[metric].basis == REPORT)
    return History(max(reach.first for reach in reaches.values()), alone)


COUNT, REPORT = "counted", "reported"


def basis(metric: Metric) -> str:
    """Which witness tells of a metric's past: our own count, or the provider's report alone."""
    return COUNT if metric in COUNTED else REPORT


ONLY_REPORTED = tuple(metric for metric in REPORTED if metric not in COUNTED)


def months(first: date, last: date) -> list[tuple[date, date]]:
    """The months between two days, cut at both, newest first."""
    found = []
    while last >= first:
        begin = max(first, last.replace(day=1))
        found.append((begin, last))
        last = begin - DAY
    return found
