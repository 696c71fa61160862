"""What is asked of the feed about runs. Each is a worker; none blocks the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from textual.app import App

from bisonwatch.domain.feed import Feed
from bisonwatch.domain.history import Place, RunPage, Wish
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.errors import BisonwatchError, CallError
from bisonwatch.tui.errands import Errands
from bisonwatch.tui.format import plural
from bisonwatch.tui.lines import Line, Piece, outside
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.views.run import FEW, alike, name

T = TypeVar("T")


class RunErrands:
    """Beside `Errands`, whose toasts it uses."""

    def __init__(self, app: App[None], feed: Feed, errands: Errands) -> None:
        self._app, self._feed, self._errands = app, feed, errands

    def page(self, wish: Wish, after: Place | None, told: Callable[[RunPage | str], None]) -> None:
        """Hand over a page of history, or why it cannot be had."""
        self._app.run_worker(self._told(self._feed.runs(wish, after), told), group="runs")

    def pace(self, row: RunRow, told: Callable[[tuple[RunRow, ...] | str], None]) -> None:
        """Hand over the last runs of its job: for its workspace, or for any where that had few."""
        self._app.run_worker(self._told(self._pace(row), told), group="pace")

    def one(self, run: UUID, told: Callable[[RunRow | str], None]) -> None:
        """Hand over a run as it is now, or why it cannot be had."""
        self._app.run_worker(self._told(self._found(run), told), group="run")

    def again(self, row: RunRow) -> None:
        self._app.run_worker(self._again(row), group="run-again", exclusive=True)

    def cancel_queued(self, waiting: int) -> None:
        self._app.run_worker(self._cancel_queued(waiting), group="cancel", exclusive=True)

    async def _told(self, call: Awaitable[T], told: Callable[[T | str], None]) -> None:
        try:
            told(await call)
        except BisonwatchError as error:
            told(outside(str(error)))

    async def _pace(self, row: RunRow) -> tuple[RunRow, ...]:
        job, workspace = frozenset((row.run.job,)), row.run.workspace
        found = (await self._feed.runs(Wish(job, workspace=workspace), None)).rows
        if workspace is None or len(alike(row, found)) >= FEW:
            return found
        return (await self._feed.runs(Wish(job), None)).rows

    async def _found(self, run: UUID) -> RunRow:
        found = await self._feed.run(run)
        if found is None:
            raise CallError("it is not kept any more")
        return found

    async def _again(self, row: RunRow) -> None:
        parts = ", ".join(part.value for part in row.run.parts)
        lines: list[Line] = [
            (Piece(f"Run the {name(row)} again?", "strong"),),
            *([(Piece(f"Only {parts}.", "ink"),)] if parts else []),
            (),
            (Piece("It waits for its turn behind what is queued already.", "soft"),),
        ]
        if not await self._app.push_screen_wait(ConfirmScreen("run again", lines, "Run it again")):
            return
        if await self._try(self._feed.again(row.run.id)) is not None:
            self._errands.say(f"{name(row)} queued: see the runs; x cancels")

    async def _cancel_queued(self, waiting: int) -> None:
        lines: list[Line] = [
            (Piece(f"Cancel all that is queued ({plural(waiting, 'run')} now)?", "strong"),),
            (),
            (Piece("What has begun goes on. The schedule asks again when its time comes;", "soft"),),
            (Piece("what people asked for has to be asked for again.", "soft"),),
        ]
        question = ConfirmScreen("cancel what is queued", lines, "Cancel them", "cancel")
        if not await self._app.push_screen_wait(question):
            return
        count = await self._try(self._feed.cancel_queued())
        if count is not None:
            self._errands.say(f"cancelled {plural(count, 'queued run')}")

    async def _try(self, call: Awaitable[T]) -> T | None:
        try:
            return await call
        except BisonwatchError as error:
            self._errands.say(outside(str(error)), "error", timeout=10)
            return None
