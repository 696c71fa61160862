"""The drift of all workspaces, the worst first."""

from __future__ import annotations

from bisonwatch.domain.comparison import Books
from bisonwatch.domain.run import Job
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.inquiry import Inquiry
from bisonwatch.tui.lines import Line, Piece, spread
from bisonwatch.tui.screens.book import BookScreen
from bisonwatch.tui.tables.drifts import COLUMNS, Drifting, worst_first
from bisonwatch.tui.views.drift import books_lines, judged_lines
from bisonwatch.tui.widgets.live_table import LiveTable

_CHANGING = (Job.CONSISTENCY, Job.RESYNC)


class DriftsScreen(BookScreen[Drifting]):
    """Enter opens one of them."""

    SHOWN = (
        "view.back",
        "view.open",
        "ws.compare",
        "run.cancel",
        "ws.resync",
        "view.hooks",
        "view.pause",
        "view.copy",
        "view.help",
        "app.quit",
    )

    def __init__(self) -> None:
        super().__init__(LiveTable(COLUMNS, lambda item: item.key, self._nothing))
        self._inquiry: Inquiry[Books] = Inquiry(lambda told: self.bison.checks.books(told), self.draw)

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.table.selected.row if self.table.selected else None

    def open_selected(self) -> None:
        if self.workspace is not None:
            self.open_drift(self.workspace)

    def open_drifts(self) -> None:
        self.bison.errands.say("it is open")

    def ask(self, frame: Frame) -> None:
        runs = [row.run for row in frame.snapshot.runs if row.run.job in _CHANGING]
        self._inquiry.look(frame, [(run.id, run.state) for run in runs])

    def rows(self, frame: Frame) -> list[Drifting]:
        books = self._inquiry.answer
        return worst_first(books, frame.snapshot.workspaces) if books else []

    def title_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        left: Line = (Piece(" drift of all workspaces", "title"),)
        note: Line = (Piece("worst first  ", "soft"), Piece(f"{self.table.position} ", "faint"))
        return [spread(left, note, width)]

    def said(self, frame: Frame, width: int, height: int) -> list[Line]:
        asked = self._inquiry
        return books_lines(asked.answer, asked.trouble, self.table.shown_items, frame, width, height)

    def below(self, frame: Frame, width: int, height: int) -> list[Line]:
        books = self._inquiry.answer
        return judged_lines(self.table.selected, books.leeway, frame, width, height) if books else []

    def _nothing(self, frame: Frame) -> str:
        if self._inquiry.answer is None:
            return self._inquiry.trouble or "asking…"
        return "no workspaces yet"
