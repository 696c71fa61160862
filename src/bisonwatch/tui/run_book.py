"""What the terminal knows of the runs: those of the picture, and the pages of history it asked for. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from bisonwatch.domain.history import Place, RunPage, Wish
from bisonwatch.domain.run import SCHEDULE, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.tui.format import seconds
from bisonwatch.tui.frame import Frame

MOST = 10_000
"""So many runs are kept in the terminal; who looks for older ones filters."""
SHORT_S = 3.0
"""A scheduled run shows when it lasts longer, so that the list stands still."""

Rank = Callable[[RunRow], tuple[float | str, ...]]


class RunBook:
    """Runs by their id. The pages are of one wish; between `restart` and the next first page what is known already is sifted anew."""

    def __init__(self) -> None:
        self._past: dict[UUID, RunRow] = {}
        self._open: dict[UUID, RunRow] = {}
        self._sifted: tuple[object, list[RunRow]] | None = None
        self._changes = 0
        self.next: Place | None = None
        self.begun = False

    @property
    def more(self) -> bool:
        """Whether there is older history to ask for."""
        return self.begun and self.next is not None and not self.full

    @property
    def full(self) -> bool:
        return len(self._past) >= MOST

    def restart(self) -> None:
        """Another wish."""
        self.begun, self.next = False, None

    def first(self, page: RunPage) -> None:
        """The newest of history: beside what is known, or in its place where runs between the two were never asked for."""
        newest = max(map(_place, self._past.values()), default=None)
        gap = bool(page.rows) and page.next is not None and (newest is None or page.next > newest)
        if not self.begun or gap:
            self._past, self.next, self.begun = {}, page.next, True
        self._take(page.rows)

    def older(self, page: RunPage) -> None:
        self.next = page.next
        self._take(page.rows)

    def one(self, row: RunRow) -> None:
        if row.run.over:
            self._take((row,))

    def live(self, rows: Sequence[RunRow]) -> list[UUID]:
        """The runs of the newest picture; which of those that were open it does not tell of any more."""
        ended = [row for row in rows if row.run.over]
        fresh = [row for row in ended if self.next is None or _place(row) > self.next]
        if self.begun and any(row.run.id not in self._past for row in fresh):
            self._take(fresh)
        now = {row.run.id: row for row in rows if not row.run.over}
        told = {*now, *(row.run.id for row in ended), *self._past}
        gone = [number for number in self._open if number not in told]
        self._open = now | {number: self._open[number] for number in gone}
        return gone

    def forget(self, run: UUID) -> None:
        """It is over, or away, and need not be asked for again."""
        self._open.pop(run, None)

    def rows(
        self, wish: Wish, held: UUID | None, rank: Rank | None, reverse: bool, frame: Frame
    ) -> list[RunRow]:
        """What is open, then history in the order wanted; `held` is under the cursor, and stays."""
        current = [row for row in self._open.values() if row.run.id not in self._past]
        shown = [
            row for row in current if row.run.id == held or (wish.keeps(row) and _tells(row, wish, frame))
        ]
        past = self._in_order(wish, rank, reverse)
        kept = self._past.get(held) if held else None
        if kept is not None and not wish.keeps(kept):
            past = sorted([*past, kept], key=_newest) if rank is None else [kept, *past]
        return [*sorted(shown, key=_open_first), *past]

    def _in_order(self, wish: Wish, rank: Rank | None, reverse: bool) -> list[RunRow]:
        key = (self._changes, wish, rank, reverse)
        if self._sifted is None or self._sifted[0] != key:
            past = sorted((row for row in self._past.values() if wish.keeps(row)), key=_newest)
            if rank is not None:
                past.sort(key=rank)
            if reverse:
                past.reverse()
            self._sifted = (key, past)
        return self._sifted[1]

    def _take(self, rows: Sequence[RunRow]) -> None:
        self._past.update((row.run.id, row) for row in rows)
        self._changes += 1


def _place(row: RunRow) -> Place:
    return row.run.queued_at, row.run.id


def _newest(row: RunRow) -> tuple[float, int]:
    return -row.run.queued_at.timestamp(), -row.run.id.int


def _open_first(row: RunRow) -> tuple[bool, float, int]:
    run = row.run
    waits = run.state is RunState.QUEUED
    return waits, (run.queued_at if waits else run.started_at or run.queued_at).timestamp(), run.id.int


def _tells(row: RunRow, wish: Wish, frame: Frame) -> bool:
    """What the schedule does in a moment would only flicker."""
    if not wish.folds or row.run.asked_by != SCHEDULE:
        return True
    return (seconds(row.run.queued_at, frame.now) or 0.0) >= SHORT_S
