"""What a cache did in a span of time, and the two shares that are told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey


@dataclass(frozen=True, slots=True)
class CacheCounts:
    """Readings: `hits` were answered without waiting, `misses` had to wait or got nothing. What nobody read is neither, nor is a
    reading that asked for a value made anew.

    `stale`: hits whose value was past its time to live. `refreshed` and `failed`: makings, for whatever reason. `prefetched`: values
    made anew before their time to live ended; `late`: those that were due and were not.
    """

    hits: int = 0
    misses: int = 0
    stale: int = 0
    refreshed: int = 0
    failed: int = 0
    prefetched: int = 0
    late: int = 0

    @property
    def hit_rate(self) -> float | None:
        """None when nothing was asked."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None

    @property
    def prefetch_rate(self) -> float | None:
        """None when none was due."""
        due = self.prefetched + self.late
        return self.prefetched / due if due else None


NOTHING = CacheCounts()
COUNTED = tuple(field.name for field in fields(CacheCounts))


def together(counts: Iterable[CacheCounts]) -> CacheCounts:
    """The sum."""
    every = [[getattr(one, name) for name in COUNTED] for one in counts]
    return CacheCounts(*map(sum, zip(*every, strict=True))) if every else CacheCounts()


class Slot(NamedTuple):
    """What is counted together: one dataset of one workspace in the minute that begins then."""

    workspace: WorkspaceKey
    name: DatasetName
    minute: datetime
