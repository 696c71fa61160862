"""When each job is due. Pure: intervals count from the last run's start, cron expressions are read in the operator's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from cronsim import CronSim

from bisonwatch.domain.run import Job


@dataclass(frozen=True, slots=True)
class Every:
    """At an interval, and at once when it never ran."""

    interval: timedelta

    def next_after(self, last: datetime | None, now: datetime) -> datetime:
        return now if last is None else last + self.interval

    def __str__(self) -> str:
        seconds = self.interval.total_seconds()
        for unit, size in (("h", 3600), ("m", 60)):
            if seconds >= size and seconds % size == 0:
                return f"every {seconds / size:g}{unit}"
        return f"every {seconds:g}s"


@dataclass(frozen=True, slots=True)
class At:
    """By a cron expression, and at once when it never ran. After a downtime a missed time is caught up once."""

    cron: str
    zone: tzinfo

    def next_after(self, last: datetime | None, now: datetime) -> datetime:
        """In the hour that comes twice the iterator may begin with a time that is over: taken as it is, the job would not stop coming."""
        if last is None:
            return now
        times = (at.astimezone(UTC) for at in CronSim(self.cron, last.astimezone(self.zone)))
        return next(at for at in times if at > last).astimezone(now.tzinfo)

    def __str__(self) -> str:
        return f"at {self.cron}"


@dataclass(frozen=True, slots=True)
class Last:
    """A job's last run: when it started, and whether it failed altogether."""

    at: datetime
    failed: bool


RETRY = timedelta(minutes=1)
"""A job that failed altogether comes again after this, when its rhythm would make it wait longer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every scheduled job with its rhythm. `first` is what makes the others possible: it alone is due while nothing is known.

    A `later` job that never ran waits for its first time since `installed`; the others come at once.
    """

    rhythms: Mapping[Job, Every | At]
    first: Job = Job.DISCOVER
    later: frozenset[Job] = frozenset()

    def next(self, job: Job, last: Last | None, now: datetime, installed: datetime | None = None) -> datetime:
        before = last.at if last else installed if job in self.later else None
        regular = self.rhythms[job].next_after(before, now)
        return min(regular, last.at + RETRY) if last and last.failed else regular

    def due(
        self,
        last: Mapping[Job, Last],
        busy: frozenset[Job],
        now: datetime,
        *,
        anything_known: bool,
        installed: datetime | None = None,
    ) -> tuple[Job, ...]:
        """Jobs to enqueue now; one that is queued or running already is not queued again."""
        possible = [job for job in (self.rhythms if anything_known else (self.first,)) if job not in busy]
        return tuple(job for job in possible if self.next(job, last.get(job), now, installed) <= now)

    def shown(
        self, last: Mapping[Job, Last], now: datetime, installed: datetime | None = None
    ) -> dict[Job, tuple[str, datetime | None]]:
        """For the screen: the rhythm in words, and when the job comes next."""
        return {
            job: (str(rhythm), max(self.next(job, last.get(job), now, installed), now))
            for job, rhythm in self.rhythms.items()
        }
