"""The order of rows on screen: worst first, calm under the eye and still under the cursor. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

SETTLE_S = 2.0
"""Rows are put in order again at most this often."""
STILL_S = 1.0
"""And never so soon after a cursor key."""
WORST = "state"
"""The column by which the worst is on top: the order of every table that can be sorted, until another is asked for."""

Item = TypeVar("Item")
Rank = tuple[float | str, ...]


class Order(Generic[Item]):
    """Keeps an order until it may change: new rows join at the end, gone rows leave at once."""

    def __init__(self, key_of: Callable[[Item], Hashable]) -> None:
        self._key_of = key_of
        self._order: dict[Hashable, int] = {}
        self._given: list[Hashable] = []
        self._places: list[int] = []
        self._sorted_at: float | None = None
        self._touched_at: float | None = None

    def touched(self, at: float) -> None:
        """A cursor key was pressed at that moment (monotonic seconds)."""
        self._touched_at = at

    def again(self) -> None:
        """Sort at the next chance, whatever the time: the operator asked for another order."""
        self._sorted_at = None

    def arrange(
        self, items: Sequence[Item], rank: Callable[[Item], Rank], at: float, *, backwards: bool = False
    ) -> list[Item]:
        """The items in the order to show at that moment (monotonic seconds)."""
        keys = [self._key_of(item) for item in items]
        if self._due(at):
            ranks = [rank(item) for item in items]
            self._places = sorted(range(len(items)), key=ranks.__getitem__, reverse=backwards)
            self._order = {keys[index]: place for place, index in enumerate(self._places)}
            self._given, self._sorted_at = keys, at
        elif keys != self._given:
            last = len(self._order)
            self._places = sorted(range(len(items)), key=lambda index: self._order.get(keys[index], last))
            self._given = keys
        return [items[index] for index in self._places]

    def _due(self, at: float) -> bool:
        if self._sorted_at is None or not self._order:
            return True
        if self._touched_at is not None and at - self._touched_at < STILL_S:
            return False
        return at - self._sorted_at >= SETTLE_S
