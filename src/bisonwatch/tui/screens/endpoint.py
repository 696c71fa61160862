"""One endpoint of the provider, opened: its hours as charts, as long as they are kept."""

from __future__ import annotations

from textual.app import ComposeResult

from bisonwatch.domain.api_log import EndpointCalls, EndpointHours, endpoint_json
from bisonwatch.domain.status import Json
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.registry import BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.inquiry import Inquiry
from bisonwatch.tui.lines import Line, Piece, cut, outside
from bisonwatch.tui.views.api_log import hours_lines
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.widgets.chrome import Footer
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.page import Page

_KEYS = ("view.back", "view.pause", "view.copy", "view.help", "app.quit")


class EndpointScreen(Desk):
    """`one` is what the log told of it when it was opened."""

    def __init__(self, one: EndpointCalls) -> None:
        super().__init__()
        self._one = one
        self._inquiry: Inquiry[EndpointHours] = Inquiry(
            lambda told: self.bison.checks.api_hours(one.instance, one.endpoint, told), self._draw
        )

    def compose(self) -> ComposeResult:
        yield LineView(header_lines, id="header")
        yield LineView(self._title, id="name")
        yield Page(self._lines, id="endpoint-page")
        yield Footer(self._keys, self.bison.keymap, id="footer")

    def show(self, frame: Frame) -> None:
        self.frame = frame
        self._inquiry.look(frame)
        self._draw()

    @property
    def mover(self) -> Page:
        return self.query_one("#endpoint-page", Page)

    def why_not_open(self) -> str | None:
        return "it is open"

    def back(self) -> None:
        self.dismiss()

    def copied_name(self) -> str | None:
        return self._one.endpoint

    def copied_row(self) -> dict[str, Json] | None:
        return endpoint_json(self._one)

    def _draw(self) -> None:
        if self.is_mounted and self.frame is not None:
            for view in self.query(LineView):
                view.show(self.frame)

    def _title(self, frame: Frame, width: int, height: int) -> list[Line]:
        name = Piece(f" {outside(self._one.endpoint)}", "title")
        return [cut((name, Piece(f"  {outside(self._one.instance)}", "faint")), width)]

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        return hours_lines(self._inquiry.answer, self._inquiry.trouble, self._one, frame, width)

    def _keys(self) -> list[tuple[Command, bool]]:
        commands = [BY_ID[name] for name in _KEYS if BY_ID[name].footer]
        return [(command, command.unavailable(self) is None) for command in commands]
