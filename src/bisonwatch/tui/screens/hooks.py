"""Our webhook subscriptions at the provider, what is wrong with them, and the last test event of each."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.subscription import Hook
from bisonwatch.tui.format import ago
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.inquiry import Inquiry
from bisonwatch.tui.lines import Line, Piece, spread
from bisonwatch.tui.screens.book import BookScreen
from bisonwatch.tui.tables.hooks import COLUMNS, Hooked, worst_first
from bisonwatch.tui.views.hooks import hook_lines, hooks_lines
from bisonwatch.tui.widgets.live_table import LiveTable

_CHANGING = (Job.SUBSCRIPTIONS, Job.CANARY)


class HooksScreen(BookScreen[Hooked]):
    """The cursor begins on the workspace it was opened for."""

    SHOWN = (
        "view.back",
        "view.open",
        "hook.look",
        "hook.register",
        "hook.test",
        "view.pause",
        "view.copy",
        "view.help",
        "app.quit",
    )

    def __init__(self, first: WorkspaceKey | None) -> None:
        super().__init__(LiveTable(COLUMNS, lambda item: item.key, self._nothing))
        self._first = first
        self._deeds: dict[WorkspaceKey, tuple[str, bool, datetime]] = {}
        self._inquiry: Inquiry[tuple[Hook, ...]] = Inquiry(
            lambda told: self.bison.checks.hooks(told), self._drawn
        )

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.table.selected.row if self.table.selected else None

    @property
    def hooked(self) -> WorkspaceRow | None:
        return self.workspace

    def open_hooks(self, row: WorkspaceRow | None) -> None:
        self.bison.errands.say("it is open")

    def look(self, row: WorkspaceRow) -> None:
        self.bison.checks.look(row, self._did)

    def test(self, row: WorkspaceRow) -> None:
        self.bison.checks.test(row, self._did)

    def ask_register(self, row: WorkspaceRow) -> None:
        self.bison.checks.register(row, self._did)

    def ask(self, frame: Frame) -> None:
        runs = [row.run for row in frame.snapshot.runs if row.run.job in _CHANGING]
        self._inquiry.look(frame, ([(run.id, run.state) for run in runs], tuple(self._deeds.items())))

    def rows(self, frame: Frame) -> list[Hooked]:
        hooks = self._inquiry.answer
        return worst_first(hooks, frame.snapshot.workspaces) if hooks is not None else []

    def title_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        left: Line = (Piece(" webhook subscriptions", "title"),)
        note: Line = (Piece("worst first  ", "soft"), Piece(f"{self.table.position} ", "faint"))
        return [spread(left, note, width)]

    def said(self, frame: Frame, width: int, height: int) -> list[Line]:
        asked = self._inquiry
        known = asked.answer is not None
        return hooks_lines(known, asked.trouble, self.table.shown_items, frame, width, height)

    def below(self, frame: Frame, width: int, height: int) -> list[Line]:
        item, deed = self.table.selected, None
        if item is not None and item.key in self._deeds:
            words, well, at = self._deeds[item.key]
            deed = Piece(f"{frame.glyphs.arrow} {words} ({ago(at, frame.now)})", "link" if well else "warn")
        return hook_lines(item, deed, frame, width, height)

    def _did(self, key: WorkspaceKey, words: str, well: bool) -> None:
        """Something was begun or done; the answer changes what is known."""
        if self.frame is not None:
            self._deeds[key] = words, well, self.frame.wall
            self.show(self.frame)

    def _drawn(self) -> None:
        self.draw()
        if self._first is not None and self._inquiry.answer is not None:
            self.table.select(self._first)
            self._first = None

    def _nothing(self, frame: Frame) -> str:
        if self._inquiry.answer is None:
            return self._inquiry.trouble or "asking…"
        return "no workspaces yet"
