"""What the words of `bisonwatch cache` have in common: a cache of their own over the mirror, which an engine need not run for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bisonwatch.cache.dataset_cache import DatasetCache
from bisonwatch.cache.stock import Stock
from bisonwatch.cache.tally import Tally
from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.looking import opened
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.engine import compose
from bisonwatch.store import nodes, workspaces
from bisonwatch.store.database import Database

SOON = "; what runs on this database takes it over within seconds"


@dataclass(frozen=True, slots=True)
class Desk:
    """`names` of all workspaces, `wanted` those asked for; `alive`: whether an engine runs on this database."""

    database: Database
    cache: DatasetCache
    stock: Stock
    names: Mapping[WorkspaceKey, str]
    wanted: tuple[WorkspaceKey, ...]
    alive: bool

    @property
    def soon(self) -> str:
        return SOON if self.alive else ""


@asynccontextmanager
async def desk(settings: Settings, words: Sequence[str]) -> AsyncIterator[Desk]:
    """Without a word all workspaces are meant. Raises CallError, UnknownWorkspace, StoreError."""
    async with opened(settings) as database:
        clock = database.clock
        async with database.read() as tx:
            known = sorted((await workspaces.names(tx)).items())
            alive = any(node.alive(clock.now()) for node in await nodes.recent(tx))
        wanted = tuple(key for key, _ in chosen(words, not words, known))
        tally = Tally(clock)
        cache = DatasetCache(
            compose.makes_of(settings, database, clock), compose.spans_of(settings), clock, tally
        )
        try:
            yield Desk(database, cache, Stock(database, cache, tally, clock), dict(known), wanted, alive)
        finally:
            await cache.close()
