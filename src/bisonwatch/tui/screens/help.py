"""Help: what can be done here, and what everything on screen means."""

from __future__ import annotations

from textual.app import ComposeResult

from bisonwatch.tui.commands.registry import ALL
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.views.help import help_lines
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.page import Page


class HelpScreen(Desk):
    """Lies over the screen it explains, and tells which of its commands are refused now."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def compose(self) -> ComposeResult:
        yield LineView(header_lines, id="header")
        yield Page(self._lines, id="help")

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        commands = [(command, command.unavailable(self._desk)) for command in ALL]
        return help_lines(commands, self.bison.keymap, frame, width)

    def show(self, frame: Frame) -> None:
        self.frame = frame
        self.query_one("#header", LineView).show(frame)
        self.mover.show(frame)

    @property
    def mover(self) -> Page:
        return self.query_one("#help", Page)

    def why_not_open(self) -> str | None:
        return "nothing can be opened here"

    def back(self) -> None:
        self.dismiss()

    def show_help(self) -> None:
        self.dismiss()
