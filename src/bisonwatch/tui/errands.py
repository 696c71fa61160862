"""What takes a while or asks first: resync, poll, cancel, dead letters, copy, quit. Each is a worker; none blocks the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from textual.app import App

from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Changed, Letter, Opened, Shelf, Wanted
from bisonwatch.domain.roster import AccountCard, Mark, Roster
from bisonwatch.domain.run import Job, Part
from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.errors import BisonwatchError, CallError
from bisonwatch.tui.files import write_private
from bisonwatch.tui.format import plural
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, outside
from bisonwatch.tui.options import TerminalOptions
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.screens.resync import ResyncScreen
from bisonwatch.tui.tables.runs import label
from bisonwatch.tui.views.accounts import Held, held_question
from bisonwatch.tui.views.letters import Question, discard_question, replay_question

T = TypeVar("T")
Severity = Literal["information", "warning", "error"]


class Errands:
    """The app's hands. Errors of the feed become toasts with their own words."""

    def __init__(self, app: App[None], feed: Feed, options: TerminalOptions, clock: Clock) -> None:
        self._app, self._feed, self._options, self._clock = app, feed, options, clock

    def say(self, text: str, severity: Severity = "information", timeout: float = 5) -> None:
        """A toast. It is never the only place where something is told: runs and alerts have their panels."""
        self._app.notify(text, severity=severity, timeout=timeout, markup=False)

    def resync(self, rows: tuple[WorkspaceRow, ...], *, everything: bool) -> None:
        self._app.run_worker(self._resync(rows, everything), group="resync", exclusive=True)

    def poll(self, row: WorkspaceRow) -> None:
        self._app.run_worker(self._poll(row), group="poll")

    def job(self, frame: Frame) -> None:
        self._app.run_worker(self._job(frame), group="job", exclusive=True)

    def cancel(self, row: RunRow) -> None:
        self._app.run_worker(self._cancel(row), group="cancel", exclusive=True)

    def letters(self, told: Callable[[Shelf | str], None]) -> None:
        """Hand over the dead letters, or why they cannot be had."""
        self._app.run_worker(self._told(self._feed.letters(), told), group="letters", exclusive=True)

    def letter(self, letter: UUID, told: Callable[[Opened | str], None]) -> None:
        """Hand over one with its payload, or why it cannot be had."""
        self._app.run_worker(self._told(self._opened(letter), told), group="letter", exclusive=True)

    def replay(self, letter: Letter, *, alike: bool, then: Callable[[], None]) -> None:
        asked = replay_question(letter, alike=alike)
        self._app.run_worker(self._change(letter, asked, self._feed.replay, then), group="letters-change")

    def discard(self, letter: Letter, *, alike: bool, then: Callable[[], None]) -> None:
        asked = discard_question(letter, alike=alike)
        self._app.run_worker(self._change(letter, asked, self._feed.discard, then), group="letters-change")

    def accounts(self, known: Mapping[WorkspaceKey, Mark], told: Callable[[Roster | str], None]) -> None:
        """Hand over what changed of the accounts, or why it cannot be had."""
        self._app.run_worker(self._told(self._feed.accounts(known), told), group="accounts", exclusive=True)

    def account(self, instance: str, number: int, told: Callable[[AccountCard | str], None]) -> None:
        """Hand over one with everything that is known of it, or why it cannot be had."""
        self._app.run_worker(self._told(self._card(instance, number), told), group="account", exclusive=True)

    def confirm_absent(self, held: Held, now: datetime, then: Callable[[], None]) -> None:
        self._app.run_worker(self._confirm(held, now, then), group="confirm", exclusive=True)

    def quit(self) -> None:
        if self._options.ask_before_quit and self._feed.link is None:
            self._app.run_worker(self._quit(), group="quit", exclusive=True)
        else:
            self._app.exit()

    def copy(self, text: str | None, what: str | None = None) -> None:
        """To the clipboard by OSC 52, which not every terminal takes, and so to a file as well."""
        if not text:
            self.say("nothing is selected that could be copied", "warning")
            return
        text = outside(text, 20_000)
        self._app.copy_to_clipboard(text)
        path = write_private("copied", text + "\n", self._options.files)
        what = what or f"'{text}'"
        self.say(f"copied {what}; also in {path}" if path else f"copied {what}")

    async def _resync(self, rows: tuple[WorkspaceRow, ...], everything: bool) -> None:
        keys = tuple(row.key for row in rows)
        name = "all workspaces" if everything else outside(rows[0].name)
        screen = ResyncScreen(self._feed, keys, name, self._clock, word="all" if everything else None)
        parts: tuple[Part, ...] | None = await self._app.push_screen_wait(screen)
        if parts is None:
            return
        ids = await self._try(self._feed.resync(keys, parts))
        if ids is not None:
            self.say(f"resync of {name} queued ({plural(len(ids), 'run')}): see the runs; x cancels")

    async def _poll(self, row: WorkspaceRow) -> None:
        ids = await self._try(self._feed.poll((row.key,)))
        if ids is not None:
            self.say(f"polling {outside(row.name)} now")

    async def _job(self, frame: Frame) -> None:
        known = [row for row in frame.snapshot.jobs if row.name in tuple(Job)]
        widest = max((len(row.name) for row in known), default=0)
        choices = [(row.name, f"{row.name:<{widest}}  {outside(row.schedule)}") for row in known]
        if not choices:
            self.say("no job is known yet", "warning")
            return
        name: str | None = await self._app.push_screen_wait(PickScreen("run now", choices, None))
        if name is not None and await self._try(self._feed.run_job(Job(name))) is not None:
            self.say(f"{name} queued: see the runs; x cancels")

    async def _cancel(self, row: RunRow) -> None:
        what = f"{row.run.job.value} of {label(row)}"
        lines: list[Line] = [
            (Piece(f"Cancel the {what}?", "strong"),),
            (),
            (Piece("It stops at the next page. What was read stays; nothing is undone.", "soft"),),
        ]
        if not await self._app.push_screen_wait(ConfirmScreen("cancel a run", lines, "Cancel the run")):
            return
        stopping = await self._try(self._feed.cancel(row.run.id))
        if stopping is not None:
            self.say(f"{what} is asked to stop" if stopping else f"{what} was over already")

    async def _told(self, call: Awaitable[T], told: Callable[[T | str], None]) -> None:
        try:
            told(await call)
        except BisonwatchError as error:
            told(outside(str(error)))

    async def _opened(self, letter: UUID) -> Opened:
        found = await self._feed.letter(letter)
        if found is None:
            raise CallError("it is not in the log any more")
        return found

    async def _change(
        self,
        letter: Letter,
        asked: Question,
        deed: Callable[[tuple[UUID, ...] | Wanted], Awaitable[Changed]],
        then: Callable[[], None],
    ) -> None:
        question = ConfirmScreen(asked.title, asked.lines, asked.yes, asked.word)
        if not await self._app.push_screen_wait(question):
            return
        changed = await self._try(deed(Wanted(letter.group) if asked.alike else (letter.id,)))
        if changed is not None:
            text, well = asked.told(changed)
            self.say(text, "information" if well else "warning")
            then()

    async def _card(self, instance: str, number: int) -> AccountCard:
        found = await self._feed.account(instance, number)
        if found is None:
            raise CallError("it is not in the mirror any more")
        return found

    async def _confirm(self, held: Held, now: datetime, then: Callable[[], None]) -> None:
        question = ConfirmScreen("accounts that wait", held_question(held, now), "They are gone")
        if not await self._app.push_screen_wait(question):
            return
        confirmed = await self._try(self._feed.confirm_absent(held.workspace, held.absence))
        if confirmed is not None:
            self.say(f"confirmed {plural(confirmed, 'account')} of {held.workspace}; the engine walks now")
        then()

    async def _quit(self) -> None:
        lines: list[Line] = [
            (Piece("Quit, and stop the engine too?", "strong"),),
            (),
            (Piece("The engine lives in this process and stops with it. Webhooks that arrive", "soft"),),
            (Piece("meanwhile are found by the next poll once an engine runs again.", "soft"),),
        ]
        if await self._app.push_screen_wait(ConfirmScreen("quit", lines, "Stop and quit")):
            self._app.exit()

    async def _try(self, call: Awaitable[T]) -> T | None:
        try:
            return await call
        except BisonwatchError as error:
            self.say(outside(str(error)), "error", timeout=10)
            return None
