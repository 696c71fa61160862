"""The accounts as the terminal keeps them: put in order once, filtered at each key. Off every widget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bisonwatch.domain.absence import NOTHING, Absence
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import Mark, Roster, RosterRow, Standing, standing
from bisonwatch.tui.sorting import Rank

UNKNOWN_LAST = float("inf")
"""Where a rank begins with it, the figure is not known, and the row stands at the end whichever way round."""


class Entry(NamedTuple):
    """One account with what it is found by. `label` is its workspace's name; `held`: its removal waits, whatever its state."""

    row: RosterRow
    label: str
    standing: Standing
    held: bool
    text: str

    @property
    def key(self) -> tuple[str, int]:
        return self.row.key


def entries(
    rows: Iterable[RosterRow], workspace: WorkspaceKey, label: str, absence: Absence = NOTHING
) -> list[Entry]:
    """Of one workspace."""
    where, waiting = f"{label}\n{workspace}", absence.held | absence.elsewhere
    return [
        Entry(
            row,
            label,
            standing(row.status, row.id, absence),
            row.id in waiting,
            "\n".join((row.email, where, row.provider, row.reseller or "", *row.tags)).casefold(),
        )
        for row in rows
    ]


Test = Callable[[Entry], bool]
By = Callable[[Entry, datetime], Rank]


class Sheet:
    """`sorts` counts how often it was put in order: a key in the filter must not."""

    def __init__(self) -> None:
        self.marks: Mapping[WorkspaceKey, Mark] = {}
        self.absences: Mapping[WorkspaceKey, Absence] = {}
        self.left_out = 0
        self.states: Counter[Standing] = Counter()
        self.providers: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        """Disconnected, by provider."""
        self.sorts = 0
        self._names: Mapping[WorkspaceKey, str] = {}
        self._entries: dict[WorkspaceKey, list[Entry]] = {}
        self._by_address: list[Entry] = []
        self._sorted: tuple[By, list[Entry], list[Entry]] | None = None

    @property
    def total(self) -> int:
        """Accounts that are there."""
        return sum(self.states.values()) - self.states[Standing.REMOVED]

    def take(self, told: Roster) -> bool:
        """What is new; whether anything is. Workspaces that nothing was said of stay as they are."""
        before, self.absences = self.absences, told.absences
        names, self._names = self._names, told.names
        again = {
            key
            for key in told.marks
            if key not in told.rows
            and (names.get(key) != told.names.get(key) or before.get(key) != told.absences.get(key))
        }
        gone = self._entries.keys() - told.marks.keys()
        for key in gone:
            del self._entries[key]
        for key in again & self._entries.keys():
            self._entries[key] = self._made(key, (old.row for old in self._entries[key]))
        for key, rows in told.rows.items():
            self._entries[key] = self._made(key, rows)
        self.marks, self.left_out = told.marks, told.left_out
        if not (gone or again or told.rows):
            return False
        self._count()
        self._sorted = None
        return True

    def shown(self, tests: Sequence[Test], by: By, now: datetime, *, reverse: bool) -> list[Entry]:
        """Those that pass every test, in order."""
        if self._sorted is None or self._sorted[0] != by:
            self._sorted = (by, *self._arranged(by, now))
        _, known, unknown = self._sorted
        kept = (known[::-1] if reverse else known) + unknown
        for test in tests:
            kept = [one for one in kept if test(one)]
        return kept

    def addresses(self, workspace: WorkspaceKey) -> list[str]:
        """Of those that wait to be removed there, by id."""
        return [one.row.email for one in self._entries.get(workspace, ()) if one.held]

    def label(self, workspace: WorkspaceKey) -> str:
        return self._names.get(workspace) or str(workspace)

    def _made(self, key: WorkspaceKey, rows: Iterable[RosterRow]) -> list[Entry]:
        label, absence = self.label(key), self.absences.get(key, NOTHING)
        return entries(rows, key, label, absence)

    def _count(self) -> None:
        every = [one for some in self._entries.values() for one in some]
        self._by_address = sorted(every, key=lambda one: one.row.email)
        self.states = Counter(one.standing for one in every)
        there = [one for one in every if one.standing is not Standing.REMOVED]
        self.providers = Counter(one.row.provider for one in there)
        self.lost = Counter(one.row.provider for one in there if one.standing is Standing.DISCONNECTED)

    def _arranged(self, by: By, now: datetime) -> tuple[list[Entry], list[Entry]]:
        """In order, equals by address; and those of which it is not known."""
        self.sorts += 1
        every = self._by_address
        ranks = [by(one, now) for one in every]
        known = [place for place, rank in enumerate(ranks) if rank[0] != UNKNOWN_LAST]
        known.sort(key=ranks.__getitem__)
        unknown = [one for one, rank in zip(every, ranks, strict=True) if rank[0] == UNKNOWN_LAST]
        return [every[place] for place in known], unknown
