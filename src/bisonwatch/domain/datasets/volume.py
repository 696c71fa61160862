"""How much a workspace sends, against how much its mailboxes may send, and what is planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bisonwatch.domain.daily import Daily, span
from bisonwatch.domain.dataset import Made
from bisonwatch.domain.datasets.subject import Subject, rate
from bisonwatch.domain.metric import Metric

DAYS = 30


@dataclass(frozen=True, slots=True)
class Told:
    """A number of one day as it was told at that moment."""

    n: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """What the mirror kept beside the counts. `capacity`: the connected mailboxes' limits together, now; None: they were never read.

    `kept` is how that stood at the end of earlier days, `scheduled` what the provider means to send on a day.
    """

    capacity: int | None = None
    kept: Mapping[date, int] | None = None
    scheduled: Mapping[date, Told] | None = None


@dataclass(frozen=True, slots=True)
class VolumeDay:
    """`sent` is the shown value, with both witnesses beside it. `utilisation` is sent by capacity, and over 1 where limits fell that day."""

    day: date
    sent: int | None
    counted: int | None
    reported: int | None
    capacity: int | None
    utilisation: float | None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Messages that all campaigns together mean to send on that day, sent ones included, as the provider said at `as_of`.

    Its day is the provider's; None: it was not told.
    """

    day: date
    n: int | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Volume:
    """`days` are thirty, oldest first, today's the last. `utilisation` is over those of them of which both numbers are known."""

    subject: Subject
    as_of: datetime | None
    capacity: int | None
    scheduled_today: Scheduled
    scheduled_tomorrow: Scheduled
    utilisation: float | None
    days: tuple[VolumeDay, ...]


def window(today: date) -> tuple[date, date]:
    """The days that a volume dataset looks at."""
    return today - timedelta(days=DAYS - 1), today


def make(subject: Subject, daily: Daily, room: Room) -> Made:
    """`daily` holds the days of `window`."""
    today = subject.today
    days = tuple(_day(day, daily, room, today) for day in span(*window(today)))
    both = [(day.sent, day.capacity) for day in days if day.sent is not None and day.capacity is not None]
    value = Volume(
        subject=subject,
        as_of=daily.as_of,
        capacity=room.capacity,
        scheduled_today=_scheduled(today, room),
        scheduled_tomorrow=_scheduled(today + timedelta(days=1), room),
        utilisation=rate(sum(sent for sent, _ in both), sum(most for _, most in both)),
        days=days,
    )
    return Made(value, _warnings(value))


def _day(day: date, daily: Daily, room: Room, today: date) -> VolumeDay:
    sent = daily.shown(day, Metric.SENT)
    capacity = room.capacity if day == today else (room.kept or {}).get(day)
    return VolumeDay(
        day,
        sent,
        daily.sum_counted(Metric.SENT, [day]),
        daily.sum_reported(Metric.SENT, [day]),
        capacity,
        rate(sent, capacity),
    )


def _scheduled(day: date, room: Room) -> Scheduled:
    told = (room.scheduled or {}).get(day)
    return Scheduled(day, told.n, told.as_of) if told else Scheduled(day, None, None)


def _warnings(value: Volume) -> tuple[str, ...]:
    told = []
    if value.capacity is None:
        told.append("the daily capacity is not known: its mailboxes were not read yet")
    if value.scheduled_today.n is None or value.scheduled_tomorrow.n is None:
        told.append("the provider has not told yet what is scheduled for today or tomorrow")
    return tuple(told)
