"""A cache of datasets over a maker whose answers a test chooses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bisonwatch.bus import Bus, Topic
from bisonwatch.cache.dataset_cache import DatasetCache, Makes, Spans
from bisonwatch.cache.stock import Stock
from bisonwatch.cache.tally import Tally
from bisonwatch.cache.warmer import Warmer
from bisonwatch.domain.cache_counts import CacheCounts, together
from bisonwatch.domain.dataset import DatasetName, Made
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json
from bisonwatch.errors import Flaw
from bisonwatch.store.database import Database
from tests.support.clock import ManualClock

KPI, VOLUME, REVENUE, INFRASTRUCTURE = DatasetName
LIVES = {
    KPI: timedelta(seconds=60),
    VOLUME: timedelta(seconds=60),
    REVENUE: timedelta(minutes=5),
    INFRASTRUCTURE: timedelta(minutes=10),
}


def plain(value: object) -> Mapping[str, Json]:
    return {"made": int(str(value))}


class Maker:
    """Numbers that grow; `faults` are raised instead, by workspace, and `hanging` ones never come. `took`: seconds each takes."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.made = 0
        self.faults: dict[WorkspaceKey, Exception] = {}
        self.hanging: set[WorkspaceKey] = set()
        self.warnings: tuple[str, ...] = ()
        self.took = 0.0
        self.most = self.working = 0

    async def make(self, workspace: WorkspaceKey, _name: DatasetName) -> Made:
        self.made += 1
        number = self.made
        self.working += 1
        self.most = max(self.most, self.working)
        try:
            await (asyncio.Event().wait() if workspace in self.hanging else self.clock.sleep(self.took))
        finally:
            self.working -= 1
        if workspace in self.faults:
            raise self.faults[workspace]
        return Made(number, self.warnings)


class Pantry:
    """One node's cache; without a database it has no stock."""

    def __init__(
        self,
        clock: ManualClock,
        watched: tuple[WorkspaceKey, ...],
        database: Database | None = None,
        timeout: timedelta = timedelta(seconds=45),
    ) -> None:
        self.clock, self.watched = clock, watched
        self.maker, self.bus, self.tally = Maker(clock), Bus(), Tally(clock)
        self.flaws: list[tuple[WorkspaceKey, DatasetName, tuple[Flaw, ...]]] = []
        makes = Makes(self.maker.make, plain)
        spans = Spans(LIVES, timeout=timeout)
        self.cache = DatasetCache(makes, spans, clock, self.tally, lambda *told: self.flaws.append(told))
        self.stock = Stock(database, self.cache, self.tally, clock)  # type: ignore[arg-type]  # not asked then
        self.warmer = Warmer(self.cache, self.stock, self.bus, clock, lambda: self.watched)
        self.news = self.bus.subscribe(Topic.CHANGED)

    def counts(self) -> CacheCounts:
        return together(self.tally.waiting().values())
