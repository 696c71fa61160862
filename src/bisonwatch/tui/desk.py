"""What every screen that shows the mirror has in common: the commands, and what they act upon."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from textual.screen import Screen

from bisonwatch.domain.letter import Letter
from bisonwatch.domain.run import RunState
from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.domain.span import Span
from bisonwatch.domain.status import Json, workspace_json
from bisonwatch.tui.commands.command import bindings
from bisonwatch.tui.commands.registry import ALL, BY_ID
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.services import Services
from bisonwatch.tui.tables.cache import Wares
from bisonwatch.tui.tables.runs import asked
from bisonwatch.tui.views.accounts import Held
from bisonwatch.tui.views.drift import open_comparison
from bisonwatch.tui.widgets.moving import Mover


class Desk(Screen[None]):
    """A screen with the commands on it. Subclasses say what is selected and how it is drawn."""

    BINDINGS = bindings(ALL)
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (80, "-normal"), (100, "-roomy"), (140, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-low"), (24, "-short"), (32, "-tall"), (48, "-high")]

    frame: Frame | None = None

    def on_mount(self) -> None:
        self.call_after_refresh(self.bison.pull)

    @property
    def bison(self) -> Services:
        return cast(Services, self.app)

    def show(self, frame: Frame) -> None:
        """Draw the newest frame."""
        raise NotImplementedError

    @property
    def mover(self) -> Mover:
        """What the movement keys move."""
        raise NotImplementedError

    @property
    def workspace(self) -> WorkspaceRow | None:
        """The workspace a command acts upon."""
        return None

    @property
    def workspaces(self) -> Sequence[WorkspaceRow]:
        return self.frame.snapshot.workspaces if self.frame else ()

    @property
    def run(self) -> RunRow | None:
        """The run that `x` would cancel: the one of the selected workspace, else the only one somebody asked for."""
        runs = [row for row in self.frame.snapshot.runs if not row.run.over] if self.frame else []
        chosen = self.workspace
        of_this = [row for row in runs if chosen and row.run.workspace == chosen.key]
        of_this.sort(key=lambda row: row.run.state is not RunState.RUNNING)
        wanted = [row for row in runs if asked(row.run)]
        return of_this[0] if of_this else wanted[0] if len(wanted) == 1 else None

    @property
    def chosen_run(self) -> RunRow | None:
        """The run under the cursor, whether it is over or not."""
        return None

    @property
    def queued_runs(self) -> int:
        runs = self.frame.snapshot.runs if self.frame else ()
        return sum(row.run.state is RunState.QUEUED for row in runs)

    @property
    def letter(self) -> Letter | None:
        """The dead letter a command acts upon."""
        return None

    @property
    def held(self) -> Held | None:
        """Accounts that wait to be removed, and that a command says are gone."""
        return None

    @property
    def hooked(self) -> WorkspaceRow | None:
        """The workspace whose subscription is under the cursor."""
        return None

    @property
    def comparing(self) -> bool:
        """Whether the selected workspace is being compared with the provider."""
        row = self.workspace
        return row is not None and self.frame is not None and open_comparison(self.frame, row.key) is not None

    @property
    def span(self) -> Span | None:
        """How far back the log that is shown looks; None where there is none."""
        return None

    @property
    def read_only(self) -> bool:
        return self.bison.options.read_only or self.viewer

    @property
    def viewer(self) -> bool:
        return self.frame is not None and self.frame.viewer

    @property
    def cut_off(self) -> bool:
        return self.frame is not None and self.frame.cut_off

    @property
    def no_engine(self) -> bool:
        return self.frame is not None and not self.frame.waiting and not self.frame.engine_lives

    def action_command(self, name: str) -> None:
        """Do a command, or say why it cannot be done."""
        command = BY_ID[name]
        reason = command.unavailable(self)
        if reason is None:
            command.run(self)
        else:
            self.app.notify(f"{command.name}: {reason}", severity="warning", timeout=4, markup=False)

    def why_not_open(self) -> str | None:
        return "no workspace is selected" if self.workspace is None else None

    def open_selected(self) -> None:
        if self.workspace is not None:
            self.bison.open_workspace(self.workspace.key)

    def back(self) -> None:
        """Esc."""

    def ask_filter(self) -> None:
        """The filter, where there is one."""
        self.bison.errands.say("there is nothing to filter here")

    def ask_sort(self) -> None:
        """The sort menu, where there is one."""
        self.bison.errands.say("there is nothing to sort here")

    def reverse_sort(self) -> None:
        """The other way round, where there is an order."""
        self.ask_sort()

    def toggle_problems(self) -> None:
        """Problems only, where there are workspaces."""
        self.ask_filter()

    def show_tab(self, page: str) -> None:
        """A tab of the main screen, from any screen over it."""
        self.bison.show_tab(page)

    def step_tab(self, step: int) -> None:
        """The next tab of the main screen."""

    def toggle_pause(self) -> None:
        self.bison.toggle_pause()

    def copy(self, *, as_json: bool) -> None:
        if not as_json:
            self.bison.errands.copy(self.copied_name())
            return
        row = self.copied_row()
        text = None if row is None else json.dumps(row, ensure_ascii=False)
        self.bison.errands.copy(text, "the row as JSON")

    def ask_theme(self) -> None:
        self.bison.ask_theme()

    def show_help(self) -> None:
        self.bison.show_help()

    def show_palette(self) -> None:
        self.app.action_command_palette()

    def draw_again(self) -> None:
        self.refresh(layout=True)

    def ask_resync(self, rows: tuple[WorkspaceRow, ...], *, everything: bool = False) -> None:
        self.bison.errands.resync(rows, everything=everything)

    def poll(self, row: WorkspaceRow) -> None:
        self.bison.errands.poll(row)

    def ask_job(self) -> None:
        if self.frame is not None:
            self.bison.errands.job(self.frame)

    def ask_cancel(self, row: RunRow) -> None:
        self.bison.errands.cancel(row)

    def ask_again(self, row: RunRow) -> None:
        self.bison.runs.again(row)

    def ask_cancel_queued(self) -> None:
        self.bison.runs.cancel_queued(self.queued_runs)

    def toggle_routine(self) -> None:
        """Scheduled runs without a fault, where there are runs."""
        self.ask_filter()

    def ask_replay(self, letter: Letter, *, alike: bool) -> None:
        self.bison.errands.replay(letter, alike=alike, then=self.letters_changed)

    def ask_discard(self, letter: Letter, *, alike: bool) -> None:
        self.bison.errands.discard(letter, alike=alike, then=self.letters_changed)

    def letters_changed(self) -> None:
        """Letters were replayed or discarded: whoever shows them looks again."""

    def ask_confirm(self, held: Held) -> None:
        if self.frame is not None:
            self.bison.errands.confirm_absent(held, self.frame.now, self.accounts_changed)

    def accounts_changed(self) -> None:
        """A person's word was taken: whoever shows accounts looks again."""

    def open_drift(self, row: WorkspaceRow) -> None:
        self.bison.open_drift(row.key)

    def open_drifts(self) -> None:
        self.bison.open_drifts()

    def open_hooks(self, row: WorkspaceRow | None) -> None:
        self.bison.open_hooks(row.key if row else None)

    def open_api_log(self) -> None:
        self.bison.open_api_log()

    def open_validation_log(self) -> None:
        self.bison.open_validation_log()

    def next_span(self) -> None:
        """Where a log is shown."""

    def compare(self, row: WorkspaceRow) -> None:
        self.bison.checks.compare(row)

    def look(self, row: WorkspaceRow) -> None:
        """Where subscriptions are shown."""

    def ask_register(self, row: WorkspaceRow) -> None:
        """Where subscriptions are shown."""

    def test(self, row: WorkspaceRow) -> None:
        """Where subscriptions are shown."""

    @property
    def wares(self) -> Wares | None:
        """The datasets that are to be made when it is asked here."""
        return None

    def open_datasets(self, row: WorkspaceRow) -> None:
        self.bison.open_datasets(row.key)

    def open_cache(self, row: WorkspaceRow | None) -> None:
        self.bison.open_cache(row)

    def refresh_datasets(self, wares: Wares | None) -> None:
        self.bison.data.refresh(wares, self.datasets_changed)

    def ask_clear(self) -> None:
        self.bison.data.clear(self.datasets_changed)

    def datasets_changed(self) -> None:
        """Some were made or thrown away: whoever shows them asks again."""

    def quit(self) -> None:
        self.bison.errands.quit()

    def copied_name(self) -> str | None:
        """What `y` copies."""
        return self.workspace.name if self.workspace else None

    def copied_row(self) -> dict[str, Json] | None:
        """What `Y` copies."""
        return workspace_json(self.workspace, self.frame.now) if self.workspace and self.frame else None
