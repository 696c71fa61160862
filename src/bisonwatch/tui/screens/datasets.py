"""The four datasets of one workspace."""

from __future__ import annotations

from textual.app import ComposeResult

from bisonwatch.domain.cached import DatasetsOf
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.registry import BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.inquiry import Inquiry
from bisonwatch.tui.lines import Line, Piece, cut, outside
from bisonwatch.tui.tables.cache import Wares
from bisonwatch.tui.views.datasets import datasets_lines
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.widgets.chrome import Footer
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.page import Page

_KEYS = ("view.back", "cache.refresh", "ws.drift", "view.pause", "view.copy", "view.help", "app.quit")


class DatasetsScreen(Desk):
    """Stays with its workspace."""

    def __init__(self, key: WorkspaceKey) -> None:
        super().__init__()
        self._key = key
        self._inquiry: Inquiry[DatasetsOf] = Inquiry(
            lambda told: self.bison.data.datasets(key, told), self._draw
        )

    def compose(self) -> ComposeResult:
        yield LineView(header_lines, id="header")
        yield LineView(self._title, id="name")
        yield Page(self._lines, id="datasets-page")
        yield Footer(self._keys, self.bison.keymap, id="footer")

    def show(self, frame: Frame) -> None:
        self.frame = frame
        self._inquiry.look(frame)
        self._draw()

    @property
    def mover(self) -> Page:
        return self.query_one("#datasets-page", Page)

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.frame.snapshot.workspace(self._key) if self.frame else None

    @property
    def wares(self) -> Wares | None:
        row = self.workspace
        return Wares(row, tuple(DatasetName)) if row else None

    def why_not_open(self) -> str | None:
        return "it is open"

    def open_datasets(self, row: WorkspaceRow) -> None:
        self.bison.errands.say("it is open")

    def datasets_changed(self) -> None:
        self._inquiry.again()
        self.bison.pull()

    def back(self) -> None:
        self.dismiss()

    def _draw(self) -> None:
        if self.is_mounted and self.frame is not None:
            for view in self.query(LineView):
                view.show(self.frame)

    def _title(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self.workspace
        name = outside(row.name) if row else str(self._key)
        return [cut((Piece(f" {name}", "title"), Piece(f"  datasets  {self._key}", "faint")), width)]

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        return datasets_lines(self._inquiry.answer, self._inquiry.trouble, frame, width)

    def _keys(self) -> list[tuple[Command, bool]]:
        commands = [BY_ID[name] for name in _KEYS if BY_ID[name].footer]
        return [(command, command.unavailable(self) is None) for command in commands]
