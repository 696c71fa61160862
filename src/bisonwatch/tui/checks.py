"""What the views of drift, of subscriptions and of the logs ask of the feed. Each is a worker; none blocks the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from textual.app import App

from bisonwatch.domain.api_log import ApiLog, EndpointHours
from bisonwatch.domain.comparison import Books, History
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.span import Span
from bisonwatch.domain.subscription import Hook, Landing
from bisonwatch.domain.validation_log import ValidationLog
from bisonwatch.errors import BisonwatchError
from bisonwatch.tui.errands import Errands
from bisonwatch.tui.lines import outside
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.views.hooks import landed_words, mended_words, register_question

T = TypeVar("T")
Told = Callable[[T | str], None]
"""Is handed an answer, or why there is none."""
Deed = Callable[[WorkspaceKey, str, bool], None]
"""Is told what became of a subscription, in words, and whether it is well."""


class Checks:
    """Errors of the feed become words where they are waited for."""

    def __init__(self, app: App[None], feed: Feed, errands: Errands) -> None:
        self._app, self._feed, self._errands = app, feed, errands

    def books(self, told: Told[Books]) -> None:
        self._app.run_worker(self._tell(self._feed.books(), told), group="books")

    def history(self, workspace: WorkspaceKey, told: Told[History]) -> None:
        self._app.run_worker(self._tell(self._feed.history(workspace), told), group="history")

    def hooks(self, told: Told[tuple[Hook, ...]]) -> None:
        self._app.run_worker(self._tell(self._feed.hooks(), told), group="hooks")

    def api_log(self, span: Span, told: Told[ApiLog]) -> None:
        self._app.run_worker(self._tell(self._feed.api_log(span), told), group="api log")

    def api_hours(self, instance: str, endpoint: str, told: Told[EndpointHours]) -> None:
        self._app.run_worker(self._tell(self._feed.api_hours(instance, endpoint), told), group="api hours")

    def validation_log(self, span: Span, told: Told[ValidationLog]) -> None:
        self._app.run_worker(self._tell(self._feed.validation_log(span), told), group="validation log")

    def compare(self, row: WorkspaceRow) -> None:
        self._app.run_worker(self._compare(row), group="compare")

    def look(self, row: WorkspaceRow, told: Deed) -> None:
        told(row.key, "the provider is asked …", True)
        self._app.run_worker(self._look(row, told), group="look")

    def test(self, row: WorkspaceRow, told: Deed) -> None:
        told(row.key, "a test event is on its way; waiting for it half a minute at most", True)
        self._app.run_worker(self._test(row, told), group="fly")

    def register(self, row: WorkspaceRow, told: Deed) -> None:
        self._app.run_worker(self._register(row, told), group="mend")

    async def _compare(self, row: WorkspaceRow) -> None:
        try:
            await self._feed.compare((row.key,))
        except BisonwatchError as error:
            self._errands.say(outside(str(error)), "error", timeout=10)
            return
        self._errands.say(f"comparing {outside(row.name)} with the provider: two minutes at most, x cancels")

    async def _look(self, row: WorkspaceRow, told: Deed) -> None:
        try:
            await self._feed.look(row.key)
        except BisonwatchError as error:
            self._failed(row, error, told)
            return
        told(row.key, "the provider was asked", True)

    async def _test(self, row: WorkspaceRow, told: Deed) -> None:
        try:
            landing: Landing = await self._feed.fly(row.key)
        except BisonwatchError as error:
            self._failed(row, error, told)
            return
        words, well = landed_words(landing)
        told(row.key, words, well)
        self._errands.say(f"{outside(row.name)}: {words}", "information" if well else "warning", timeout=8)

    async def _register(self, row: WorkspaceRow, told: Deed) -> None:
        asked = ConfirmScreen("register", register_question(row), "Register")
        if not await self._app.push_screen_wait(asked):
            return
        told(row.key, "registering …", True)
        try:
            mended = await self._feed.mend(row.key)
        except BisonwatchError as error:
            self._failed(row, error, told)
            return
        words = mended_words(mended)
        told(row.key, words, not mended.spare)
        self._errands.say(f"{outside(row.name)}: {words}")

    def _failed(self, row: WorkspaceRow, error: BisonwatchError, told: Deed) -> None:
        words = outside(str(error))
        told(row.key, words, False)
        self._errands.say(f"{outside(row.name)}: {words}", "error", timeout=10)

    async def _tell(self, call: Awaitable[T], told: Told[T]) -> None:
        try:
            told(await call)
        except BisonwatchError as error:
            told(outside(str(error)))
