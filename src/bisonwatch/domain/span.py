"""How far back a log is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Span(StrEnum):
    """By minutes over the last hour, by hours otherwise."""

    HOUR = "1h"
    DAY = "24h"
    FORTNIGHT = "14d"

    @property
    def length(self) -> timedelta:
        return {Span.HOUR: timedelta(hours=1), Span.DAY: timedelta(days=1)}.get(self, timedelta(days=14))

    @property
    def step(self) -> timedelta:
        return timedelta(minutes=1) if self is Span.HOUR else timedelta(hours=1)

    @property
    def steps(self) -> int:
        """Of a trend: the minutes of the hour, else the last 24 hours."""
        return 60 if self is Span.HOUR else 24

    def since(self, now: datetime) -> datetime:
        """The beginning of the first step; the one that is under way is the last."""
        return self.floor(now) - self.length + self.step

    def floor(self, at: datetime) -> datetime:
        """The beginning of the step that a moment is in."""
        minute = at.replace(second=0, microsecond=0)
        return minute if self is Span.HOUR else minute.replace(minute=0)

    @property
    def next(self) -> Span:
        """The next longer one; after the longest the shortest."""
        every = list(Span)
        return every[(every.index(self) + 1) % len(every)]
