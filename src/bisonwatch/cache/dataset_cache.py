"""The datasets of all workspaces, kept warm: what a reader gets, and what was counted of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bisonwatch.cache.memo import Entry, Kept, Landed, Life, Memo
from bisonwatch.cache.tally import Tally
from bisonwatch.clock import Clock
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.cached import CacheEntry, DatasetsOf, Envelope
from bisonwatch.domain.dataset import DatasetName, Made
from bisonwatch.domain.freshness import Freshness, Limits, Source, age, limits_of, mark
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json
from bisonwatch.errors import (
    BisonwatchError,
    DatasetInvalid,
    Flaw,
    StoreBarred,
    StoreConflict,
    StoreUnavailable,
    UnknownWorkspace,
)
from bisonwatch.retry import Steps

log = logging.getLogger(__name__)

Key = tuple[WorkspaceKey, DatasetName]
ABREAST = 5
MOST = 1_000
"""Values kept: those read or made longest ago make room. Of each a few kilobytes."""
REST_S = 5.0
REST_SHARE = 12
"""A dataset that may live for long is not made anew every five seconds of a busy hour: a twelfth of its life lies between."""
_TRIES = Steps((1.0, 2.0))


Flawed = Callable[[WorkspaceKey, DatasetName, tuple[Flaw, ...]], None]


@dataclass(frozen=True, slots=True)
class Makes:
    """How datasets are made: `make` raises UnknownWorkspace, StoreError, DatasetInvalid; `plain` gives a value as JSON data."""

    make: Callable[[WorkspaceKey, DatasetName], Awaitable[Made]]
    plain: Callable[[object], Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class Content:
    """A made value as plain data, and what is suspicious in it."""

    value: Mapping[str, Json]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spans:
    """How long each dataset lives, how long before its end it is made anew, and how long one making may take."""

    lives: Mapping[DatasetName, timedelta]
    prefetch: timedelta = timedelta(seconds=10)
    timeout: timedelta = timedelta(seconds=45)

    def limits(self, name: DatasetName) -> Limits:
        return limits_of(self.lives[name])

    def life(self, name: DatasetName) -> Life:
        """What lives no longer than `prefetch` is made anew at half of its life."""
        lives = self.lives[name].total_seconds()
        ahead = min(self.prefetch.total_seconds(), lives / 2)
        rest = max(REST_S, lives / REST_SHARE)
        return Life(lives, ahead, self.limits(name).served.total_seconds(), rest)


class DatasetCache:
    """`flawed` is told of each value that was refused. What was made waits for `take_made`, which stores it."""

    most = MOST

    def __init__(
        self,
        makes: Makes,
        spans: Spans,
        clock: Clock,
        tally: Tally,
        flawed: Flawed = lambda _workspace, _name, _flaws: None,
    ) -> None:
        self._makes, self._clock, self._tally, self._flawed = makes, clock, tally, flawed
        self._timeout = spans.timeout.total_seconds()
        self._limits = {name: spans.limits(name) for name in DatasetName}
        lives = {name: spans.life(name) for name in DatasetName}
        self.lives = {name: life.lives for name, life in lives.items()}
        self._gate = asyncio.Semaphore(ABREAST)
        self._failing: dict[Key, float] = {}
        self._made: set[Key] = set()
        self.memo: Memo[Key, Content] = Memo(
            self._make, lambda key: lives[key[1]], clock, most=MOST, landed=self._landed
        )

    async def read(self, workspace: WorkspaceKey, name: DatasetName) -> Envelope:
        """What is kept, at once, or what is made now. Raises UnknownWorkspace; every other failure is told in the envelope."""
        key = workspace, name
        kept = self.memo.glance(key)
        if kept is not None:
            past = self.memo.age(kept) >= self.lives[name]
            self._tally.count(workspace, name, *(("hits", "stale") if past else ("hits",)))
            return self._envelope(key, kept, Source.CACHE if kept.own else Source.STORED)
        try:
            kept = await self.memo.wait(key)
        except UnknownWorkspace:
            self.forget(key)
            raise
        except BisonwatchError as error:
            self._tally.count(workspace, name, "misses")
            return self._envelope(key, None, Source.NONE, error)
        self._tally.count(workspace, name, "misses")
        return self._envelope(key, kept, Source.MADE)

    async def anew(self, workspace: WorkspaceKey, name: DatasetName) -> Envelope:
        """What is made now, whatever is kept; where that fails, what is kept with the error. Raises UnknownWorkspace."""
        key = workspace, name
        try:
            return self._envelope(key, await self.memo.anew(key), Source.MADE)
        except UnknownWorkspace:
            self.forget(key)
            raise
        except BisonwatchError as error:
            kept = self.memo.glance(key)
            return self._envelope(key, kept, Source.CACHE if kept else Source.NONE, error)

    async def read_all(self, workspace: WorkspaceKey) -> DatasetsOf:
        """The four of one workspace. Raises UnknownWorkspace."""
        found = await asyncio.gather(*(self.read(workspace, name) for name in DatasetName))
        return DatasetsOf(workspace, self._clock.now(), tuple(found))

    async def refresh(self, workspaces: Iterable[WorkspaceKey], names: Sequence[DatasetName]) -> int:
        """Make these now, five workspaces at a time; how many could be made. One that fails never stops the others."""

        async def one(workspace: WorkspaceKey) -> int:
            well = 0
            for name in names:
                try:
                    well += (await self.anew(workspace, name)).source is Source.MADE
                except UnknownWorkspace:
                    break
            return well

        return sum(await asyncio.gather(*(one(workspace) for workspace in workspaces)))

    def changed(self, workspace: WorkspaceKey) -> None:
        """Something of it was written to the mirror."""
        for name in DatasetName:
            self.memo.mark((workspace, name))

    def clear(self, workspaces: Iterable[WorkspaceKey]) -> int:
        """Forget everything of these; how many values were kept."""
        keys = [(workspace, name) for workspace in workspaces for name in DatasetName]
        return sum([self.forget(key) for key in keys])

    def forget(self, key: Key) -> bool:
        """Whether a value was kept."""
        self._made.discard(key)
        self._failing.pop(key, None)
        return self.memo.drop(key)

    def entry(self, key: Key, hour: CacheCounts | None, day: CacheCounts | None) -> CacheEntry:
        """How it stands, without reading it."""
        held = self.memo.look(key) or Entry[Content]()
        return CacheEntry(
            workspace=key[0],
            name=key[1],
            made_at=held.kept.made_at if held.kept else None,
            freshness=self._mark(key, held.kept, held.error),
            waiting=held.marked and held.kept is not None,
            error=str(held.error) if held.error else None,
            failures=held.failures,
            hour=hour or CacheCounts(),
            day=day or CacheCounts(),
            warnings=held.kept.value.warnings if held.kept else (),
        )

    def given(self, key: Key, made_at: datetime) -> bool:
        """Whether a value made then is still given to readers."""
        return age(made_at, self._clock.now()) < self._limits[key[1]].served

    def take_made(self) -> list[tuple[Key, Kept[Content]]]:
        """What was made since this was asked last and is kept still."""
        made, self._made = self._made, set()
        entries = [(key, self.memo.look(key)) for key in made]
        return [(key, entry.kept) for key, entry in entries if entry and entry.kept and entry.kept.own]

    def not_saved(self, keys: Iterable[Key]) -> None:
        self._made.update(keys)

    async def close(self) -> None:
        await self.memo.close()

    async def _make(self, key: Key) -> Content:
        async with self._gate:
            try:
                made = await self._tried(key)
            except DatasetInvalid as error:
                self._flawed(*key, error.flaws)
                raise
        return Content(self._makes.plain(made.value), made.warnings)

    async def _tried(self, key: Key) -> Made:
        """Three times where the database did not answer or another writer was met; other failures would only come again."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._in_time(key)
            except (StoreUnavailable, StoreConflict) as error:
                wait = _TRIES.wait(attempt)
                if wait is None or isinstance(error, StoreBarred):
                    raise
            await self._clock.sleep(wait)

    async def _in_time(self, key: Key) -> Made:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._makes.make(*key)
        except TimeoutError as error:
            raise StoreUnavailable(
                f"{key[1].value} of {key[0]} was not made within {self._timeout:g} s"
            ) from error

    def _landed(self, key: Key, landed: Landed[Content]) -> None:
        well = landed.kept is not None
        self._tally.count(*key, "refreshed" if well else "failed")
        if landed.in_time is not None:
            self._tally.count(*key, "prefetched" if landed.in_time else "late")
        if well:
            self._made.add(key)
            self._recovered(key)
        else:
            self._failed(key)

    def _failed(self, key: Key) -> None:
        """Told once, however many fail: most often they all do, for one reason."""
        entry = self.memo.look(key)
        if entry is None or entry.error is None or isinstance(entry.error, UnknownWorkspace):
            return
        if not self._failing:
            log.warning("datasets cannot be made, %s of %s first: %s", key[1].value, key[0], entry.error)
        self._failing.setdefault(key, self._clock.monotonic())

    def _recovered(self, key: Key) -> None:
        since = self._failing.pop(key, None)
        if since is None:
            return
        self._failing = {key: at for key, at in self._failing.items() if self.memo.look(key)}
        if not self._failing:
            log.info("all datasets are made again, after %.1f s", self._clock.monotonic() - since)

    def _mark(self, key: Key, kept: Kept[Content] | None, error: BisonwatchError | None) -> Freshness:
        made_at, warnings = (kept.made_at, kept.value.warnings) if kept else (None, ())
        told = str(error) if error else None
        return mark(made_at, self._limits[key[1]], self._clock.now(), warnings=warnings, error=told)

    def _envelope(
        self, key: Key, kept: Kept[Content] | None, source: Source, error: BisonwatchError | None = None
    ) -> Envelope:
        entry = self.memo.look(key)
        error = error or (entry.error if entry else None)
        return Envelope(
            name=key[1],
            value=kept.value.value if kept else None,
            made_at=kept.made_at if kept else None,
            freshness=self._mark(key, kept, error),
            source=source,
            warnings=kept.value.warnings if kept else (),
            error=str(error) if error else None,
            retry_at=self._retry_at(entry) if error and entry else None,
        )

    def _retry_at(self, entry: Entry[Content]) -> datetime:
        wait = max(0.0, entry.retry_at - self._clock.monotonic())
        return self._clock.now() + timedelta(seconds=wait)
