"""What a list shows: rows of one shelf, and of the archive behind it, that pass a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from bisonwatch.simulator.shelf import EVERYTHING, Row, Shelf, Window

R = TypeVar("R", bound=Row)
Body = dict[str, object]


def everything(row: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """`window` is the part of the archive that can match; `whole` says that all of that part does."""

    shelf: Shelf[R]
    write: Callable[[R], Body]
    keep: Callable[[R], bool] = everything
    window: Window = EVERYTHING
    whole: bool = False

    def older(self, row_id: int | None = None) -> Iterator[R]:
        """Newest first."""
        yield from (row for row in self.shelf.below(row_id) if self.keep(row))
        if self.shelf.archive:
            yield from (row for row in self.shelf.archive.below(row_id, self.window) if self.keep(row))

    def newer(self, row_id: int) -> Iterator[R]:
        """Oldest first."""
        if self.shelf.archive:
            yield from (row for row in self.shelf.archive.above(row_id, self.window) if self.keep(row))
        yield from (row for row in self.shelf.above(row_id) if self.keep(row))

    def part(self, start: int, count: int) -> tuple[list[R], int]:
        """So many rows from the `start`-th on, and how many there are in all."""
        live, archive = self._live(start, count), self.shelf.archive
        if archive is None:
            return live
        shown, total = live
        if self.whole or self.keep is everything:
            skipped = max(0, start - total)
            more = islice(archive.after(skipped, self.window), count - len(shown))
            return [*shown, *more], total + archive.count(self.window)
        old = [row for row in archive.below(None, self.window) if self.keep(row)]
        return [*shown, *old[max(0, start - total) :][: count - len(shown)]], total + len(old)

    def _live(self, start: int, count: int) -> tuple[list[R], int]:
        if self.keep is everything:
            return self.shelf.slice(start, count), len(self.shelf)
        rows = [row for row in self.shelf.below() if self.keep(row)]
        return rows[start : start + count], len(rows)
