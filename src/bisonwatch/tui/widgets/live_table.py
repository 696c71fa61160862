"""A table that stays calm: the cursor follows its row, only changed cells are drawn, any number of rows is cheap."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message

from bisonwatch.tui.columns import Column, head_line, lay_out, row_line
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.moving import scrollbar

T = TypeVar("T")


class LiveTable(LineView, Generic[T]):
    """Shows items in the order it is given them; `key_of` says which item is which across snapshots."""

    class Moved(Message):
        """The cursor is on another row."""

    class Opened(Message):
        """A row was clicked twice."""

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key_of: Callable[[T], Hashable],
        empty: Callable[[Frame], str],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns, self._key_of, self._empty = columns, key_of, empty
        self._items: list[T] = []
        self._key: Hashable | None = None
        self._cursor = 0
        self._top = 0
        self.sorted_by: str | None = None
        self.reversed = False

    @property
    def selected(self) -> T | None:
        return self._items[self._cursor] if self._items else None

    @property
    def cursor(self) -> int:
        return self._cursor

    @property
    def shown_items(self) -> Sequence[T]:
        return self._items

    @property
    def position(self) -> str:
        """`1-13/27`."""
        if not self._items:
            return "0/0"
        return f"{self._top + 1}-{min(len(self._items), self._top + self._rows)}/{len(self._items)}"

    @property
    def _rows(self) -> int:
        return max(1, self.size.height - 1)

    def put(self, items: list[T]) -> None:
        """New items; the cursor stays on its row, wherever that row is now."""
        before = self._cursor
        self._items = items
        if self._key is not None:
            found = self._find(self._key)
            if found is not None:
                self._top = max(0, self._top + found - self._cursor) if found != self._cursor else self._top
                self._cursor = found
        self._cursor = max(0, min(self._cursor, len(items) - 1))
        if self._key is None or before == 0 == self._top:
            self._top = 0
        self._settle()

    def _find(self, key: Hashable) -> int | None:
        items, here = self._items, self._cursor
        if here < len(items) and self._key_of(items[here]) == key:
            return here
        return next((i for i, item in enumerate(items) if self._key_of(item) == key), None)

    def select(self, key: Hashable) -> None:
        """Put the cursor on an item, if it is there."""
        found = self._find(key)
        if found is not None:
            self._go(found)

    def move(self, step: int) -> None:
        self._go(self._cursor + step)

    def page(self, direction: int) -> None:
        self._go(self._cursor + direction * max(1, self._rows - 1))

    def to_end(self, last: bool) -> None:
        self._go(len(self._items) - 1 if last else 0)

    def _go(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self._items) - 1))
        self._key = self._key_of(self._items[self._cursor]) if self._items else None
        self._settle()
        self.redraw()
        self.post_message(self.Moved())

    def _settle(self) -> None:
        """Keep the cursor on screen."""
        rows = self._rows
        self._top = min(self._top, self._cursor, max(0, len(self._items) - rows))
        self._top = max(self._top, self._cursor - rows + 1, 0)

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        self._settle()
        columns = lay_out(self._columns, max(4, width - 3))
        head = head_line(columns, self.sorted_by, frame.glyphs.up if self.reversed else frame.glyphs.down)
        lines: list[Line] = [(Piece(" "), *head)]
        if not self._items:
            return [*lines, (), (Piece(f"  {self._empty(frame)}", "soft"),)]
        for row in range(min(height - 1, len(self._items) - self._top)):
            index = self._top + row
            line = row_line(columns, self._items[index], frame)
            bar, role = scrollbar(row, height - 1, self._top, len(self._items), frame.glyphs)
            if index == self._cursor:
                lines.append((*_lit(line, frame), Piece(bar, role)))
            else:
                lines.append((Piece(" "), *line, Piece(" "), Piece(bar, role)))
        return lines

    def on_resize(self, event: Resize) -> None:
        super().on_resize(event)
        self.post_message(self.Moved())

    def on_click(self, event: Click) -> None:
        index = self._top + event.y - 1
        if event.y >= 1 and index < len(self._items):
            self._go(index)
            if event.chain > 1:
                self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.move(-3)


def _lit(line: Line, frame: Frame) -> Line:
    """The row under the cursor: a mark for those who see no colour, and a band for those who do."""
    band = tuple(Piece(piece.text, f"{piece.role}@cursor") for piece in line)
    return (Piece(frame.glyphs.cursor, "brand@cursor"), *band, Piece(" ", "ink@cursor"))
