"""A page with a table that can be sorted by each of its columns, the worst first unless it is asked otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from bisonwatch.tui.columns import Column
from bisonwatch.tui.lines import Line, Piece, crop
from bisonwatch.tui.screens.page import TabPage
from bisonwatch.tui.sorting import WORST

T = TypeVar("T")


class _Filter(Protocol):
    @property
    def source(self) -> str: ...


class _Table(Protocol):
    sorted_by: str | None
    reversed: bool

    @property
    def filter(self) -> _Filter: ...
    @property
    def position(self) -> str: ...
    def sort_by(self, name: str) -> None: ...
    def reverse(self) -> None: ...


class SortedPage(TabPage):
    """Subclasses make the table, and name their `orders`."""

    table: _Table
    problems = "state:bad"

    @property
    def order(self) -> str | None:
        return self.table.sorted_by

    def sort_by(self, name: str) -> None:
        self.table.sort_by(name)

    def reverse(self) -> None:
        self.table.reverse()

    def note(self) -> Line:
        table = self.table
        found = f"filter {table.filter.source}  " if table.filter.source else ""
        order = "worst first" if table.sorted_by == WORST else f"by {table.sorted_by}"
        if table.reversed:
            order += ", reversed"
        return (Piece(found, "warm"), Piece(order, "soft"), Piece(f"  {table.position}", "faint"))


def orders_of(columns: Sequence[Column[T]], then: str) -> tuple[tuple[str, str], ...]:
    """One by each column, the first of which is the state; `then` is what stands behind it there."""
    worst = (WORST, f"WORST FIRST  by state, then {then} (the default)")
    others = ((column.name, crop(f"{column.title:<11} {column.help}", 66)) for column in columns[1:])
    return (worst, *others)
