"""The cache of datasets, put together for one engine, as its faces ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bisonwatch.bus import Bus
from bisonwatch.cache.dataset_cache import DatasetCache, Flawed, Makes, Spans
from bisonwatch.cache.stock import Stock
from bisonwatch.cache.tally import Tally
from bisonwatch.cache.warmer import Warmer
from bisonwatch.clock import Clock
from bisonwatch.domain.cached import CacheStats, DatasetsOf, Envelope
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.metrics import Caching
from bisonwatch.store.database import Database

EVERY = tuple(DatasetName)


class Datasets:
    """`watched` are the workspaces that are not paused; `flawed` is told of values that were refused."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        makes: Makes,
        spans: Spans,
        watched: Callable[[], Iterable[WorkspaceKey]],
        flawed: Flawed = lambda _workspace, _name, _flaws: None,
        figures: Caching | None = None,
    ) -> None:
        tally = Tally(clock, figures)
        self._watched = watched
        self._cache = DatasetCache(makes, spans, clock, tally, flawed)
        self._stock = Stock(database, self._cache, tally, clock)
        self._warmer = Warmer(self._cache, self._stock, bus, clock, watched)

    async def run(self) -> None:
        """Keep them warm; readers are answered without it too."""
        await self._warmer.run()

    async def of(self, workspace: WorkspaceKey) -> DatasetsOf:
        """Raises UnknownWorkspace."""
        return await self._cache.read_all(workspace)

    async def one(self, workspace: WorkspaceKey, name: DatasetName, *, fresh: bool = False) -> Envelope:
        """`fresh`: made now. Raises UnknownWorkspace."""
        return await (self._cache.anew if fresh else self._cache.read)(workspace, name)

    async def stats(self) -> CacheStats:
        """Of every watched workspace. Raises StoreError."""
        return await self._stock.stats([(key, name) for key in self._watched() for name in EVERY])

    async def refresh(self, workspaces: tuple[WorkspaceKey, ...], names: tuple[DatasetName, ...]) -> int:
        """Make these now and store them; how many could be made. None named: all. Raises StoreError."""
        return await self._stock.refresh(workspaces or tuple(self._watched()), names or EVERY)

    async def clear(self, workspaces: tuple[WorkspaceKey, ...]) -> int:
        """How many values are gone. None named: all. Raises StoreError."""
        gone = await self._stock.clear(workspaces or tuple(self._watched()))
        self._warmer.wake()
        return gone
