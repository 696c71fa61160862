"""A UTC month and how far it has gone: what any pace and any projection is read from. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

DAY = timedelta(days=1)
_LEAST = 1 / 62
"""Half a day of a long month is the least that a pace is read from, and the least that is left to reach a target in."""


def first_of_month(now: datetime) -> date:
    return now.astimezone(UTC).date().replace(day=1)


def last_of_month(now: datetime) -> date:
    return _bounds(now)[1].date() - DAY


def projected(so_far: int | None, now: datetime) -> int | None:
    """The month's end at the pace so far; None while nothing is known."""
    return None if so_far is None else max(so_far, round(so_far / gone(now)))


def per_day(so_far: int | None, now: datetime) -> float | None:
    """So many in 24 hours, since the month began."""
    return None if so_far is None else so_far / (gone(now) * _days(now))


def needed_per_day(so_far: int | None, target: int | None, now: datetime) -> float | None:
    """So many in each 24 hours that are left of the month to reach the target; 0 once it is reached."""
    if so_far is None or target is None:
        return None
    left = max(1 - _passed(now), _LEAST) * _days(now)
    return max(target - so_far, 0) / left


def gone(now: datetime) -> float:
    """Which share of the month has passed, never nothing."""
    return max(_passed(now), _LEAST)


def _passed(now: datetime) -> float:
    start, end = _bounds(now)
    return (now - start) / (end - start)


def _days(now: datetime) -> int:
    start, end = _bounds(now)
    return (end - start).days


def _bounds(now: datetime) -> tuple[datetime, datetime]:
    start = datetime.combine(first_of_month(now), datetime.min.time(), UTC)
    return start, (start + timedelta(days=32)).replace(day=1)
