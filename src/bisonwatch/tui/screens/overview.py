"""The first page: the table, the selected row, alerts, runs, and the live tail of events."""

from __future__ import annotations

from textual.app import ComposeResult

from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui import filter as filters
from bisonwatch.tui import room
from bisonwatch.tui.columns import Column
from bisonwatch.tui.filter import ALL, Filter
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, rule
from bisonwatch.tui.screens.page import ON_WORKSPACES
from bisonwatch.tui.screens.sorted_page import SortedPage, orders_of
from bisonwatch.tui.sorting import WORST, Order, Rank
from bisonwatch.tui.tables.workspaces import COLUMNS, SORTABLE
from bisonwatch.tui.views.detail import detail_lines
from bisonwatch.tui.views.panels import alerts_lines, runs_lines
from bisonwatch.tui.views.tails import event_line
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable

REST_S = 0.05


class WorkspaceTable(LiveTable[WorkspaceRow]):
    """Worst first, filtered, and still while the cursor moves."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(COLUMNS, lambda row: row.key, self._nothing, id="table")
        self._clock = clock
        self._order: Order[WorkspaceRow] = Order(lambda row: row.key)
        self._column: Column[WorkspaceRow] = SORTABLE[0]
        self.filter: Filter = ALL
        self.sorted_by = WORST

    def show(self, frame: Frame) -> None:
        self.frame = frame
        self.place()
        self.redraw()

    def place(self) -> None:
        frame = self.frame
        if frame is None:
            return
        rows = frame.snapshot.workspaces
        if self.filter:
            rows = tuple(row for row in rows if self.filter.keeps(row, frame.now))
        at = self._clock.monotonic()
        self.put(self._order.arrange(rows, self._rank, at, backwards=self.reversed))

    def _rank(self, row: WorkspaceRow) -> Rank:
        assert self.frame is not None
        assert self._column.sort is not None
        return self._column.sort(row, self.frame.now)

    def _go(self, index: int) -> None:
        self._order.touched(self._clock.monotonic())
        super()._go(index)

    def set_filter(self, text: str) -> None:
        self.filter = filters.parse(text)
        self._order.again()
        self.place()
        self.redraw()

    def sort_by(self, name: str) -> None:
        self._column = next(column for column in SORTABLE if column.name == name)
        self.sorted_by = name
        self.reversed = False
        self._resort()

    def reverse(self) -> None:
        self.reversed = not self.reversed
        self._resort()

    def _resort(self) -> None:
        self._order.again()
        self.place()
        self.redraw()

    def _nothing(self, frame: Frame) -> str:
        if frame.waiting:
            return "waiting for the first snapshot"
        if self.filter and frame.snapshot.workspaces:
            return "no workspace matches the filter; Esc clears it"
        if not frame.engine_lives:
            return "no workspaces in this database, and no engine lives that could find them"
        return "no workspaces yet: they appear after the first discovery"


class OverviewPage(SortedPage):
    """The grid of the first tab; its shape is in the style sheet."""

    SHOWN = ON_WORKSPACES
    orders = orders_of(SORTABLE, "lag")
    table: WorkspaceTable

    def __init__(self, clock: Clock) -> None:
        super().__init__("workspaces")
        self._later: Frame | None = None
        self.table = WorkspaceTable(clock)
        self._detail = LineView(self._detail_lines, id="detail")
        self._tail = LineView(self._events, id="events-panel")
        self._shares: tuple[tuple[int, ...], bool] | None = None
        self._views = (
            self._detail,
            LineView(alerts_lines, id="alerts-panel"),
            LineView(runs_lines, id="runs-panel"),
            self._tail,
        )

    def compose(self) -> ComposeResult:
        yield self.table
        yield from self._views

    @property
    def mover(self) -> WorkspaceTable:
        return self.table

    @property
    def selected(self) -> WorkspaceRow | None:
        return self.table.selected

    def on_resize(self) -> None:
        if self._later is not None:
            self._share_room(len(self._later.snapshot.workspaces))

    def _share_room(self, rows: int) -> None:
        """By the number of workspaces, whatever the filter shows of them, so that typing moves nothing."""
        screen, height = self.screen, self.size.height
        wide, tall = screen.has_class("-wide"), screen.has_class("-tall") or screen.has_class("-high")
        shares: tuple[int, ...] = ()
        if tall and wide:
            shares = room.beside(height, rows)
        elif tall:
            shares = room.below(
                height, rows, high=screen.has_class("-high"), narrow=screen.has_class("-normal")
            )
        if (shares, wide) == self._shares:
            return
        self._shares = shares, wide
        if shares:
            self.styles.grid_rows = " ".join(map(str, shares))
        else:
            self.styles.inline.clear_rule("grid_rows")
        if wide and tall:
            self.move_child(self._tail, after=self._detail)
        else:
            self.move_child(self._tail, after=self._views[2])
        self.refresh(layout=True)

    def show(self, frame: Frame) -> None:
        """The table now, the rest in the next turn of the loop, so that a key never waits for both."""
        self._share_room(len(frame.snapshot.workspaces))
        self.table.show(frame)
        first, self._later = self._later is None, frame
        if first:
            self.show_rest()
        else:
            self.set_timer(REST_S, self.show_rest)

    def show_rest(self) -> None:
        for view in self._views:
            if self._later is not None:
                view.show(self._later)

    def set_filter(self, text: str) -> None:
        self.table.set_filter(text)
        self._detail.redraw()

    def misread(self, text: str) -> str | None:
        return filters.parse(text).error

    def workspace_in(self, frame: Frame | None) -> WorkspaceRow | None:
        """At hand: a frame of thousands is not searched for it at each key."""
        return self.selected

    def on_live_table_moved(self) -> None:
        self._detail.redraw()

    def select(self, key: WorkspaceKey) -> None:
        self.table.select(key)

    def _detail_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self.table.selected
        return detail_lines(frame, row, width, height)

    def _events(self, frame: Frame, width: int, height: int) -> list[Line]:
        rows = frame.snapshot.events
        if height == 1:
            return (
                [event_line(rows[0], frame.glyphs, width)] if rows else [(Piece(" no event yet", "faint"),)]
            )
        note: Line = (Piece("2", "key"), Piece(" all", "soft"))
        head = rule((Piece("events", "title"),), note, width, frame.glyphs.rule)
        if not rows:
            return [head, (Piece(" none yet: they appear here as they arrive", "faint"),)]
        newest = reversed(rows[: height - 1])
        return [head, *(event_line(row, frame.glyphs, width) for row in newest)]
