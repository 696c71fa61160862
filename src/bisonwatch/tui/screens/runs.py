"""The page of runs: what is open on top, live; below it the history, asked for page by page as one scrolls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from textual.app import ComposeResult

from bisonwatch.domain.history import Place, RunPage, Wish
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.tui.format import plural, seconds
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut, outside, paragraph, rule
from bisonwatch.tui.run_book import RunBook
from bisonwatch.tui.run_errands import RunErrands
from bisonwatch.tui.run_filter import HINT, parse
from bisonwatch.tui.screens.page import ON_WORKSPACES, TabPage
from bisonwatch.tui.services import Services
from bisonwatch.tui.tables import runs
from bisonwatch.tui.views.run import counts_text, loud, name, pace_lines
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable

AGAIN_S = 5.0
"""How old the newest page may get; what the picture tells is shown at once."""
PACES_S = 60.0
AHEAD = 40
"""So many rows before the end the next page is asked for."""
PACES = 100

Same = tuple[Job, WorkspaceKey | None]


class RunsPage(TabPage):
    """`errands` is whom history is asked of, once there is an app."""

    SHOWN = ON_WORKSPACES | {"run.again", "run.routine"}
    hint = HINT
    orders = runs.ORDERS

    def __init__(self, errands: Callable[[], RunErrands]) -> None:
        super().__init__("runs")
        self._errands = errands
        self._book = RunBook()
        self._source, self._everything = "", False
        self._wish = Wish()
        self._asking = False
        self._asked_at: datetime | None = None
        self._trouble: str | None = None
        self._held: UUID | None = None
        self._seeking: set[UUID] = set()
        self._paces: dict[Same, tuple[datetime, tuple[RunRow, ...] | None]] = {}
        self.table: LiveTable[RunRow] = LiveTable(runs.COLUMNS, lambda row: row.run.id, self._nothing)
        self._whole = LineView(self._selected, id="run-detail", classes="foot")

    def compose(self) -> ComposeResult:
        yield self.table
        yield self._whole

    @property
    def mover(self) -> LiveTable[RunRow]:
        return self.table

    @property
    def selected(self) -> RunRow | None:
        return self.table.selected

    def show(self, frame: Frame) -> None:
        gone = self._book.live(frame.snapshot.runs)
        if frame.now == frame.wall and not frame.waiting:  # a paused view stands still
            for number in gone:
                self._seek(number)
            if self._asked_at is None or (seconds(self._asked_at, frame.wall) or 0.0) >= AGAIN_S:
                self._ask(frame, None)
        self._draw(frame)

    def set_filter(self, text: str) -> None:
        self._source = text
        self._want(parse(text, everything=self._everything).wish)

    def misread(self, text: str) -> str | None:
        return parse(text).error

    def toggle_routine(self) -> bool:
        """Whether the everyday is shown now."""
        self._everything = not self._everything
        self.set_filter(self._source)
        return self._everything

    @property
    def order(self) -> str:
        return self.table.sorted_by or runs.NEWEST

    def sort_by(self, name: str) -> None:
        self.table.sorted_by = None if name == runs.NEWEST else name
        self.table.reversed = False
        self._again()

    def reverse(self) -> None:
        self.table.reversed = not self.table.reversed
        self._again()

    def on_live_table_moved(self) -> None:
        self._hold()
        frame = self.table.frame
        if frame is not None:
            self._reach(frame)
            self._learn(frame)
        self._whole.redraw()

    def note(self) -> Line:
        more = "+" if self._book.more else ""
        order = runs.order_name(self.table.sorted_by, self.table.reversed)
        return (
            *self._left_out("warm"),
            Piece("  "),
            Piece(f"active, then {order}  {self.table.position}{more}", "faint"),
        )

    def count(self, frame: Frame) -> int:
        return sum(not row.run.over and runs.asked(row.run) for row in frame.snapshot.runs)

    @property
    def chosen_run(self) -> RunRow | None:
        return self.selected

    @property
    def whose(self) -> WorkspaceKey | None:
        return self.selected.run.workspace if self.selected else None

    def why_not_open(self, workspace: WorkspaceRow | None) -> str | None:
        return "no run is selected" if self.selected is None else None

    def open_selected(self, bison: Services, workspace: WorkspaceRow | None) -> None:
        if self.selected is not None:
            bison.open_run(self.selected)

    def copied_name(self) -> str | None:
        return str(self.selected.run.id) if self.selected else None

    def _left_out(self, role: str) -> Line:
        """Why not everything is shown."""
        words = [f"filter {outside(self._source)}"] if self._source.strip() else []
        words += ["routine left out"] if self._wish.folds else []
        return (Piece(", ".join(words), role),) if words else ()

    def _want(self, wish: Wish) -> None:
        if wish != self._wish:
            self._wish, self._asked_at, self._held = wish, None, None
            self._book.restart()
        self._again()

    def _again(self) -> None:
        if self.table.frame is not None:
            self.show(self.table.frame)

    def _ask(self, frame: Frame, after: Place | None) -> None:
        """One question at a time; what comes for another wish than the present is thrown away."""
        if self._asking:
            return
        self._asking, wish = True, self._wish
        if after is None:
            self._asked_at = frame.wall

        def told(page: RunPage | str) -> None:
            self._asking = False
            if wish != self._wish:
                self._asked_at = None
            else:
                self._take(page, older=after is not None)
            self._told()

        self._errands().page(wish, after, told)

    def _take(self, page: RunPage | str, *, older: bool) -> None:
        if isinstance(page, str):
            self._trouble = page
            return
        self._trouble = None
        if older:
            self._book.older(page)
        else:
            self._book.first(page)

    def _told(self) -> None:
        frame = self.table.frame
        if frame is None:
            return
        if self._asked_at is None:
            self._ask(frame, None)
        self._book.live(frame.snapshot.runs)
        self._draw(frame)
        self._reach(frame)
        self._learn(frame)
        self.table.post_message(LiveTable.Moved())

    def _reach(self, frame: Frame) -> None:
        """Older ones, where the cursor comes near the end of what is known."""
        near = self.table.cursor + AHEAD + self.size.height >= len(self.table.shown_items)
        if near and self._book.more and self._trouble is None:
            self._ask(frame, self._book.next)

    def _seek(self, run: UUID) -> None:
        """It was open and the picture tells no more of it: how did it end?"""
        if run in self._seeking:
            return
        self._seeking.add(run)

        def told(row: RunRow | str) -> None:
            self._seeking.discard(run)
            if isinstance(row, RunRow):
                self._book.one(row)
            self._book.forget(run)
            self._told()

        self._errands().one(run, told)

    def _learn(self, frame: Frame) -> None:
        """How long the last runs of the selected one's job took."""
        row = self.table.selected
        if row is None:
            return
        same: Same = row.run.job, row.run.workspace
        known = self._paces.get(same)
        if known is not None and (seconds(known[0], frame.wall) or 0.0) < PACES_S:
            return
        if len(self._paces) >= PACES:
            self._paces.clear()
        self._paces[same] = (frame.wall, known[1] if known else None)

        def told(past: tuple[RunRow, ...] | str) -> None:
            if isinstance(past, tuple):
                self._paces[same] = (frame.wall, past)
            self._whole.redraw()

        self._errands().pace(row, told)

    def _draw(self, frame: Frame) -> None:
        rank = runs.RANKS.get(self.table.sorted_by or "")
        self.table.put(self._book.rows(self._wish, self._held, rank, self.table.reversed, frame))
        self.table.show(frame)
        self._hold()
        self._whole.show(frame)

    def _hold(self) -> None:
        """What the cursor was put on stays, even when it has ended and would not be shown any more."""
        row = self.table.selected
        self._held = row.run.id if row is not None else None

    def _nothing(self, frame: Frame) -> str:
        if self._trouble is not None:
            return self._trouble
        if frame.waiting:
            return "no engine runs yet"
        if not self._book.begun or self._book.more:
            return "asking…"
        if self._source:
            return "no run is of this kind; Esc clears the filter"
        return "no run yet: r on a workspace asks for one, n does a job now" + (
            "; h shows routine ones" if self._wish.folds else ""
        )

    def _selected(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self.table.selected
        if row is None:
            return []
        note: Line = (Piece(self._trouble, "warn"),) if self._trouble else ()
        note = note or self._left_out("faint")
        lines: list[Line] = [rule((Piece(name(row), "title"),), note, width, frame.glyphs.rule)]
        if row.run.error:
            most = max(1, min(3, height - 3))
            said = paragraph(outside(row.run.error, 1000), width - 2, most, loud(row.run))
            lines.extend((Piece(" "), *line) for line in said)
        order = [str(row.run.order)] if row.run.order else []
        parts = ", ".join([*order, *(part.value for part in row.run.parts)])
        counts = f"{counts_text(row.run)}; {plural(row.run.tally.requests, 'request')}"
        lines.append(cut((Piece(f" {counts}{'; ' if parts else ''}{parts}", "soft"),), width - 1))
        past = self._paces.get((row.run.job, row.run.workspace))
        return [*lines, *pace_lines(row, past[1] if past else None, frame, width, height - len(lines))]
