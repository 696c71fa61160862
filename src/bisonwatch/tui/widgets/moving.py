"""What the movement keys talk to: a table, a tail or a page that can be scrolled."""

from __future__ import annotations

from typing import Protocol

from bisonwatch.tui.glyphs import Glyphs


class Mover(Protocol):
    def move(self, step: int) -> None:
        """So many lines down, or up when negative."""
        ...

    def page(self, direction: int) -> None:
        """One screenful down (1) or up (-1)."""
        ...

    def to_end(self, last: bool) -> None:
        """To the last line, or to the first."""
        ...


def scrollbar(row: int, rows: int, top: int, total: int, glyphs: Glyphs) -> tuple[str, str]:
    """The character and role of a scrollbar's cell; blank when everything is on screen."""
    if total <= rows or rows < 2:
        return " ", "ink"
    size = max(1, rows * rows // total)
    start = round(top / max(1, total - rows) * (rows - size))
    return (glyphs.thumb, "soft") if start <= row < start + size else (glyphs.track, "rule")
