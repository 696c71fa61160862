"""Sums by the minute, kept in memory until they are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar


class Sum(Protocol):
    """What can be added up."""

    def merge(self, other: Self) -> None: ...


K = TypeVar("K")
S = TypeVar("S", bound=Sum)
Slots = Mapping[datetime, Mapping[K, S]]
"""Sums by the minute they are of."""


class Waiting(Generic[K, S]):
    """Sums by minute until they are stored. Bounded: a minute has `most` keys, the rest is summed under `other`; of a database that is away
    for long the minutes become hours, and hours of more than two weeks ago are forgotten.
    """

    MINUTES, HOURS = 120, 336

    def __init__(self, make: Callable[[], S], most: int, other: Callable[[K], K]) -> None:
        self._make, self._most, self._other = make, most, other
        self._minutes = dict[datetime, dict[K, S]]()
        self._hours = dict[datetime, dict[K, S]]()

    def sum(self, at: datetime, key: K) -> S:
        """The sum to add to."""
        minute = at.replace(second=0, microsecond=0)
        if minute not in self._minutes and len(self._minutes) >= self.MINUTES:
            self._fold()
        return self._of(self._minutes, minute, key)

    def take(self) -> Slots[K, S]:
        """What waits; it does no longer."""
        taken, hours = self._minutes, self._hours
        self._minutes, self._hours = {}, {}
        self._merge(taken, hours)
        return taken

    def put_back(self, taken: Slots[K, S]) -> None:
        """What could not be stored."""
        self._merge(self._minutes, taken)
        if len(self._minutes) > self.MINUTES:
            self._fold()

    def _of(self, slots: dict[datetime, dict[K, S]], moment: datetime, key: K) -> S:
        sums = slots.setdefault(moment, {})
        if key not in sums and len(sums) >= self._most:
            key = self._other(key)
        found = sums.get(key)
        if found is None:
            found = sums[key] = self._make()
        return found

    def _merge(self, into: dict[datetime, dict[K, S]], slots: Slots[K, S]) -> None:
        for moment, sums in slots.items():
            for key, sum in sums.items():
                self._of(into, moment, key).merge(sum)

    def _fold(self) -> None:
        """Minutes become hours."""
        minutes, self._minutes = self._minutes, {}
        for minute, sums in minutes.items():
            self._merge(self._hours, {minute.replace(minute=0): sums})
        for hour in sorted(self._hours)[: -self.HOURS]:
            del self._hours[hour]
