"""The cache of datasets: how old each is, and how well readers were answered."""

from __future__ import annotations

from bisonwatch.domain.cached import CacheStats
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.inquiry import Inquiry
from bisonwatch.tui.lines import Line, Piece, spread
from bisonwatch.tui.screens.book import BookScreen
from bisonwatch.tui.tables.cache import COLUMNS, Cached, Wares, worst_first
from bisonwatch.tui.views.cache import cache_lines, entry_lines
from bisonwatch.tui.widgets.live_table import LiveTable


class CacheScreen(BookScreen[Cached]):
    """Enter opens the datasets of the selected one's workspace; the cursor begins on the workspace it was opened for."""

    SHOWN = (
        "view.back",
        "view.open",
        "cache.refresh",
        "cache.refresh_all",
        "cache.clear",
        "view.pause",
        "view.copy",
        "view.help",
        "app.quit",
    )

    def __init__(self, first: WorkspaceRow | None) -> None:
        super().__init__(LiveTable(COLUMNS, lambda item: item.key, self._nothing))
        self._first = first
        self._inquiry: Inquiry[CacheStats] = Inquiry(lambda told: self.bison.data.stats(told), self._drawn)

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.table.selected.row if self.table.selected else None

    @property
    def wares(self) -> Wares | None:
        item = self.table.selected
        return Wares(item.row, (item.entry.name,)) if item else None

    def open_selected(self) -> None:
        if self.workspace is not None:
            self.open_datasets(self.workspace)

    def open_cache(self, row: WorkspaceRow | None) -> None:
        self.bison.errands.say("it is open")

    def datasets_changed(self) -> None:
        self._inquiry.again()
        self.bison.pull()

    def ask(self, frame: Frame) -> None:
        self._inquiry.look(frame)

    def rows(self, frame: Frame) -> list[Cached]:
        stats = self._inquiry.answer
        return worst_first(stats, frame.snapshot.workspaces) if stats is not None else []

    def title_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        left: Line = (Piece(" cache of datasets", "title"),)
        note: Line = (Piece("worst first  ", "soft"), Piece(f"{self.table.position} ", "faint"))
        return [spread(left, note, width)]

    def said(self, frame: Frame, width: int, height: int) -> list[Line]:
        return cache_lines(self._inquiry.answer, self._inquiry.trouble, frame, width, height)

    def below(self, frame: Frame, width: int, height: int) -> list[Line]:
        return entry_lines(self.table.selected, frame, width, height)

    def _drawn(self) -> None:
        self.draw()
        if self._first is not None and self._inquiry.answer is not None:
            mine = [item for item in self.table.shown_items if item.row.key == self._first.key]
            if mine:
                self.table.select(mine[0].key)
            self._first = None

    def _nothing(self, frame: Frame) -> str:
        if self._inquiry.answer is None:
            return self._inquiry.trouble or "asking…"
        return "no workspaces yet"
