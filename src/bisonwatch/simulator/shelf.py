"""A shelf of rows in ascending id: what every list of the provider is read from, newest first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar


class Row(Protocol):
    """Anything with a provider id."""

    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Row)
R_co = TypeVar("R_co", bound=Row, covariant=True)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a long past that can be reached without making the rest. Days are inclusive, UTC; None and empty are open.

    `kind` is a send's status, or a reply's folder in lower case.
    """

    first: date | None = None
    last: date | None = None
    campaigns: frozenset[int] = frozenset()
    lead: int | None = None
    kind: str | None = None


EVERYTHING = Window()


class Archive(Protocol[R_co]):
    """Rows older than every row of the shelf, made when they are asked for."""

    def below(self, row_id: int | None, window: Window) -> Iterator[R_co]: ...

    def above(self, row_id: int, window: Window) -> Iterator[R_co]: ...

    def get(self, row_id: int) -> R_co | None: ...

    def count(self, window: Window) -> int: ...

    def after(self, rows: int, window: Window) -> Iterator[R_co]:
        """Newest first, without the first so many."""
        ...


def _id(row: Row) -> int:
    return row.id


class Shelf(Generic[R]):
    """Rows by id, at most `limit` of them: the oldest fall off, in slices, so that a long run stays bounded.

    What stands in the archive can be listed and got; length, indexes and iteration are of the shelf alone.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.archive: Archive[R] | None = None
        self._rows: list[R] = []
        self._limit = limit

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows)

    def __getitem__(self, index: int) -> R:
        return self._rows[index]

    def add(self, row: R) -> R:
        """Append; ids only ever grow."""
        self._rows.append(row)
        if self._limit is not None and len(self._rows) > self._limit + self._limit // 10:
            self.drop_oldest(len(self._rows) - self._limit)
        return row

    def drop_oldest(self, count: int) -> None:
        del self._rows[:count]

    def get(self, row_id: int) -> R | None:
        place = bisect_left(self._rows, row_id, key=_id)
        if place < len(self._rows) and self._rows[place].id == row_id:
            return self._rows[place]
        return self.archive.get(row_id) if self.archive else None

    def remove(self, row_id: int) -> None:
        place = bisect_left(self._rows, row_id, key=_id)
        if place < len(self._rows) and self._rows[place].id == row_id:
            del self._rows[place]

    def slice(self, start: int, count: int) -> list[R]:
        """So many rows, newest first, without the first `start`; of the shelf alone."""
        top = len(self._rows) - start
        return self._rows[max(0, top - count) : max(0, top)][::-1]

    def below(self, row_id: int | None = None) -> Iterator[R]:
        """Newest first, only ids under `row_id` where given; of the shelf alone."""
        top = len(self._rows) if row_id is None else bisect_left(self._rows, row_id, key=_id)
        for place in range(top - 1, -1, -1):
            yield self._rows[place]

    def above(self, row_id: int) -> Iterator[R]:
        """Oldest first, only ids over `row_id`; of the shelf alone."""
        for place in range(bisect_left(self._rows, row_id + 1, key=_id), len(self._rows)):
            yield self._rows[place]
