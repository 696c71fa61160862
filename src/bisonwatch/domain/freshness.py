"""How far a dataset's value can be trusted by its age, and what is given where nothing fresher is to be had. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FRESH_FOR = timedelta(minutes=2)
RECENT_FOR = timedelta(minutes=10)
SERVED_FOR = timedelta(hours=1)
BEHIND = timedelta(minutes=1)
"""What is stored, which other processes read, is so old when the next is written. Without it they would call stale what is fresh."""


class Freshness(StrEnum):
    """The mark a reader gets with a value."""

    FRESH = "fresh"
    WARNING = "warning"
    """As fresh, but something in it is suspicious, or it could not be made anew just now."""
    STALE = "stale"
    VERY_STALE = "very_stale"
    ERROR = "error"
    """There is no value that may be given; the error says why, and when it is tried again."""


class Source(StrEnum):
    """Where a value came from."""

    MADE = "made"
    """For this very reading."""
    CACHE = "cache"
    """Kept in this process, made by it before."""
    STORED = "stored"
    """Taken out of the database: made before a restart, or by another process."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Limits:
    """Ages: below `fresh` a value is as good as new, below `recent` it is stale, below `served` very stale; older is not given at all."""

    fresh: timedelta = FRESH_FOR
    recent: timedelta = RECENT_FOR
    served: timedelta = SERVED_FOR


def limits_of(lives: timedelta) -> Limits:
    """Two minutes, ten minutes, an hour; longer for what is meant to live longer, or it would be stale most of its life."""
    return Limits(max(FRESH_FOR, lives + BEHIND), max(RECENT_FOR, 2 * lives), max(SERVED_FOR, 3 * lives))


def age(made_at: datetime, now: datetime) -> timedelta:
    """At least 0: two nodes' clocks differ a little."""
    return max(timedelta(0), now - made_at)


def mark(
    made_at: datetime | None,
    limits: Limits,
    now: datetime,
    *,
    warnings: Sequence[str] = (),
    error: str | None = None,
) -> Freshness:
    """Age comes first: an old value is stale, whatever else is wrong with it. `error`: of the last try to make it anew."""
    if made_at is None or (old := age(made_at, now)) >= limits.served:
        return Freshness.ERROR
    if old >= limits.recent:
        return Freshness.VERY_STALE
    if old >= limits.fresh:
        return Freshness.STALE
    return Freshness.WARNING if warnings or error is not None else Freshness.FRESH
