"""What the views of datasets ask of the feed. Each is a worker; none blocks the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from textual.app import App

from bisonwatch.domain.cached import CacheStats, DatasetsOf
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import BisonwatchError
from bisonwatch.tui.errands import Errands
from bisonwatch.tui.format import plural
from bisonwatch.tui.lines import outside
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.tables.cache import Wares
from bisonwatch.tui.views.cache import clear_question

T = TypeVar("T")
Told = Callable[[T | str], None]
"""Is handed an answer, or why there is none."""


class DataErrands:
    """Errors of the feed become words where they are waited for."""

    def __init__(self, app: App[None], feed: Feed, errands: Errands) -> None:
        self._app, self._feed, self._errands = app, feed, errands

    def stats(self, told: Told[CacheStats]) -> None:
        self._app.run_worker(self._tell(self._feed.cache_stats(), told), group="cache", exclusive=True)

    def datasets(self, key: WorkspaceKey, told: Told[DatasetsOf]) -> None:
        self._app.run_worker(self._tell(self._feed.datasets(key), told), group="datasets", exclusive=True)

    def refresh(self, wares: Wares | None, then: Callable[[], None]) -> None:
        """None: every dataset of every workspace."""
        self._app.run_worker(self._refresh(wares, then), group="cache-refresh")

    def clear(self, then: Callable[[], None]) -> None:
        self._app.run_worker(self._clear(then), group="cache-clear", exclusive=True)

    async def _refresh(self, wares: Wares | None, then: Callable[[], None]) -> None:
        what = f"{', '.join(wares.names)} of {outside(wares.row.name)}" if wares else "all datasets"
        self._errands.say(f"making {what} …")
        keys = (wares.row.key,) if wares else ()
        made = await self._try(self._feed.refresh_datasets(keys, wares.names if wares else ()))
        if made is None:
            return
        asked = len(wares.names) if wares else len(DatasetName) * self._watched()
        if made < asked:
            self._errands.say(
                f"made {made:,} of {plural(asked, 'dataset')}; K says why of the rest", "warning"
            )
        else:
            self._errands.say(f"made {plural(made, 'dataset')}")
        then()

    def _watched(self) -> int:
        return sum(row.health is not Health.PAUSED for row in self._feed.snapshot().workspaces)

    async def _clear(self, then: Callable[[], None]) -> None:
        asked = ConfirmScreen("clear the cache", clear_question(), "Clear")
        if not await self._app.push_screen_wait(asked):
            return
        gone = await self._try(self._feed.clear_datasets(()))
        if gone is not None:
            self._errands.say(f"threw away {plural(gone, 'dataset')}; they are made anew")
            then()

    async def _try(self, call: Awaitable[T]) -> T | None:
        try:
            return await call
        except BisonwatchError as error:
            self._errands.say(outside(str(error)), "error", timeout=10)
            return None

    async def _tell(self, call: Awaitable[T], told: Told[T]) -> None:
        try:
            told(await call)
        except BisonwatchError as error:
            told(outside(str(error)))
