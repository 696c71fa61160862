"""The screen: header, verdict, figures, tabs, one page at a time, footer."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.widgets import Input

from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Letter
from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.domain.status import Json
from bisonwatch.tui.commands.command import Command, key_name, keys_of
from bisonwatch.tui.commands.looking import TABS
from bisonwatch.tui.commands.places import placed
from bisonwatch.tui.commands.registry import ALL, BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece
from bisonwatch.tui.screens.accounts import AccountsPage
from bisonwatch.tui.screens.dialog import Words
from bisonwatch.tui.screens.letters import LettersPage
from bisonwatch.tui.screens.lists import AlertsPage, EnginePage, EventsPage, LogsPage
from bisonwatch.tui.screens.overview import OverviewPage
from bisonwatch.tui.screens.page import TabPage
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.screens.runs import RunsPage
from bisonwatch.tui.views.accounts import Held
from bisonwatch.tui.views.figures import figures_lines
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.views.verdict import verdict_lines
from bisonwatch.tui.widgets.chrome import Footer, Tabs
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable
from bisonwatch.tui.widgets.moving import Mover
from bisonwatch.tui.widgets.tail import Tail

MANY = 500
"""From so many workspaces on, verdict and sums are made at every other snapshot."""
FIRST = TABS[0][0]


class MainScreen(Desk):
    """Lives as long as the app; other screens lie over it. What a page can, it asks the page."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.overview = OverviewPage(clock)
        self._letters = LettersPage(lambda told: self.bison.errands.letters(told))
        self._accounts = AccountsPage(
            clock, lambda known, told: self.bison.errands.accounts(known, told), self._confirm_key
        )
        self._runs = RunsPage(lambda: self.bison.runs)
        self._pages: dict[str, TabPage] = {
            FIRST: self.overview,
            "events": EventsPage(),
            "alerts": AlertsPage(),
            "runs": self._runs,
            "letters": self._letters,
            "logs": LogsPage(),
            "engine": EnginePage(),
            "accounts": self._accounts,
        }
        self._filters: dict[str, str] = {}
        self._turn = -1
        self.active = FIRST

    def compose(self) -> ComposeResult:
        self._tabs = Tabs(self._note, lambda frame, page: self._pages[page].count(frame), id="tabs")
        self._footer = Footer(self._keys, self.bison.keymap, id="footer")
        self._top = (
            LineView(header_lines, id="header"),
            LineView(verdict_lines, id="verdict"),
            LineView(figures_lines, id="figures"),
        )
        yield from self._top
        yield self._tabs
        yield from self._pages.values()
        with Horizontal(id="filter-bar"):
            yield Words([(Piece(" /", "key"),)], id="filter-mark")
            yield Input(id="filter", compact=True, select_on_focus=False)
        yield self._footer

    def on_mount(self) -> None:
        self.show_tab(self.active)

    @property
    def page(self) -> TabPage:
        return self._pages[self.active]

    @property
    def mover(self) -> Mover:
        return self.page.mover

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.page.workspace_in(self.frame)

    @property
    def run(self) -> RunRow | None:
        chosen = self.chosen_run
        if chosen is not None:
            return chosen if not chosen.run.over else None
        return super().run

    @property
    def chosen_run(self) -> RunRow | None:
        return self.page.chosen_run

    @property
    def letter(self) -> Letter | None:
        return self.page.letter

    @property
    def held(self) -> Held | None:
        return self.page.held

    def why_not_open(self) -> str | None:
        return self.page.why_not_open(self.workspace)

    def open_selected(self) -> None:
        self.page.open_selected(self.bison, self.workspace)

    def letters_changed(self) -> None:
        self._letters.again()

    def accounts_changed(self) -> None:
        self._accounts.again()

    def _confirm_key(self) -> str:
        return key_name(keys_of(BY_ID["account.confirm"], self.bison.keymap)[0])

    def copied_name(self) -> str | None:
        name = self.page.copied_name()
        return super().copied_name() if name is None else name

    def copied_row(self) -> dict[str, Json] | None:
        row = self.page.copied_row()
        return super().copied_row() if row is None else row

    def show(self, frame: Frame) -> None:
        self.frame = frame
        for page in self._pages.values():
            page.take(frame)
        self._turn += 1
        for view in self._top[: 1 if len(frame.snapshot.workspaces) > MANY and self._turn % 2 else None]:
            view.show(frame)
        self.page.show(frame)
        self._tabs.show(frame)
        self._footer.show(frame)

    def show_tab(self, page: str) -> None:
        self.active = self._tabs.active = page
        for name, container in self._pages.items():
            container.display = name == page
        self._close_filter()
        self.call_after_refresh(self._again)

    def step_tab(self, step: int) -> None:
        names = [name for name, _, _ in TABS]
        self.show_tab(names[(names.index(self.active) + step) % len(names)])

    def back(self) -> None:
        """Esc: the filter first, then back to the workspaces."""
        if self._filters.get(self.active):
            self._set_filter("")
        elif self.active != FIRST:
            self.show_tab(FIRST)

    def ask_filter(self) -> None:
        hint = self.page.hint
        if hint is None:
            super().ask_filter()
            return
        self.query_one("#filter-bar").display = True
        entry = self.query_one("#filter", Input)
        entry.value = self._filters.get(self.active, "")
        entry.placeholder = hint
        entry.cursor_position = len(entry.value)
        entry.focus()

    def toggle_problems(self) -> None:
        self.show_tab(self.active if self.page.problems else FIRST)
        problems = self.page.problems or ""
        self._set_filter("" if self._filters.get(self.active) == problems else problems)

    def toggle_routine(self) -> None:
        """On the page of runs, which it shows."""
        if self.page is not self._runs:
            self.show_tab("runs")
        self._runs.toggle_routine()
        self._tabs.redraw()

    def ask_sort(self) -> None:
        page = self.page
        if not page.orders:
            super().ask_sort()
            return

        def sort(name: str | None) -> None:
            if name is not None:
                page.sort_by(name)
                self._tabs.redraw()

        self.app.push_screen(PickScreen("sort by", list(page.orders), page.order), sort)

    def reverse_sort(self) -> None:
        if not self.page.orders:
            super().ask_sort()
            return
        self.page.reverse()
        self._tabs.redraw()

    def select(self, key: WorkspaceKey) -> None:
        self.overview.select(key)

    def _set_filter(self, text: str) -> None:
        self._filters[self.active] = text
        self.page.set_filter(text)
        self._tabs.redraw()

    def _close_filter(self) -> None:
        self.query_one("#filter-bar").display = False
        self.set_focus(None)

    def _again(self) -> None:
        if self.frame is not None:
            self.show(self.frame)

    def _note(self) -> Line:
        return self.page.note()

    def _keys(self) -> list[tuple[Command, bool]]:
        shown = placed(command for command in ALL if command.footer and self._fits(command))
        return [(command, command.unavailable(self) is None) for command in shown]

    def _fits(self, command: Command) -> bool:
        """Whether a key means something on this page at all."""
        if command.id == "view.back":
            return self.active != FIRST or bool(self._filters.get(self.active))
        if command.id == "run.cancel" and self.run is None:
            return False
        return self.page.fits(command.id)

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._filters.get(self.active, "") != event.value:
            self._set_filter(event.value)

    @on(Input.Submitted, "#filter")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        problem = self.page.misread(event.value)
        if problem:
            self.bison.errands.say(problem, "warning")
        self._close_filter()

    def key_escape(self, event: Key) -> None:
        """Esc in the filter clears it, and that is all; the binding takes every other one."""
        if self.query_one("#filter-bar").display:
            event.stop()
            self._set_filter("")
            self._close_filter()

    @on(Tabs.Chosen)
    def _clicked(self, event: Tabs.Chosen) -> None:
        self.show_tab(event.page)

    @on(LiveTable.Opened)
    def _opened(self) -> None:
        self.action_command("view.open")

    @on(LiveTable.Moved)
    @on(Tail.Moved)
    def _moved(self) -> None:
        self._tabs.redraw()
        self._footer.redraw()
