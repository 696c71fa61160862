"""The page of all sender accounts. They are not in the snapshot: the page asks what changed while it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from textual.app import ComposeResult

from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import Mark, Roster, roster_json
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.status import Json
from bisonwatch.tui.account_filter import AccountFilter, parse
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.screens.page import EVERYWHERE
from bisonwatch.tui.screens.sorted_page import SortedPage, orders_of
from bisonwatch.tui.services import Services
from bisonwatch.tui.sheet import Entry, Sheet
from bisonwatch.tui.sorting import STILL_S, WORST
from bisonwatch.tui.tables.accounts import COLUMNS
from bisonwatch.tui.views.accounts import Held, foot_lines, notice_line, totals_line
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable

AGAIN_S = 3.0
"""How often it is asked whether anything changed."""
SHARE = 20.0
"""And never so often that asking takes more than one part of so many of the time."""

Told = Callable[[Roster | str], None]
Ask = Callable[[Mapping[WorkspaceKey, Mark], Told], None]


class AccountTable(LiveTable[Entry]):
    """Rows from a sheet: put there when they, the order or the filter change, and not at each snapshot."""

    def __init__(self, clock: Clock, empty: Callable[[Frame], str]) -> None:
        super().__init__(COLUMNS, lambda one: one.key, empty, id="account-table")
        self._clock = clock
        self._touched_at: float | None = None
        self._column: Column[Entry] = COLUMNS[0]
        self.sheet = Sheet()
        self.filter: AccountFilter = parse("")
        self.sorted_by = WORST

    @property
    def still(self) -> bool:
        """Whether no cursor key was pressed a moment ago: rows may be put in order again."""
        at = self._touched_at
        return at is None or self._clock.monotonic() - at >= STILL_S

    def place(self) -> None:
        if self.frame is None:
            return
        by = self._column.sort
        assert by is not None
        self.put(self.sheet.shown(self.filter.tests, by, self.frame.now, reverse=self.reversed))
        self.redraw()

    def set_filter(self, text: str) -> None:
        self.filter = parse(text)
        self.place()

    def sort_by(self, name: str) -> None:
        self._column = next(column for column in COLUMNS if column.name == name)
        self.sorted_by, self.reversed = name, False
        self.place()

    def reverse(self) -> None:
        self.reversed = not self.reversed
        self.place()

    def _go(self, index: int) -> None:
        self._touched_at = self._clock.monotonic()
        super()._go(index)


class AccountsPage(SortedPage):
    """`ask` is told what is known and whom to hand the news to; `key` is the one that confirms who is gone."""

    SHOWN = EVERYWHERE | {"view.open"}
    orders = orders_of(COLUMNS, "workspace")
    table: AccountTable

    def __init__(self, clock: Clock, ask: Ask, key: Callable[[], str]) -> None:
        super().__init__("accounts")
        self._clock, self._ask, self._key = clock, ask, key
        self.table = AccountTable(clock, self._nothing)
        self._totals = LineView(self._summary, id="account-totals")
        self._foot = LineView(self._selected, id="account-detail", classes="foot")
        self._trouble: str | None = None
        self._news: Roster | None = None
        self._asking_since: float | None = None
        self._next_at: float | None = None
        self._read_at: datetime | None = None

    def compose(self) -> ComposeResult:
        yield self._totals
        yield self.table
        yield self._foot

    @property
    def mover(self) -> AccountTable:
        return self.table

    @property
    def selected(self) -> Entry | None:
        return self.table.selected

    @property
    def held(self) -> Held | None:
        """Who waits in the workspace of the selected account, else in the first where anybody does."""
        absences, chosen = self.table.sheet.absences, self.selected
        if not absences:
            return None
        key = chosen.row.workspace if chosen and chosen.row.workspace in absences else min(absences)
        sheet = self.table.sheet
        return Held(key, sheet.label(key), absences[key], tuple(sheet.addresses(key)))

    def show(self, frame: Frame) -> None:
        self.table.frame = frame
        due = self._next_at is None or self._clock.monotonic() >= self._next_at
        if due and self._asking_since is None and not frame.waiting and not frame.paused:
            self._asking_since = self._clock.monotonic()
            self._ask(self.table.sheet.marks, self._told)
        self._take()
        for view in (self._totals, self.table, self._foot):
            view.show(frame)

    def again(self) -> None:
        """Ask at the next chance: something was changed."""
        self._next_at = None

    def set_filter(self, text: str) -> None:
        self.table.set_filter(text)
        self._moved()

    def on_live_table_moved(self) -> None:
        self._moved()

    def misread(self, text: str) -> str | None:
        return parse(text).error

    @property
    def whose(self) -> WorkspaceKey | None:
        return self.selected.row.workspace if self.selected else None

    def why_not_open(self, workspace: WorkspaceRow | None) -> str | None:
        return "no account is selected" if self.selected is None else None

    def open_selected(self, bison: Services, workspace: WorkspaceRow | None) -> None:
        if self.selected is not None:
            bison.open_account(self.selected)

    def copied_name(self) -> str | None:
        return self.selected.row.email if self.selected else None

    def copied_row(self) -> dict[str, Json] | None:
        return roster_json(self.selected.row) if self.selected else None

    def fits(self, command: str) -> bool:
        return self.held is not None if command == "account.confirm" else super().fits(command)

    def _told(self, told: Roster | str) -> None:
        now = self._clock.monotonic()
        took = now - (now if self._asking_since is None else self._asking_since)
        self._asking_since, self._next_at = None, now + max(AGAIN_S, SHARE * took)
        if isinstance(told, Roster):
            self._news, self._trouble = told, None
            self._read_at = self._clock.now()
        else:
            self._trouble = told
        if self.is_mounted and self.table.frame is not None:
            self._take()
            self.table.redraw()
            self._moved()

    def _take(self) -> None:
        """The news, when rows may move: not under a cursor that moves, nor while the view is paused."""
        frame = self.table.frame
        if self._news is None or frame is None or frame.paused or not (self.table.still or not self.selected):
            return
        told, self._news = self._news, None
        if self.table.sheet.take(told):
            self.table.place()
            self.table.post_message(LiveTable.Moved())

    def _moved(self) -> None:
        self._totals.redraw()
        self._foot.redraw()

    def _nothing(self, frame: Frame) -> str:
        if self._read_at is None:
            return "no engine runs yet" if frame.waiting else "asking…"
        sheet = self.table.sheet
        if self.table.filter.source and sheet.marks:
            return f"none of {thousands(sheet.total)} accounts matches the filter; Esc clears it"
        return "no accounts yet: they appear after the first walk over a workspace's accounts"

    def _summary(self, frame: Frame, width: int, height: int) -> list[Line]:
        sheet = self.table.sheet
        notice = notice_line(sheet, self.held, self._trouble, self._key(), frame, width)
        shown = len(self.table.shown_items), self.table.filter.source
        return [totals_line(sheet, shown, self._read_at, frame, width), notice]

    def _selected(self, frame: Frame, width: int, height: int) -> list[Line]:
        one = self.selected
        absence = self.table.sheet.absences.get(one.row.workspace) if one else None
        return foot_lines(one, absence, frame, width, height)
