"""Line-drawn charts as rows of text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bisonwatch.tui.format import compact, squeeze
from bisonwatch.tui.glyphs import Glyphs
from bisonwatch.tui.lines import Line, Piece, fit

_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""The bits of a braille cell, left and right column, lowest dot first."""


def columns(values: Sequence[float], width: int, height: int, glyphs: Glyphs) -> list[str]:
    """One column of equal width per value, eight steps to a row, the highest row first."""
    if not values or width < len(values) or height < 1:
        return [" " * max(width, 0)] * max(height, 0)
    cells = width // len(values)
    body = max(1, cells - 1)
    top = max(*values, 1)
    steps = [0 if value <= 0 else max(1, round(value / top * height * 8)) for value in values]
    rows = []
    for row in reversed(range(height)):
        text = "".join(_level(step - row * 8, glyphs) * body + " " * (cells - body) for step in steps)
        rows.append(text + " " * (width - len(text)))
    return rows


def _level(step: int, glyphs: Glyphs) -> str:
    if step <= 0:
        return " "
    return glyphs.levels[-1] if step >= 8 else glyphs.levels[step - 1]


def area(values: Sequence[float], width: int, height: int, glyphs: Glyphs) -> list[str]:
    """A filled curve, two values to a cell and four steps to a row; the newest value is at the right edge."""
    if not glyphs.braille:
        shown = stretch(squeeze(values, width), width)
        rows = columns(shown, len(shown), height, glyphs) if shown else [""] * height
        return [row.rjust(width) for row in rows]
    points = stretch(squeeze(values, width * 2), width * 2)
    top = max(*points, 1)
    steps = [0 if point <= 0 else max(1, round(point / top * height * 4)) for point in points]
    return [
        "".join(_braille(steps[2 * x], steps[2 * x + 1], row) for x in range(width))
        for row in reversed(range(height))
    ]


def stretch(values: Sequence[float], count: int) -> list[float]:
    """The values repeated evenly until there are `count` of them."""
    return [values[index * len(values) // count] for index in range(count)] if values else [0.0] * count


def _braille(left: int, right: int, row: int) -> str:
    bits = 0
    for side, step in enumerate((left, right)):
        for dot in range(max(0, min(4, step - row * 4))):
            bits |= _DOTS[side][dot]
    return chr(0x2800 + bits) if bits else " "


def with_axis(rows: Sequence[str], top: float, ends: tuple[str, str], glyphs: Glyphs) -> list[Line]:
    """The chart with its highest value at the left and the time below."""
    label = 5
    lines: list[Line] = []
    for index, row in enumerate(rows):
        text = compact(top) if index == 0 else "0" if index == len(rows) - 1 and index else ""
        edge = "┤" if text and glyphs.braille else "│" if glyphs.braille else "|"
        lines.append((Piece(fit(text, label, right=True), "soft"), Piece(edge, "rule"), Piece(row, "chart")))
    span = len(rows[0]) if rows else 0
    left, right = ends
    lines.append((Piece(" " * (label + 1)), Piece(left + right.rjust(max(0, span - len(left))), "faint")))
    return lines
