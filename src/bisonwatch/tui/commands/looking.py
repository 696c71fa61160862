"""Looking: in, out, filter, order, pause, copy, help, theme, quit. Nothing here touches the mirror."""

from __future__ import annotations

from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.target import Target


class Open(Command):
    id, name, keys = "view.open", "Open", ("enter",)
    help, footer, rank = (
        "open the selected workspace, with every figure explained, the selected account, letter, or run",
        "open",
        1,
    )

    def unavailable(self, target: Target) -> str | None:
        return target.why_not_open()

    def run(self, target: Target) -> None:
        target.open_selected()


class Back(Command):
    id, name, keys = "view.back", "Back", ("escape",)
    help, footer, rank, listed = "clear the filter, or go back", "back", 1, False

    def run(self, target: Target) -> None:
        target.back()


class FilterRows(Command):
    id, name, keys = "view.filter", "Filter", ("/",)
    help, footer, rank = (
        "filter: text, !text, lag>10s, state:crit, tag:warm, @instance; Esc clears",
        "filter",
        2,
    )

    def run(self, target: Target) -> None:
        target.ask_filter()


class Problems(Command):
    id, name, keys = "view.problems", "Problems only", ("z",)
    help, rank = "show only workspaces, or accounts, that something is wrong with; again shows all", 7

    def run(self, target: Target) -> None:
        target.toggle_problems()


class Sort(Command):
    id, name, keys = "view.sort", "Sort", ("s",)
    help, footer, rank = "choose the column to sort by; worst first is the default", "sort", 4

    def run(self, target: Target) -> None:
        target.ask_sort()


class Reverse(Command):
    id, name, keys, help = "view.reverse", "Reverse order", ("S",), "turn the order round"

    def run(self, target: Target) -> None:
        target.reverse_sort()


class Pause(Command):
    id, name, keys = "view.pause", "Pause the view", ("p",)
    help, footer, rank = "hold the view still; the engine goes on, and new events are counted", "pause", 3

    def run(self, target: Target) -> None:
        target.toggle_pause()


class Copy(Command):
    id, name, keys = "view.copy", "Copy name", ("y",)
    help, footer, rank = "copy the selected name to the clipboard (OSC 52), and to a file", "copy", 6

    def run(self, target: Target) -> None:
        target.copy(as_json=False)


class CopyRow(Command):
    id, name, keys = "view.copy_row", "Copy row as JSON", ("Y",)
    help = "copy the selected workspace or account as JSON, as `status --json` has it"

    def run(self, target: Target) -> None:
        target.copy(as_json=True)


class Theme(Command):
    id, name, keys, help = "view.theme", "Theme", ("T",), "choose a theme; it shows while you choose"

    def run(self, target: Target) -> None:
        target.ask_theme()


class Help(Command):
    id, name, keys = "view.help", "Help", ("?",)
    help, footer, rank = "every key in effect, every column, every state", "help", 2

    def run(self, target: Target) -> None:
        target.show_help()


class Palette(Command):
    id, name, keys = "view.palette", "Command palette", ("ctrl+p",)
    help, listed = "search every command and workspace by name", False

    def run(self, target: Target) -> None:
        target.show_palette()


class Redraw(Command):
    id, name, keys = "view.redraw", "Redraw", ("ctrl+l",)
    help, listed = "draw the whole screen again", False

    def run(self, target: Target) -> None:
        target.draw_again()


class Quit(Command):
    id, name, keys = "app.quit", "Quit", ("q", "ctrl+c", "ctrl+q")
    help, footer, rank = "quit; asks only when the engine would stop with the terminal", "quit", 0
    confirms = True

    def run(self, target: Target) -> None:
        target.quit()


class NextTab(Command):
    id, name, keys = "tab.next", "Next tab", ("tab",)
    help, listed, group = "the next tab", False, "tabs"

    def run(self, target: Target) -> None:
        target.step_tab(1)


class PreviousTab(Command):
    id, name, keys = "tab.previous", "Previous tab", ("shift+tab",)
    help, listed, group = "the tab before", False, "tabs"

    def run(self, target: Target) -> None:
        target.step_tab(-1)


class ShowTab(Command):
    """The digit of a tab."""

    group = "tabs"

    def __init__(self, place: int, page: str, title: str) -> None:
        self.id, self.name = f"tab.{page}", title
        self.keys, self.help = (str(place),), f"the tab {title}"
        self._page = page

    def run(self, target: Target) -> None:
        target.show_tab(self._page)


TABS: tuple[tuple[str, str, str], ...] = (
    ("workspaces", "Workspaces", "Ws"),
    ("events", "Events", "Evt"),
    ("alerts", "Alerts", "Alrt"),
    ("runs", "Runs", "Run"),
    ("letters", "Letters", "Ltr"),
    ("logs", "Logs", "Log"),
    ("engine", "Engine", "Eng"),
    ("accounts", "Accounts", "Acc"),
)
"""Id, title and short title of each tab; its digit is its place."""

ANYWHERE: tuple[Command, ...] = (Pause(), Copy(), CopyRow(), Theme(), Help(), Palette(), Redraw(), Quit())
LOOKING: tuple[Command, ...] = (
    Open(),
    Back(),
    FilterRows(),
    Problems(),
    Sort(),
    Reverse(),
    *ANYWHERE,
    NextTab(),
    PreviousTab(),
    *(ShowTab(place, page, title) for place, (page, title, _) in enumerate(TABS, 1)),
)
