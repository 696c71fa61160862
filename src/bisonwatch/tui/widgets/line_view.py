"""A widget that draws lines of pieces, and redraws only the cells that changed: the base of everything on screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from bisonwatch.domain.clean import clean
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.ink import Ink
from bisonwatch.tui.lines import EMPTY, Line, cell_len, width

View = Callable[[Frame, int, int], list[Line]]
"""The lines of a frame in a width and a height."""


class _Inked(Protocol):
    ink: Ink


def changed(before: Line, after: Line) -> tuple[int, int] | None:
    """The cells, from and to, in which two lines differ; None when they do not.

    One span per line: Textual sends a line from its start to the end of each span.
    """
    if before == after:
        return None
    start, end = width(before), width(after)
    if start != end:
        return 0, max(start, end)
    same = 0
    for old, new in zip(reversed(before), reversed(after), strict=False):
        if old != new:
            break
        same += cell_len(new.text)
    return 0, end - same


_ASCII = str.maketrans("…–·×→─━•▌", "~-.x>-=*>")
"""Our own signs that are two cells wide in some terminals, where the operator chose ASCII."""


class LineView(Widget):
    """Shows what `view` makes of the newest frame. Subclasses override `lines` instead."""

    ALLOW_SELECT = False

    def __init__(
        self, view: View | None = None, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._view = view
        self._lines: list[Line] = []
        self._strips: dict[Line, Strip] = {}
        self._made_for: Ink | None = None
        self._base = Style()
        self.frame: Frame | None = None

    def show(self, frame: Frame) -> None:
        """Take the newest frame and redraw what it changed."""
        self.frame = frame
        self.redraw()

    def redraw(self) -> None:
        columns, rows = self.size
        if self.frame is None or not columns or not rows or not self.display:
            return
        self._put(self.lines(self.frame, columns, rows)[:rows])

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines to draw now."""
        return self._view(frame, width, height) if self._view else []

    def text(self) -> str:
        """What is drawn, without styles."""
        return "\n".join("".join(piece.text for piece in line) for line in self._lines)

    def _put(self, lines: list[Line]) -> None:
        before, self._lines = self._lines, lines
        regions: list[Region] = []
        for y in range(max(len(before), len(lines))):
            old = before[y] if y < len(before) else EMPTY
            new = lines[y] if y < len(lines) else EMPTY
            span = changed(old, new)
            if span is not None:
                regions.append(Region(span[0], y, max(1, span[1] - span[0]), 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        ink = cast(_Inked, self.app).ink
        if ink is not self._made_for or len(self._strips) > 500:
            self._strips, self._made_for, self._base = {}, ink, self.rich_style
        line = self._lines[y] if y < len(self._lines) else EMPTY
        strip = self._strips.get(line)
        if strip is None:
            strip = self._strips[line] = self._strip(line, ink)
        return strip.adjust_cell_length(self.size.width, self._base)

    def _strip(self, line: Line, ink: Ink) -> Strip:
        """Few segments, because each costs its colours in bytes; and no control or direction character leaves here."""
        segments: list[Segment] = []
        ascii_only = self.frame is not None and not self.frame.glyphs.braille
        for piece in line:
            text = piece.text if piece.text.isprintable() else clean(piece.text, 4000)
            if ascii_only and not text.isascii():
                text = text.translate(_ASCII)
            style = self._base + ink.style(piece.role)
            if segments and _alike(segments[-1], style, text):
                segments[-1] = Segment(segments[-1].text + text, segments[-1].style)
            elif text:
                segments.append(Segment(text, style))
        return Strip(segments)

    def on_resize(self, event: Resize) -> None:
        self._lines, self._made_for = [], None
        self.redraw()
        self.refresh()


def _alike(last: Segment, style: Style, text: str) -> bool:
    """Whether a text looks the same in the style of the segment before it; blanks have no colour of their own."""
    before = last.style
    if before is None or before == style:
        return True
    if not text.isspace() or before.bgcolor != style.bgcolor:
        return False
    return not (before.reverse or before.underline or style.reverse or style.underline)
