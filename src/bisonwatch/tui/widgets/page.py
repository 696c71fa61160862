"""A page of lines longer than the screen."""

from __future__ import annotations

from textual.events import MouseScrollDown, MouseScrollUp

from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut
from bisonwatch.tui.lines import width as cells
from bisonwatch.tui.widgets.line_view import LineView, View
from bisonwatch.tui.widgets.moving import scrollbar


class Page(LineView):
    """Scrolls over whatever its view returns, however long."""

    def __init__(self, view: View, *, id: str | None = None) -> None:
        super().__init__(view, id=id)
        self._top = 0
        self._total = 0

    def move(self, step: int) -> None:
        self._top = max(0, min(self._top + step, self._total - self.size.height))
        self.redraw()

    def page(self, direction: int) -> None:
        self.move(direction * max(1, self.size.height - 1))

    def to_end(self, last: bool) -> None:
        self._top = 0
        if last:
            self.move(self._total)
        self.redraw()

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        every = super().lines(frame, width - 2, height)
        self._total = len(every)
        self._top = max(0, min(self._top, self._total - height))
        if self._total <= height:
            return every
        shown = every[self._top : self._top + height]
        return [self._barred(line, place, width, height, frame) for place, line in enumerate(shown)]

    def _barred(self, line: Line, place: int, width: int, height: int, frame: Frame) -> Line:
        line = cut(line, width - 2)
        bar, role = scrollbar(place, height, self._top, self._total, frame.glyphs)
        return (*line, Piece(" " * (width - 1 - cells(line))), Piece(bar, role))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.move(-3)
