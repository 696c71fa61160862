"""The terminal: wiring only. Screens, commands and views are elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from textual.app import App
from textual.theme import Theme

from bisonwatch.clock import Clock
from bisonwatch.domain.api_log import EndpointCalls
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Letter
from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.tui import hangup, keys, themes
from bisonwatch.tui.checks import Checks
from bisonwatch.tui.commands.registry import ALL
from bisonwatch.tui.data_errands import DataErrands
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.driver import driver_class
from bisonwatch.tui.errands import Errands
from bisonwatch.tui.files import write_trace
from bisonwatch.tui.frame import Puller
from bisonwatch.tui.glyphs import glyphs
from bisonwatch.tui.ink import Ink
from bisonwatch.tui.options import TerminalOptions
from bisonwatch.tui.palette import Palette
from bisonwatch.tui.run_errands import RunErrands
from bisonwatch.tui.screens.account import AccountScreen
from bisonwatch.tui.screens.api_log import ApiLogScreen
from bisonwatch.tui.screens.cache import CacheScreen
from bisonwatch.tui.screens.datasets import DatasetsScreen
from bisonwatch.tui.screens.drift import DriftScreen
from bisonwatch.tui.screens.drifts import DriftsScreen
from bisonwatch.tui.screens.endpoint import EndpointScreen
from bisonwatch.tui.screens.help import HelpScreen
from bisonwatch.tui.screens.hooks import HooksScreen
from bisonwatch.tui.screens.letter import LetterScreen
from bisonwatch.tui.screens.main import MainScreen
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.screens.run import RunScreen
from bisonwatch.tui.screens.validation_log import ValidationLogScreen
from bisonwatch.tui.screens.workspace import WorkspaceScreen
from bisonwatch.tui.sheet import Entry
from bisonwatch.tui.widgets.line_view import LineView

HUNG_UP, STOPPED = 129, 143


class BisonwatchApp(App[None]):
    """Shows what a feed knows; everything it does goes through the feed."""

    CSS_PATH = ["styles/screen.tcss", "styles/dialogs.tcss"]
    COMMANDS = {Palette}
    BINDINGS = []
    TITLE = "bisonwatch"

    def __init__(self, feed: Feed, options: TerminalOptions, clock: Clock) -> None:
        no_color = os.environ.pop("NO_COLOR", "") != ""
        super().__init__(driver_class=driver_class())
        self.feed, self.options, self.clock = feed, options, clock
        self.keymap, self._warnings = keys.check(options.keymap, ALL)
        self.puller = Puller(feed, clock, glyphs(options.glyphs), options.refresh_s, options.read_only)
        self.errands = Errands(self, feed, options, clock)
        self.runs = RunErrands(self, feed, self.errands)
        self.data = DataErrands(self, feed, self.errands)
        self.checks = Checks(self, feed, self.errands)
        self.trace: Path | None = None
        self.crashed: Exception | None = None
        self.theme_names = self._register_themes()
        self.theme = themes.MONO if no_color else self._known(options.theme)
        self.ink = self._ink()
        self._main = MainScreen(clock)

    def on_mount(self) -> None:
        self.set_keymap(self.keymap)
        self.theme_changed_signal.subscribe(self, self._recolour)
        self.push_screen(self._main)
        self.set_interval(self.options.refresh_s, self.pull)
        if not self.is_headless:
            self._undo_signals = hangup.on_signals(self.hang_up, lambda: self.exit(return_code=STOPPED))
            self.set_interval(hangup.WATCH_S, lambda: self.hang_up() if hangup.line_is_dead() else None)
        for warning in self._warnings:
            self.errands.say(warning, "warning", timeout=10)
        if self.options.on_first_paint is not None:
            self.call_after_refresh(self.options.on_first_paint)

    def pull(self) -> None:
        """Take the newest snapshot and let every screen draw what changed."""
        if self.options.over is not None and self.options.over():
            self.exit()
            return
        if self.options.news is not None and (news := self.options.news()):
            self.errands.say(news, timeout=10)
        frame = self.puller.pull()
        for screen in self.screen_stack:
            if isinstance(screen, Desk) and screen.is_mounted:
                screen.set_class(frame.cut_off, "-cut-off")
                screen.show(frame)

    def toggle_pause(self) -> None:
        self.puller.pause(not self.puller.paused)
        self.pull()

    def open_workspace(self, key: WorkspaceKey) -> None:
        self.push_screen(WorkspaceScreen(key))

    def open_drift(self, key: WorkspaceKey) -> None:
        self._open(DriftScreen(key))

    def open_drifts(self) -> None:
        self._open(DriftsScreen())

    def open_hooks(self, key: WorkspaceKey | None) -> None:
        self._open(HooksScreen(key))

    def open_datasets(self, key: WorkspaceKey) -> None:
        self._open(DatasetsScreen(key))

    def open_cache(self, row: WorkspaceRow | None) -> None:
        self._open(CacheScreen(row))

    def open_api_log(self) -> None:
        self._open(ApiLogScreen())

    def open_endpoint(self, one: EndpointCalls) -> None:
        self.push_screen(EndpointScreen(one))

    def open_validation_log(self) -> None:
        self._open(ValidationLogScreen())

    def _open(self, screen: Desk) -> None:
        """One of a kind at a time: the same again takes the place of the one that is open."""
        if type(self.screen) is type(screen):
            self.pop_screen()
        self.push_screen(screen)

    def open_letter(self, letter: Letter) -> None:
        self.push_screen(LetterScreen(letter))

    def open_account(self, one: Entry) -> None:
        self.push_screen(AccountScreen(one))

    def open_run(self, row: RunRow) -> None:
        self.push_screen(RunScreen(row))

    def show_tab(self, page: str) -> None:
        """A tab of the main screen; what lies over it is closed."""
        while isinstance(self.screen, Desk) and self.screen is not self._main:
            self.pop_screen()
        self._main.show_tab(page)

    def show_help(self) -> None:
        if isinstance(self.screen, Desk):
            self.push_screen(HelpScreen(self.screen))

    def ask_theme(self) -> None:
        before = self.theme
        choices = [(name, name) for name in self.theme_names]
        screen = PickScreen("theme", choices, before, self._wear)
        self.push_screen(screen, lambda name: self._wear(name or before))

    def hang_up(self) -> None:
        """The line is gone: tell whoever decides about the engine, and close without drawing anything more."""
        if self.options.on_hangup is not None and not self._exit:
            self.options.on_hangup()
        self.exit(return_code=HUNG_UP)

    def _wear(self, name: str) -> None:
        self.theme = name

    def _register_themes(self) -> list[str]:
        found, problems = themes.load_all(self.options.user_themes)
        self._warnings += [f"theme {problem}" for problem in problems]
        for theme in (*found, themes.mono()):
            self.register_theme(theme)
        return list(dict.fromkeys((*(theme.name for theme in found), "ansi-dark", "ansi-light", themes.MONO)))

    def _known(self, name: str) -> str:
        if name in self.available_themes:
            return name
        self._warnings.append(f"there is no theme '{name}': {', '.join(self.theme_names)}")
        return themes.DEFAULT if themes.DEFAULT in self.available_themes else "textual-dark"

    def _ink(self) -> Ink:
        return Ink(self.get_css_variables(), mono=self.theme == themes.MONO)

    def _recolour(self, theme: Theme) -> None:
        self.ink = self._ink()
        for screen in self.screen_stack:
            for view in screen.query(LineView):
                view.refresh()

    def _handle_exception(self, error: Exception) -> None:
        """A crash of the terminal: the trace goes to a file, without variables and with secrets masked."""
        if self.crashed is None:
            self.crashed = error
            if self.options.files is not None or not self.is_headless:
                self.trace = write_trace(error, self.options.files)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Close without printing: Textual's own report shows the values of variables, keys among them."""
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        self._close_messages_no_wait()


def run_terminal(feed: Feed, options: TerminalOptions, clock: Clock) -> int:
    """Run until the operator quits; the exit code. A crash of the terminal is 1, and touches nothing but the terminal."""
    app = BisonwatchApp(feed, options, clock)
    app.run()
    if app.crashed is not None:
        where = f"; its trace is in {app.trace}" if app.trace else ""
        sys.stderr.write(f"bisonwatch: the terminal failed ({type(app.crashed).__name__}){where}\n")
    return app.return_code or 0
