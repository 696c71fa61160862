"""What of the cache stands in the database: values, so that a restart starts warm and processes share them, and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bisonwatch.cache.dataset_cache import Content, DatasetCache, Key
from bisonwatch.cache.memo import Kept
from bisonwatch.cache.tally import Tally
from bisonwatch.clock import Clock
from bisonwatch.domain.cache_counts import CacheCounts, Slot, together
from bisonwatch.domain.cached import CacheStats
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import cache_minutes, datasets
from bisonwatch.store.database import Database
from bisonwatch.store.datasets import Stored

TOGETHER = 100
"""Workspaces whose values are written together: more would push each other out before they are."""
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
Sums = Mapping[Key, CacheCounts]


class Stock:
    """Between one cache and its tables. Sums over the tables are read once after each writing; what is not written is added to them."""

    def __init__(self, database: Database, cache: DatasetCache, tally: Tally, clock: Clock) -> None:
        self._database, self._cache, self._tally, self._clock = database, cache, tally, clock
        self._looked: dict[Key, datetime] = {}
        self._sums: tuple[Sums, Sums] | None = None
        self._sums_at = float("-inf")

    async def save(self) -> None:
        """Write what was made and counted since this was done last: one transaction. What could not be written waits for the next time."""
        made, counted = self._cache.take_made(), self._tally.take()
        if not made and not counted:
            return
        try:
            async with self._database.write() as tx:
                await datasets.write(tx, [self._stored(key, kept) for key, kept in made])
                await cache_minutes.add(tx, counted)
        except BaseException:
            self._cache.not_saved(key for key, _ in made)
            self._tally.give_back(counted)
            raise
        self._sums = None

    async def look(self) -> int:
        """Take over what another process made, or threw away; how many values were taken."""
        async with self._database.read() as tx:
            marks = await datasets.marks(tx)
            news = {key for key, mark in marks.items() if self._looked.get(key) != mark.made_at}
            wanted = [key for key in news if not marks[key].cleared and self._newer(key, marks[key].made_at)]
            rows = await datasets.some(tx, wanted)
        for key in news:
            if marks[key].cleared and self._older(key, marks[key].made_at):
                self._cache.forget(key)
        self._looked = {key: mark.made_at for key, mark in marks.items()}
        return sum([self._take(row) for row in rows])

    async def refresh(self, workspaces: Sequence[WorkspaceKey], names: Sequence[DatasetName]) -> int:
        """Make these now and write them, some workspaces after others; how many could be made. Raises StoreError."""
        made = 0
        for first in range(0, len(workspaces), TOGETHER):
            made += await self._cache.refresh(workspaces[first : first + TOGETHER], names)
            await self.save()
        return made

    async def clear(self, workspaces: Iterable[WorkspaceKey]) -> int:
        """Forget everything of these, here and in the database, from where others hear of it; how many values there were."""
        wanted = tuple(workspaces)
        kept = self._cache.clear(wanted)
        async with self._database.write() as tx:
            stored = await datasets.clear(tx, wanted, self._clock.now())
        return max(kept, stored)

    async def stats(self, keys: Iterable[Key]) -> CacheStats:
        """How each of these stands, as this process holds it."""
        hour, day = await self._read_sums()
        now, waiting = self._clock.now(), self._tally.waiting()
        hour, day = _with(hour, waiting, now - HOUR), _with(day, waiting, now - DAY)
        entries = [self._cache.entry(key, hour.get(key), day.get(key)) for key in keys]
        return CacheStats(now, tuple(entries), self._cache.most)

    async def _read_sums(self) -> tuple[Sums, Sums]:
        """A day's rows are many: read again when they changed, or a minute passed."""
        passed = self._clock.monotonic() - self._sums_at
        if self._sums is None or passed >= 60.0:
            now = self._clock.now()
            async with self._database.read() as tx:
                self._sums = (
                    await cache_minutes.sums(tx, now - HOUR),
                    await cache_minutes.sums(tx, now - DAY),
                )
            self._sums_at = self._clock.monotonic()
        return self._sums

    def _stored(self, key: Key, kept: Kept[Content]) -> Stored:
        ends = kept.made_at + timedelta(seconds=self._cache.lives[key[1]])
        return Stored(*key, kept.made_at, ends, kept.value.value, kept.value.warnings)

    def _take(self, row: Stored) -> bool:
        return self._cache.memo.put((row.workspace, row.name), Content(row.value, row.warnings), row.made_at)

    def _newer(self, key: Key, made_at: datetime) -> bool:
        """Whether what is stored is worth reading: newer than what is kept, and young enough to be given."""
        entry = self._cache.memo.look(key)
        kept = entry.kept if entry else None
        return (kept is None or kept.made_at < made_at) and self._cache.given(key, made_at)

    def _older(self, key: Key, cleared_at: datetime) -> bool:
        entry = self._cache.memo.look(key)
        return entry is not None and (entry.kept is None or entry.kept.made_at <= cleared_at)


def _with(sums: Sums, waiting: Mapping[Slot, CacheCounts], since: datetime) -> Sums:
    """What is not written yet is among them."""
    found = dict(sums)
    for slot, counts in waiting.items():
        key = slot.workspace, slot.name
        if slot.minute >= since:
            found[key] = together((found.get(key, CacheCounts()), counts))
    return found
