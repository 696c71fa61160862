"""What the cache did, counted by minute until it is written."""

from __future__ import annotations

from collections.abc import Mapping

from bisonwatch.clock import Clock
from bisonwatch.domain.cache_counts import COUNTED, CacheCounts, Slot
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.metrics import Caching

MOST = 50_000
"""Rows that wait for a database that is away; the oldest go first. Hours of 27 workspaces."""
_PLACE = {name: place for place, name in enumerate(COUNTED)}


class Tally:
    """`count` adds one to each of the counts named; a reading costs about a microsecond. `figures` are never written nor begun anew."""

    def __init__(self, clock: Clock, figures: Caching | None = None) -> None:
        self._clock = clock
        self._totals = (figures or Caching()).counts
        self._rows: dict[Slot, list[int]] = {}

    def count(self, workspace: WorkspaceKey, name: DatasetName, *whats: str) -> None:
        slot = Slot(workspace, name, self._clock.now().replace(second=0, microsecond=0))
        row, total = self._rows.get(slot) or self._row(slot), self._totals[name]
        for what in whats:
            row[_PLACE[what]] += 1
            total[what] += 1

    def waiting(self) -> dict[Slot, CacheCounts]:
        """What is not written yet."""
        return {slot: CacheCounts(*row) for slot, row in self._rows.items()}

    def take(self) -> dict[Slot, CacheCounts]:
        """As `waiting`; from now on it counts as written."""
        taken = self.waiting()
        self._rows.clear()
        return taken

    def give_back(self, taken: Mapping[Slot, CacheCounts]) -> None:
        """It could not be written."""
        since, self._rows = self._rows, {}
        for slot, counts in (*taken.items(), *((slot, CacheCounts(*row)) for slot, row in since.items())):
            row = self._rows.get(slot) or self._row(slot)
            for place, name in enumerate(COUNTED):
                row[place] += getattr(counts, name)

    def _row(self, slot: Slot) -> list[int]:
        if len(self._rows) >= MOST:
            del self._rows[next(iter(self._rows))]
        row = self._rows[slot] = [0] * len(COUNTED)
        return row
