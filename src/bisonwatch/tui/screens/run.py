"""One run, opened: everything it left, and how long the last ones of its job took."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult

from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.registry import BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.format import seconds
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.views.run import run_lines, title_line
from bisonwatch.tui.widgets.chrome import Footer
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.page import Page

AGAIN_S = 2.0
"""How often a run is asked about that the picture does not tell of."""
_KEYS = ("view.back", "view.open", "run.cancel", "run.again", "view.copy", "view.help", "app.quit")


class RunScreen(Desk):
    """Stays with its run, whatever becomes of it."""

    def __init__(self, row: RunRow) -> None:
        super().__init__()
        self._row = row
        self._past: tuple[RunRow, ...] | None = None
        self._past_of: bool | None = None
        self._trouble: str | None = None
        self._asked_at: datetime | None = None

    def compose(self) -> ComposeResult:
        yield LineView(header_lines, id="header")
        yield LineView(self._title, id="name")
        yield Page(self._lines, id="run-page")
        yield Footer(self._keys, self.bison.keymap, id="footer")

    def show(self, frame: Frame) -> None:
        self.frame = frame
        run = self._row.run
        told = next((row for row in frame.snapshot.runs if row.run.id == run.id), None)
        if told is not None and not run.over:
            self._row, self._trouble = told, None
        elif not run.over and frame.now == frame.wall and self._due(frame):
            self._asked_at = frame.wall
            self.bison.runs.one(run.id, self._told)
        if self._past_of is not self._row.run.over:  # once at the beginning, and once more when it has ended
            self._past_of = self._row.run.over
            self.bison.runs.pace(self._row, self._told_past)
        self._draw(frame)

    @property
    def mover(self) -> Page:
        return self.query_one("#run-page", Page)

    @property
    def workspace(self) -> WorkspaceRow | None:
        key = self._row.run.workspace
        return self.frame.snapshot.workspace(key) if key and self.frame else None

    @property
    def run(self) -> RunRow | None:
        return None if self._row.run.over else self._row

    @property
    def chosen_run(self) -> RunRow | None:
        return self._row

    def why_not_open(self) -> str | None:
        return "it was for all workspaces" if self._row.run.workspace is None else super().why_not_open()

    def back(self) -> None:
        self.dismiss()

    def copied_name(self) -> str | None:
        return str(self._row.run.id)

    def _due(self, frame: Frame) -> bool:
        return self._asked_at is None or (seconds(self._asked_at, frame.wall) or 0.0) >= AGAIN_S

    def _told(self, told: RunRow | str) -> None:
        if isinstance(told, RunRow):
            self._row, self._trouble = told, None
        else:
            self._trouble = told
        self._again()

    def _told_past(self, told: tuple[RunRow, ...] | str) -> None:
        self._past = told if isinstance(told, tuple) else self._past or ()
        self._again()

    def _again(self) -> None:
        if self.is_mounted and self.frame is not None:
            self._draw(self.frame)

    def _draw(self, frame: Frame) -> None:
        for view in self.query(LineView):
            view.show(frame)

    def _title(self, frame: Frame, width: int, height: int) -> list[Line]:
        return [title_line(self._row, frame, width)]

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        return run_lines(self._row, self._past, self._trouble, frame, width)

    def _keys(self) -> list[tuple[Command, bool]]:
        commands = [BY_ID[name] for name in _KEYS if BY_ID[name].footer]
        return [(command, command.unavailable(self) is None) for command in commands]
