"""Which news wins. Every row carries when it was known to be true; older news never overwrites newer."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple


def earlier(a: datetime | None, b: datetime | None) -> datetime | None:
    """The earlier of two moments that are known, else the one that is."""
    if a is None or b is None:
        return a or b
    return min(a, b)


class SourceRank(IntEnum):
    """On a tie of dates the higher rank wins: an object read by id says more than an event about it."""

    EVENT = 0
    READ = 1


class Version(NamedTuple):
    """(known_at, source rank, sequence); `sequence` is the provider's id of the news, never arrival."""

    known_at: datetime
    rank: SourceRank
    sequence: int

    def wins_over(self, other: Version | None) -> bool:
        """Equal versions win too: writing the same news twice changes nothing."""
        return other is None or self >= other
