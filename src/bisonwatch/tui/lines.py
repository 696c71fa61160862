"""Lines of styled pieces: what every view returns and every widget draws. Pure; widths are terminal cells.

A piece's role names a style (`ink.py`), never a colour, and its text is never markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import NamedTuple

from rich.cells import cell_len as _cell_len
from rich.cells import set_cell_size

from bisonwatch.domain.clean import clean


class Piece(NamedTuple):
    """Some text in one style."""

    text: str
    role: str = "ink"


Line = tuple[Piece, ...]
EMPTY: Line = ()


def cell_len(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else _cell_len(text)


def outside(text: str, limit: int = 300) -> str:
    """Text from outside, made safe once more: a line widget must not depend on others having cleaned it."""
    return text if text.isascii() and text.isprintable() else clean(text, limit)


def width(line: Iterable[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in line)


def crop(text: str, cells: int) -> str:
    """At most `cells` wide, an ellipsis where something was cut."""
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…"


def fit(text: str, cells: int, right: bool = False) -> str:
    """Exactly `cells` wide, cut or padded."""
    text = crop(text, cells)
    gap = " " * (cells - cell_len(text))
    return gap + text if right else text + gap


def calm(state: Piece, cells: int) -> Piece | Line:
    """A state in a column: a good one has its colour in the glyph only, so that the others stand out."""
    if state.role != "ok":
        return state
    return Piece(state.text[:1], state.role), Piece(fit(state.text[1:], cells - 1), "soft")


def cut(line: Iterable[Piece], cells: int) -> Line:
    """The first `cells` cells of a line, an ellipsis where something was cut."""
    kept: list[Piece] = []
    left = cells
    for piece in line:
        size = cell_len(piece.text)
        if size <= left:
            kept.append(piece)
            left -= size
            continue
        kept.append(Piece(fit(crop(piece.text, left), left), piece.role))
        break
    return tuple(kept)


def spread(left: Line, right: Line, cells: int) -> Line:
    """One part at each end; the left one is cut first, and the right one goes where there is no room."""
    room = cells - width(right)
    if room < 4:
        return cut(left, cells)
    left = cut(left, room - 1) if width(left) >= room else left
    return (*left, Piece(" " * (room - width(left))), *right)


def pack(groups: Sequence[tuple[int, Line]], cells: int, gap: int = 3) -> Line:
    """Groups side by side in the order given; the highest numbers are left out until the rest fits."""
    kept = [(rank, group) for rank, group in groups if group]
    while len(kept) > 1 and sum(width(group) + gap for _, group in kept) - gap > cells:
        kept.remove(max(kept, key=lambda pair: pair[0]))
    line: list[Piece] = []
    for _, group in kept:
        if line:
            line.append(Piece(" " * gap))
        line.extend(group)
    return cut(line, cells)


def rule(title: Line, note: Line, cells: int, stroke: str = "─") -> Line:
    """`─ title ───────── note ─`."""
    if cells < 8:
        return cut(title, cells)
    head: Line = (Piece(stroke + " ", "rule"), *title, Piece(" ", "rule"))
    tail: Line = (Piece(" ", "rule"), *note, Piece(" " + stroke, "rule")) if note else ()
    if width(head) + width(tail) + 3 > cells:
        tail = ()
    head = cut(head, cells - 1)
    return (*head, Piece(stroke * (cells - width(head) - width(tail)), "rule"), *tail)


def paragraph(text: str, cells: int, most: int, role: str = "ink") -> list[Line]:
    """A sentence over at most `most` lines."""
    rows = wrap(text, max(cells, 8)) or [""]
    if len(rows) > most:
        rows = [*rows[: most - 1], crop(" ".join(rows[most - 1 :]), cells)]
    return [(Piece(row, role),) for row in rows]


def plain(line: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in line)
