"""What the provider was asked, by endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from bisonwatch.domain.api_log import ApiLog, EndpointCalls, endpoint_json
from bisonwatch.domain.status import Json
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece
from bisonwatch.tui.screens.log_book import LogBook
from bisonwatch.tui.tables.api_log import COLUMNS, key_of
from bisonwatch.tui.views.api_log import calls_piece, endpoint_lines


class ApiLogScreen(LogBook[EndpointCalls, ApiLog]):
    """Enter opens an endpoint by the hour; `z` leaves those with errors."""

    TITLE = "API log"
    SHOWN = (
        *("view.back", "view.open", "log.span", "view.filter", "view.sort"),
        *("view.pause", "view.copy", "view.help", "app.quit"),
    )

    def __init__(self) -> None:
        super().__init__(COLUMNS, key_of, "calls", lambda span, told: self.bison.checks.api_log(span, told))
        self._telling = False

    def entries(self, log: ApiLog) -> Sequence[EndpointCalls]:
        return [one for one in log.endpoints if one.errors or one.unsent or not self._telling]

    def sentence(self, log: ApiLog, frame: Frame) -> Piece:
        return calls_piece(self.table.shown_items, log.span)

    def below(self, frame: Frame, width: int, height: int) -> list[Line]:
        return endpoint_lines(self.table.selected, frame, width, height)

    def toggle_problems(self) -> None:
        self._telling = not self._telling
        self.draw()

    def open_api_log(self) -> None:
        self.bison.errands.say("it is open")

    def why_not_open(self) -> str | None:
        return None if self.table.selected else "no endpoint is selected"

    def open_selected(self) -> None:
        if self.table.selected is not None:
            self.bison.open_endpoint(self.table.selected)

    def copied_name(self) -> str | None:
        return self.table.selected.endpoint if self.table.selected else None

    def copied_row(self) -> dict[str, Json] | None:
        return endpoint_json(self.table.selected) if self.table.selected else None
