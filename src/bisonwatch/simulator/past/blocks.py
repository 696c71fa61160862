"""Ids of the past: every workspace has a block of them for every day, so that an id says its day and nothing is counted up."""

from __future__ import annotations

from dataclasses import dataclass

CAPS = {"send": 16_384, "reply": 2_048, "lead": 8_192}
BASE = 1_000_000


@dataclass(frozen=True, slots=True)
class Blocks:
    """One kind's blocks of one workspace, the `place`-th of so many."""

    kind: str
    place: int
    places: int

    @property
    def cap(self) -> int:
        return CAPS[self.kind]

    def id(self, day: int, number: int) -> int:
        return BASE + (day * self.places + self.place) * self.cap + number

    def split(self, row_id: int) -> tuple[int, int] | None:
        """Day and number; None where the id is another workspace's."""
        block, number = divmod(row_id - BASE, self.cap)
        day, place = divmod(block, self.places)
        return (day, number) if place == self.place and day >= 0 else None

    def edge(self, row_id: int) -> tuple[int, int]:
        """Day, and the first number in it whose id is not under the given one; it may be the day's end."""
        block, number = divmod(row_id - BASE, self.cap)
        day, place = divmod(block, self.places)
        if place > self.place:
            return day, self.cap
        return day, number if place == self.place else 0


def after(kind: str, days: int, places: int) -> int:
    """An id above the whole past."""
    return BASE + days * places * CAPS[kind]
