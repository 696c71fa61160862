"""Declared columns of a line-drawn table, and which of them fit into a width. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, fit
from bisonwatch.tui.sorting import Rank

T = TypeVar("T")
GAP = 1


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """`widths` are the least, the comfortable and the best width. The column of the highest rank is dropped first."""

    name: str
    title: str
    widths: tuple[int, int, int]
    rank: int
    cell: Callable[[T, Frame, int], Piece | Line]
    """The cell for an item in a width; a single piece is cut and padded."""
    sort: Callable[[T, datetime], Rank] | None = None
    right: bool = False
    flex: bool = False
    help: str = ""
    width: int = 0
    """The width it was given, once laid out."""


def lay_out(columns: Sequence[Column[T]], width: int) -> list[Column[T]]:
    """The columns that fit, with their widths: the least important go first, what is left over goes to the last flexible one."""
    kept = list(columns)
    level = 1
    while _total(kept, level) > width:
        most = max(column.rank for column in kept)
        if most > 1:
            kept = [column for column in kept if column.rank != most]
        elif level == 1:
            level = 0
        elif most == 1:
            kept = [column for column in kept if column.rank == 0]
        else:
            break
    sizes = {column.name: column.widths[level] for column in kept}
    for step in range(level + 1, 3):
        for column in sorted(kept, key=lambda one: (one.rank, not one.flex)):
            more = column.widths[step] - sizes[column.name]
            if 0 < more <= width - sum(sizes.values()) - GAP * (len(kept) - 1):
                sizes[column.name] += more
    spare = width - sum(sizes.values()) - GAP * (len(kept) - 1)
    for column in [column for column in kept if column.flex][-1:]:
        sizes[column.name] = max(1, sizes[column.name] + spare)
    return [replace(column, width=sizes[column.name]) for column in kept]


def _total(columns: Sequence[Column[T]], level: int) -> int:
    return sum(column.widths[level] for column in columns) + GAP * (len(columns) - 1)


def row_line(columns: Sequence[Column[T]], item: T, frame: Frame) -> Line:
    """One item as a line, exactly as wide as its columns and their gaps."""
    line: list[Piece] = []
    for index, column in enumerate(columns):
        if index:
            line.append(Piece(" " * GAP))
        cell = column.cell(item, frame, column.width)
        if isinstance(cell, Piece):
            line.append(Piece(fit(cell.text, column.width, column.right), cell.role))
        else:
            line.extend(cell)
    return tuple(line)


def head_line(columns: Sequence[Column[T]], sorted_by: str | None, mark: str) -> Line:
    """The titles; the one sorted by is marked."""
    line: list[Piece] = []
    for index, column in enumerate(columns):
        if index:
            line.append(Piece(" " * GAP, "soft"))
        title = column.title
        if column.name == sorted_by and column.width >= len(title) + 2:
            title = f"{mark} {title}" if column.right else f"{title} {mark}"
        elif column.name == sorted_by:
            title = title[: column.width - 1] + mark
        line.append(
            Piece(fit(title, column.width, column.right), "title" if column.name == sorted_by else "soft")
        )
    return tuple(line)
