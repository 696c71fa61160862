"""One workspace's numbers by both witnesses, day by day."""

from __future__ import annotations

from bisonwatch.domain.comparison import History
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.inquiry import Inquiry
from bisonwatch.tui.lines import Line, Piece, outside, spread
from bisonwatch.tui.screens.book import BookScreen
from bisonwatch.tui.tables.drift import COLUMNS, Entry, entries
from bisonwatch.tui.views.drift import entry_lines, open_comparison, said_lines
from bisonwatch.tui.widgets.live_table import LiveTable

_CHANGING = (Job.CONSISTENCY, Job.RESYNC, Job.FULL)
"""Runs after which the numbers may be others."""


class DriftScreen(BookScreen[Entry]):
    """Stays with its workspace."""

    SHOWN = (
        "view.back",
        "ws.compare",
        "run.cancel",
        "ws.resync",
        "ws.poll",
        "view.hooks",
        "view.pause",
        "view.help",
        "app.quit",
    )

    def __init__(self, key: WorkspaceKey) -> None:
        super().__init__(LiveTable(COLUMNS, lambda entry: entry.key, self._nothing))
        self._key = key
        self._telling = False
        self._inquiry: Inquiry[History] = Inquiry(
            lambda told: self.bison.checks.history(key, told), self.draw
        )

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.frame.snapshot.workspace(self._key) if self.frame else None

    @property
    def run(self) -> RunRow | None:
        """The comparison under way first: that is what `x` is for here."""
        comparing = open_comparison(self.frame, self._key) if self.frame else None
        return comparing if comparing and comparing.run.workspace is not None else super().run

    def why_not_open(self) -> str | None:
        return "it is open"

    def open_drift(self, row: WorkspaceRow) -> None:
        self.bison.errands.say("it is open")

    def toggle_problems(self) -> None:
        """Only numbers with which something was wrong, now or before."""
        self._telling = not self._telling
        self.draw()

    def copied_name(self) -> str | None:
        entry = self.table.selected
        return f"{entry.day} {entry.metric}: {entry.why or 'no drift'}" if entry else None

    def ask(self, frame: Frame) -> None:
        runs = [row.run for row in frame.snapshot.runs if row.run.workspace in (None, self._key)]
        self._inquiry.look(frame, [(run.id, run.state) for run in runs if run.job in _CHANGING])

    def rows(self, frame: Frame) -> list[Entry]:
        found = entries(self._inquiry.answer) if self._inquiry.answer else []
        return [entry for entry in found if entry.telling] if self._telling else found

    def title_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self.workspace
        name = outside(row.name) if row else str(self._key)
        what = "only what differed" if self._telling else "newest first"
        left: Line = (Piece(f" {name}", "title"), Piece("  drift  ", "soft"), Piece(f"{self._key}", "faint"))
        note: Line = (Piece(f"{what}  ", "soft"), Piece(f"{self.table.position} ", "faint"))
        return [spread(left, note, width)]

    def said(self, frame: Frame, width: int, height: int) -> list[Line]:
        return said_lines(self._inquiry.answer, self._inquiry.trouble, frame, self._key, width, height)

    def below(self, frame: Frame, width: int, height: int) -> list[Line]:
        history = self._inquiry.answer
        return entry_lines(self.table.selected, history.resyncs, frame, width, height) if history else []

    def _nothing(self, frame: Frame) -> str:
        history = self._inquiry.answer
        if history is None:
            return self._inquiry.trouble or "asking…"
        if self._telling and (history.reports or history.lone):
            return "nothing differed; z shows every number"
        return "no number was compared yet"
