"""One workspace, opened."""

from __future__ import annotations

from textual.app import ComposeResult

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.registry import BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut, outside
from bisonwatch.tui.views.detail import standing
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.views.workspace import workspace_lines
from bisonwatch.tui.widgets.chrome import Footer
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.page import Page

_KEYS = (
    "view.back",
    "ws.resync",
    "ws.poll",
    "ws.datasets",
    "ws.drift",
    "view.hooks",
    "run.cancel",
    "view.pause",
    "view.copy",
    "view.help",
    "app.quit",
)


class WorkspaceScreen(Desk):
    """Stays with its workspace; when that is gone, says so."""

    def __init__(self, key: WorkspaceKey) -> None:
        super().__init__()
        self._key = key

    def compose(self) -> ComposeResult:
        yield LineView(header_lines, id="header")
        yield LineView(self._title, id="name")
        yield Page(self._lines, id="workspace-page")
        yield Footer(self._keys, self.bison.keymap, id="footer")

    def show(self, frame: Frame) -> None:
        self.frame = frame
        for view in self.query(LineView):
            view.show(frame)

    @property
    def mover(self) -> Page:
        return self.query_one("#workspace-page", Page)

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.frame.snapshot.workspace(self._key) if self.frame else None

    def why_not_open(self) -> str | None:
        return "it is open"

    def back(self) -> None:
        self.dismiss()

    def _title(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self.workspace
        if row is None:
            return [(Piece(f" {self._key}", "title"),)]
        name = outside(row.name)
        return [
            cut((Piece(f" {name}", "title"), Piece(f"  {row.key}   ", "faint"), *standing(row, frame)), width)
        ]

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self.workspace
        if row is None:
            return [(), (Piece(f" {self._key} is not in the newest snapshot; Esc goes back", "warn"),)]
        return workspace_lines(frame, row, width, height)

    def _keys(self) -> list[tuple[Command, bool]]:
        commands = [BY_ID[name] for name in _KEYS if BY_ID[name].footer]
        return [(command, command.unavailable(self) is None) for command in commands]
