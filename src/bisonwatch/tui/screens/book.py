"""A screen with one table over the main one: what it says in a sentence, the table, the selected row whole."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult

from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.registry import BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.widgets.chrome import Footer
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable

T = TypeVar("T")


class BookScreen(Desk, Generic[T]):
    """Subclasses say what is asked for, which rows there are, and what is said above and below them."""

    SHOWN: tuple[str, ...] = ()
    """The commands of the bottom line."""

    def __init__(self, table: LiveTable[T]) -> None:
        super().__init__()
        self.table = table
        self._below = LineView(self.below, id="book-foot", classes="foot")

    def compose(self) -> ComposeResult:
        self._keys_line = Footer(self._keys, self.bison.keymap, id="footer")
        yield LineView(header_lines, id="header")
        yield LineView(self.title_lines, id="name")
        yield LineView(self.said, id="said")
        yield self.table
        yield self._below
        yield self._keys_line

    def ask(self, frame: Frame) -> None:
        """Ask for what the snapshot does not hold, when it is time."""
        raise NotImplementedError

    def rows(self, frame: Frame) -> list[T]:
        raise NotImplementedError

    def title_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        raise NotImplementedError

    def said(self, frame: Frame, width: int, height: int) -> list[Line]:
        raise NotImplementedError

    def below(self, frame: Frame, width: int, height: int) -> list[Line]:
        raise NotImplementedError

    def show(self, frame: Frame) -> None:
        self.frame = frame
        self.ask(frame)
        self.draw()

    def draw(self) -> None:
        """Everything anew: an answer came, or a frame."""
        if not self.is_mounted or self.frame is None:
            return
        self.table.put(self.rows(self.frame))
        for view in self.query(LineView):
            view.show(self.frame)

    @property
    def mover(self) -> LiveTable[T]:
        return self.table

    def back(self) -> None:
        self.dismiss()

    def _keys(self) -> list[tuple[Command, bool]]:
        commands = [BY_ID[name] for name in self.SHOWN if BY_ID[name].footer]
        return [(command, command.unavailable(self) is None) for command in commands]

    @on(LiveTable.Opened)
    def _opened(self) -> None:
        self.action_command("view.open")

    @on(LiveTable.Moved)
    def _moved(self) -> None:
        self._below.redraw()
        self._keys_line.redraw()
