"""The screen: header, verdict, figures, tabs, one page at a time, footer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.events import Key
from textual.widgets import Input

from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Letter, Shelf
from bisonwatch.domain.snapshot import AlertRow, RunRow, WorkspaceRow
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.looking import TABS
from bisonwatch.tui.commands.registry import ALL
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.filter import parse
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, crop
from bisonwatch.tui.screens.dialog import Words
from bisonwatch.tui.screens.letters import LettersPage
from bisonwatch.tui.screens.lists import AlertsPage, EnginePage, EventsPage, LogsPage, RunsPage
from bisonwatch.tui.screens.overview import WORST, OverviewPage
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.tables.runs import asked
from bisonwatch.tui.tables.workspaces import SORTABLE
from bisonwatch.tui.views.figures import figures_lines
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.views.verdict import verdict_lines
from bisonwatch.tui.widgets.chrome import Footer, Tabs
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable
from bisonwatch.tui.widgets.moving import Mover
from bisonwatch.tui.widgets.tail import Tail

PROBLEMS = "state:bad"
MANY = 500
"""From so many workspaces on, verdict and sums are made at every other snapshot."""


class _Page(Protocol):
    @property
    def mover(self) -> Mover: ...
    @property
    def selected(self) -> object: ...
    def show(self, frame: Frame) -> None: ...
    def set_filter(self, text: str) -> None: ...
    def note(self) -> Line: ...


class MainScreen(Desk):
    """Lives as long as the app; other screens lie over it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.overview = OverviewPage(clock)
        self._events, self._logs = EventsPage(), LogsPage()
        self._letters = LettersPage(self._ask_letters)
        self._pages: dict[str, Container] = {
            "workspaces": self.overview,
            "events": self._events,
            "alerts": AlertsPage(),
            "runs": RunsPage(),
            "letters": self._letters,
            "logs": self._logs,
            "engine": EnginePage(),
        }
        self._filters: dict[str, str] = {}
        self._turn = -1
        self.active = TABS[0][0]

    def compose(self) -> ComposeResult:
        self._tabs = Tabs(self._note, _count, id="tabs")
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
            yield Input(
                placeholder="text  !text  lag>10s  state:crit  @instance",
                id="filter",
                compact=True,
                select_on_focus=False,
            )
        yield self._footer

    def on_mount(self) -> None:
        self.show_tab(self.active)

    @property
    def page(self) -> _Page:
        page: _Page = self._pages[self.active]  # type: ignore[assignment]  # each container above is one
        return page

    @property
    def mover(self) -> Mover:
        return self.page.mover

    @property
    def workspace(self) -> WorkspaceRow | None:
        selected = self.page.selected
        if isinstance(selected, WorkspaceRow):
            return selected
        key = _key_of(selected)
        return self.frame.snapshot.workspace(key) if key and self.frame else None

    @property
    def run(self) -> RunRow | None:
        selected = self.page.selected
        if isinstance(selected, RunRow):
            return selected if not selected.run.over else None
        return super().run

    @property
    def letter(self) -> Letter | None:
        selected = self.page.selected
        return selected if isinstance(selected, Letter) else None

    def why_not_open(self) -> str | None:
        if self.active == "letters":
            return "no dead letter is selected" if self.letter is None else None
        return super().why_not_open()

    def open_selected(self) -> None:
        if self.letter is not None:
            self.bison.open_letter(self.letter)
        else:
            super().open_selected()

    def letters_changed(self) -> None:
        self._letters.again()

    def _ask_letters(self, told: Callable[[Shelf | str], None]) -> None:
        self.bison.errands.letters(told)

    def copied_name(self) -> str | None:
        selected = self.page.selected
        if isinstance(selected, AlertRow):
            return f"{selected.workspace_name} {selected.rule}: {selected.reason}"
        if isinstance(selected, Letter):
            return str(selected.id)
        return str(selected.run.id) if isinstance(selected, RunRow) else super().copied_name()

    def show(self, frame: Frame) -> None:
        self.frame = frame
        self._events.take(frame)
        self._logs.take(frame)
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
        elif self.active != TABS[0][0]:
            self.show_tab(TABS[0][0])

    def ask_filter(self) -> None:
        if self.active == "engine":
            super().ask_filter()
            return
        self.query_one("#filter-bar").display = True
        entry = self.query_one("#filter", Input)
        entry.value = self._filters.get(self.active, "")
        entry.cursor_position = len(entry.value)
        entry.focus()

    def toggle_problems(self) -> None:
        self.show_tab("workspaces")
        self._set_filter("" if self._filters.get("workspaces") == PROBLEMS else PROBLEMS)

    def ask_sort(self) -> None:
        if self.active != "workspaces":
            super().ask_sort()
            return
        choices = [(column.name, crop(f"{column.title:<11} {column.help}", 66)) for column in SORTABLE]
        choices[0] = (WORST, "WORST FIRST  by state, then lag (the default)")
        screen = PickScreen("sort by", choices, self.overview.table.sorted_by)
        self.app.push_screen(screen, self._sort)

    def reverse_sort(self) -> None:
        if self.active == "workspaces":
            self.overview.table.reverse()
            self._tabs.redraw()
        else:
            super().ask_sort()

    def select(self, key: WorkspaceKey) -> None:
        self.overview.select(key)

    def _sort(self, name: str | None) -> None:
        if name is not None:
            self.overview.table.sort_by(name)
            self._tabs.redraw()

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
        shown = [command for command in ALL if command.footer and self._fits(command)]
        order = {
            "open": 0,
            "back": 0,
            "resync": 1,
            "replay": 1,
            "replay alike": 1,
            "discard": 2,
            "poll": 2,
            "cancel": 2,
            "filter": 3,
            "sort": 4,
            "pause": 5,
            "copy": 6,
            "drift": 7,
            "webhooks": 8,
        }
        shown.sort(key=lambda command: order.get(command.footer, 9))
        return [(command, command.unavailable(self) is None) for command in shown]

    def _fits(self, command: Command) -> bool:
        """Whether a key means something on this page at all."""
        first = self.active == TABS[0][0]
        if command.id == "view.back":
            return not first or bool(self._filters.get(self.active))
        if command.id == "view.sort":
            return first
        if command.id.startswith("letter."):
            return self.active == "letters"
        if command.id == "view.open" and self.active == "letters":
            return True
        if command.id == "ws.compare" or command.id.startswith("hook."):
            return False
        if command.id in ("view.open", "ws.resync", "ws.poll", "ws.drift", "view.hooks"):
            return first or self.active in ("alerts", "runs")
        if command.id == "run.cancel":
            return self.run is not None
        return command.id != "view.filter" or self.active != "engine"

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._filters.get(self.active, "") != event.value:
            self._set_filter(event.value)

    @on(Input.Submitted, "#filter")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        problem = parse(event.value).error if self.active == "workspaces" else None
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


def _count(frame: Frame, page: str) -> int:
    """The number beside a tab: what waits there."""
    snapshot = frame.snapshot
    if page == "alerts":
        return len(snapshot.alerts)
    if page == "runs":
        return sum(not row.run.over and asked(row.run) for row in snapshot.runs)
    return snapshot.inbox.dead if page == "letters" else 0


def _key_of(selected: object) -> WorkspaceKey | None:
    if isinstance(selected, AlertRow | Letter):
        return selected.workspace
    return selected.run.workspace if isinstance(selected, RunRow) else None
