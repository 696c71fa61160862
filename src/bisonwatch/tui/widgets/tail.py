"""A tail over a bounded memory: follows the newest line, stands still while someone reads further up."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from textual.events import MouseScrollDown, MouseScrollUp
from textual.message import Message

from bisonwatch.tui.frame import Frame
from bisonwatch.tui.glyphs import Glyphs
from bisonwatch.tui.lines import Line, Piece, cut
from bisonwatch.tui.lines import width as cells
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.moving import scrollbar

T = TypeVar("T")
KEPT = 2000


class Tail(LineView, Generic[T]):
    """`key_of` tells rows apart, so that a row which changed (pending, then applied) is changed in place."""

    class Moved(Message):
        """Follows again, or stands still."""

    def __init__(
        self,
        line_of: Callable[[T, Glyphs, int], Line],
        text_of: Callable[[T], str],
        key_of: Callable[[T], Hashable],
        empty: str,
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._line_of, self._text_of, self._key_of = line_of, text_of, key_of
        self._empty = empty
        self._rows: dict[Hashable, T] = {}
        self._words: tuple[str, ...] = ()
        self._back = 0

    @property
    def following(self) -> bool:
        return self._back == 0

    def append(self, rows: Iterable[T]) -> None:
        """Newer rows, oldest first; known ones are replaced."""
        for row in rows:
            key = self._key_of(row)
            fresh = key not in self._rows
            self._rows[key] = row
            if fresh and self._back and self._keeps(row):
                self._back += 1
        while len(self._rows) > KEPT:
            del self._rows[next(iter(self._rows))]

    def filter(self, text: str) -> None:
        """Show rows that hold every word, and none of the words after `!`."""
        self._words = tuple(text.casefold().split())
        self._back = 0
        self.redraw()

    def move(self, step: int) -> None:
        self._stand(max(0, min(self._back - step, self._count() - self.size.height)))

    def page(self, direction: int) -> None:
        self.move(direction * max(1, self.size.height - 1))

    def to_end(self, last: bool) -> None:
        self._stand(0 if last else max(0, self._count() - self.size.height))

    def _stand(self, back: int) -> None:
        self._back = back
        self.redraw()
        self.post_message(self.Moved())

    def _keeps(self, row: T) -> bool:
        if not self._words:
            return True
        text = self._text_of(row)
        return all(
            (word[1:] not in text) if word.startswith("!") and len(word) > 1 else word in text
            for word in self._words
        )

    def _kept(self) -> list[T]:
        rows = self._rows.values()
        return list(rows) if not self._words else [row for row in rows if self._keeps(row)]

    def _count(self) -> int:
        return len(self._kept())

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        kept = self._kept()
        if not kept:
            empty = "nothing matches the filter" if self._rows else self._empty
            return [(), (Piece(f"  {empty}", "soft"),)]
        self._back = max(0, min(self._back, len(kept) - height))
        end = len(kept) - self._back
        top = max(0, end - height)
        lines: list[Line] = []
        for place, row in enumerate(kept[top:end]):
            line = cut(self._line_of(row, frame.glyphs, width - 2), width - 1)
            bar, role = scrollbar(place, height, top, len(kept), frame.glyphs)
            lines.append((*line, Piece(" " * (width - 1 - cells(line))), Piece(bar, role)))
        return lines

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.move(-3)
