"""The order of rows on screen: worst first, calm under the eye and still under the cursor. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

SETTLE_S = 2.0
"""Rows are put in order again at most this often."""
STILL_S = 1.0
"""And never so soon after a cursor key."""

Item = TypeVar("Item")
Rank = tuple[float | str, ...]


class Order(Generic[Item]):
    """Keeps an order until it may change: new rows join at the end, gone rows leave at once."""

    def __init__(self, key_of: Callable[[Item], Hashable]) -> None:
        self._key_of = key_of
        self._order: dict[Hashable, int] = {}
        self._sorted_at: float | None = None
        self._touched_at: float | None = None

    def touched(self, at: float) -> None:
        """A cursor key was pressed at that moment (monotonic seconds)."""
        self._touched_at = at

    def again(self) -> None:
        """Sort at the next chance, whatever the time: the operator asked for another order."""
        self._sorted_at = None

    def arrange(self, items: Sequence[Item], rank: Callable[[Item], Rank], at: float) -> list[Item]:
        """The items in the order to show at that moment (monotonic seconds)."""
        if self._due(at):
            shown = sorted(items, key=rank)
            self._sorted_at = at
            self._order = {self._key_of(item): place for place, item in enumerate(shown)}
            return shown
        last = len(self._order)
        return sorted(items, key=lambda item: self._order.get(self._key_of(item), last))

    def _due(self, at: float) -> bool:
        if self._sorted_at is None or not self._order:
            return True
        if self._touched_at is not None and at - self._touched_at < STILL_S:
            return False
        return at - self._sorted_at >= SETTLE_S
