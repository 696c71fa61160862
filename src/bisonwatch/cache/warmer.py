"""Keeps the datasets of every watched workspace warm: made anew before their time ends, and soon after news where somebody reads them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable, Iterable

from bisonwatch.bus import Bus, Topic
from bisonwatch.cache.dataset_cache import DatasetCache, Key
from bisonwatch.cache.stock import Stock
from bisonwatch.clock import Clock
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import StoreError

log = logging.getLogger(__name__)

SOONEST_S, LATEST_S = 0.5, 5.0
SAVE_S = 60.0
"""So old at most is what a crash loses of values and counts."""
LOOK_S = 5.0
"""So long at most a value that another process made, or cleared, goes unnoticed."""
LAST_S = 2.0
"""How long a stop waits for the last writing."""
WARM = 100
"""Workspaces that are kept warm whether somebody reads them or not; where there are more, what was read in the last `READ_S` is."""
READ_S = 3600.0


class Warmer:
    """`watched` are the workspaces that are not paused. `once` begins what is due; `settled` waits for it."""

    def __init__(
        self,
        cache: DatasetCache,
        stock: Stock,
        bus: Bus,
        clock: Clock,
        watched: Callable[[], Iterable[WorkspaceKey]],
    ) -> None:
        self._cache, self._stock, self._clock, self._watched = cache, stock, clock, watched
        self._changed = bus.subscribe(Topic.CHANGED)
        self._working: dict[WorkspaceKey, asyncio.Task[None]] = {}
        self._saved_at = clock.monotonic()
        self._looked_at = float("-inf")
        self._failing_since: float | None = None

    async def run(self) -> None:
        news = set[Hashable]()
        try:
            while True:
                await self._exchange()
                wait = self.once(news | self._changed.take())
                news = await self._changed.wait(min(max(wait, 0.0), LATEST_S))
                await self._clock.sleep(SOONEST_S)
        finally:
            await self.stop()

    def once(self, news: Iterable[object] = ()) -> float:
        """Begin what is due, one dataset of a workspace after another; seconds until the next is."""
        for key in news:
            if isinstance(key, WorkspaceKey):
                self._cache.changed(key)
        wanted = self._wanted()
        soonest, due = LATEST_S if wanted else SOONEST_S, dict[WorkspaceKey, list[Key]]()
        for key in wanted:
            wait = self._cache.memo.due_in(key)
            if wait > 0:
                soonest = min(soonest, wait)
            else:
                due.setdefault(key[0], []).append(key)
        for workspace, keys in due.items():
            if workspace not in self._working:
                self._begin(workspace, keys)
        return soonest

    def wake(self) -> None:
        """Look now for what is due."""
        self._changed.put(None)

    async def settled(self) -> None:
        """Wait until nothing that was begun is still being made."""
        while self._working:
            await asyncio.wait(tuple(self._working.values()))

    async def stop(self) -> None:
        """What is being made is left; what was made and counted is written, if the database takes it soon."""
        working = tuple(self._working.values())
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await self._cache.close()
        try:
            async with asyncio.timeout(LAST_S):
                await self._stock.save()
        except (StoreError, TimeoutError) as error:
            log.warning("what the cache of datasets made last is not written: %s", error or "no answer")

    def _wanted(self) -> list[Key]:
        watched = tuple(self._watched())
        if len(watched) <= WARM:
            return [(workspace, name) for workspace in watched for name in DatasetName]
        known, since = frozenset(watched), self._clock.monotonic() - READ_S
        memo = self._cache.memo
        return [key for key in memo if key[0] in known and (e := memo.look(key)) and e.read_at >= since]

    def _begin(self, workspace: WorkspaceKey, keys: list[Key]) -> None:
        task = asyncio.create_task(self._make(keys), name=f"datasets of {workspace}")
        self._working[workspace] = task
        task.add_done_callback(lambda _: self._working.pop(workspace, None))

    async def _make(self, keys: list[Key]) -> None:
        """How it ended is the cache's to tell."""
        for key in keys:
            await asyncio.wait({self._cache.memo.begin(key)})

    async def _exchange(self) -> None:
        """With the database, when it is time; while it is away the cache goes on with what it holds."""
        now = self._clock.monotonic()
        try:
            if now - self._saved_at >= SAVE_S:
                self._saved_at = now
                await self._stock.save()
            if now - self._looked_at >= LOOK_S:
                self._looked_at = now
                await self._stock.look()
        except StoreError as error:
            if self._failing_since is None:
                self._failing_since = now
                log.warning("the cache of datasets cannot be stored: %s", error)
            return
        if self._failing_since is not None:
            log.info("the cache of datasets is stored again, after %.1f s", now - self._failing_since)
            self._failing_since = None
