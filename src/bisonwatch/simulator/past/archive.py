"""The past as a shelf's archive: lists it newest first without making more of it than is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from bisonwatch.simulator.past.blocks import Blocks
from bisonwatch.simulator.past.chronicle import Chronicle
from bisonwatch.simulator.past.fates import WAITS
from bisonwatch.simulator.past.people import People
from bisonwatch.simulator.records import Lead, Reply, Send
from bisonwatch.simulator.shelf import Row, Window

R_co = TypeVar("R_co", bound=Row, covariant=True)
Owner = tuple[tuple[int, int, int], str]
"""Campaign, day of birth and `k` of a row's lead, and the row's kind."""
Places = frozenset[int]
"""Campaigns by their place in the chronicle."""


@dataclass(frozen=True)
class Shape:
    """How one kind of row lies in its days: how many of a campaign there are, and which campaign and lead each is of."""

    count: Callable[[int, int, str | None], int]
    """Of a campaign, a day and a kind."""
    owners: Callable[[int], list[Owner]]
    """Per row of a day."""


class Archive(Generic[R_co]):
    """One kind of rows of one workspace."""

    def __init__(
        self,
        chronicle: Chronicle,
        blocks: Blocks,
        shape: Shape,
        make: Callable[[int, int], R_co],
        lead_of: Blocks,
        people: People,
    ) -> None:
        self._chronicle = chronicle
        self._blocks = blocks
        self._shape = shape
        self._make = make
        self._lead_of = lead_of
        self._people = people

    def get(self, row_id: int) -> R_co | None:
        found = self._blocks.split(row_id)
        if found is None or found[0] >= self._chronicle.days:
            return None
        day, number = found
        return self._make(day, number) if number < self._count(day) else None

    def below(self, row_id: int | None, window: Window) -> Iterator[R_co]:
        edge, number = self._edge(row_id)
        for day in self._days(window):
            if day <= edge:
                numbers = self._numbers(day, window)
                yield from self._made(day, [n for n in reversed(numbers) if day < edge or n < number])

    def above(self, row_id: int, window: Window) -> Iterator[R_co]:
        edge, number = self._edge(row_id + 1)
        for day in reversed(self._days(window)):
            if day >= edge:
                yield from self._made(
                    day, [n for n in self._numbers(day, window) if day > edge or n >= number]
                )

    def count(self, window: Window) -> int:
        return sum(self._matching(day, window) for day in self._days(window))

    def after(self, rows: int, window: Window) -> Iterator[R_co]:
        """Days that are skipped are only counted."""
        for day in self._days(window):
            matching = self._matching(day, window)
            if rows >= matching:
                rows -= matching
                continue
            yield from self._made(day, list(reversed(self._numbers(day, window)))[rows:])
            rows = 0

    def _edge(self, row_id: int | None) -> tuple[int, int]:
        return (self._chronicle.days, 0) if row_id is None else self._blocks.edge(row_id)

    def _made(self, day: int, numbers: list[int]) -> Iterator[R_co]:
        return (self._make(day, number) for number in numbers)

    def _days(self, window: Window) -> list[int]:
        """Newest first."""
        if window.lead is not None:
            found = self._lead_of.split(window.lead)
            born = found[0] if found else self._chronicle.days
            return [born + wait for wait in reversed(WAITS) if born + wait < self._chronicle.days]
        start = self._chronicle.first
        oldest = max(0, (window.first - start).days) if window.first else 0
        newest = self._chronicle.days - 1
        newest = min(newest, (window.last - start).days) if window.last else newest
        return list(range(newest, oldest - 1, -1))

    def _places(self, window: Window) -> Places:
        campaigns = enumerate(self._chronicle.campaigns)
        return frozenset(n for n, one in campaigns if not window.campaigns or one.id in window.campaigns)

    def _count(self, day: int) -> int:
        return sum(self._shape.count(place, day, None) for place in range(len(self._chronicle.campaigns)))

    def _matching(self, day: int, window: Window) -> int:
        if window.lead is not None:
            return len(self._numbers(day, window))
        return sum(self._shape.count(place, day, window.kind) for place in self._places(window))

    def _numbers(self, day: int, window: Window) -> list[int]:
        """The day's rows in the window, oldest first."""
        if window.lead is None and window.kind is None and not window.campaigns:
            return list(range(self._count(day)))
        places, lead = self._places(window), self._wanted(window)
        return [
            number
            for number, (owner, kind) in enumerate(self._shape.owners(day))
            if owner[0] in places and lead in (None, owner) and window.kind in (None, kind)
        ]

    def _wanted(self, window: Window) -> tuple[int, int, int] | None:
        """Campaign, day of birth and `k` of the window's lead."""
        found = self._lead_of.split(window.lead) if window.lead is not None else None
        if found is None:
            return None
        placed = self._people.place_of(*found)
        return (placed[0], found[0], placed[1]) if placed else (-1, -1, -1)


@dataclass(frozen=True, slots=True)
class Past:
    """The three archives of one workspace, and the book they are read from."""

    chronicle: Chronicle
    sends: Archive[Send]
    replies: Archive[Reply]
    leads: Archive[Lead]


def past_of(chronicle: Chronicle, place: int, places: int) -> Past:
    """For the `place`-th workspace of so many."""
    leads, sends, replies = (Blocks(kind, place, places) for kind in ("lead", "send", "reply"))
    people = People(chronicle, leads, sends, replies)

    def sent(day: int) -> list[Owner]:
        return [((one.place, one.born, one.k), people.status(one)) for one in chronicle.plan(day)]

    def heard(day: int) -> list[Owner]:
        plan = chronicle.plan(day)
        told = ((plan[one.message], one.folder) for one in chronicle.heard(day))
        return [((one.place, one.born, one.k), folder.lower()) for one, folder in told]

    def met(day: int) -> list[Owner]:
        sizes = ((n, chronicle.cohort(n, day)) for n in range(len(chronicle.campaigns)))
        return [((n, day, k), "") for n, size in sizes for k in range(size)]

    def meetings(campaign: int, day: int, kind: str | None) -> int:
        return chronicle.cohort(campaign, day)

    def lead(day: int, number: int) -> Lead:
        campaign, k = people.place_of(day, number) or (0, 0)
        return people.lead(campaign, day, k)

    def archive(blocks: Blocks, shape: Shape, make: Callable[[int, int], R_co]) -> Archive[R_co]:
        return Archive(chronicle, blocks, shape, make, leads, people)

    return Past(
        chronicle,
        archive(sends, Shape(chronicle.sent_as, sent), people.send),
        archive(replies, Shape(chronicle.letters, heard), people.reply),
        archive(leads, Shape(meetings, met), lead),
    )
