"""Objects whose state an event called into question: read again, and the reading decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clock import Clock
from bisonwatch.domain.changes import HintKind
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import ConfigError, ProviderError, RecordElsewhere, RecordMissing
from bisonwatch.retry import Backoff
from bisonwatch.store import accounts, hints, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.hints import Asked
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.providers import Providers

PATIENT = Backoff(first=5.0, most=600.0)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pass:
    """One round of re-reading."""

    read: int = 0
    removed: int = 0
    put_off: int = 0

    def plus(self, other: Pass) -> Pass:
        return Pass(self.read + other.read, self.removed + other.removed, self.put_off + other.put_off)


class _End(Enum):
    READ = auto()
    REMOVED = auto()
    PUT_OFF = auto()


class Hints:
    """What is due of this node's share, `limit` objects at a time; a failed one waits longer each time."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        clock: Clock,
        bus: Bus,
        labels: Labels,
        *,
        share: Callable[[], Share] = lambda: WHOLE,
        limit: int = 50,
        concurrency: int = 5,
        backoff: Backoff = PATIENT,
    ) -> None:
        self._database = database
        self._providers = providers
        self._clock = clock
        self._bus = bus
        self._labels = labels
        self._share = share
        self._limit = limit
        self._concurrency = concurrency
        self._backoff = backoff

    async def once(self) -> Pass:
        """Read again what is due, until nothing is: a whole workspace that lost its connection is known within a minute."""
        whole = Pass()
        while True:
            done, more = await self._some()
            whole = whole.plus(done)
            if not more:
                return whole

    async def _some(self) -> tuple[Pass, bool]:
        """A few, and whether others may be due."""
        share, most = self._share(), self._limit
        async with self._database.read() as tx:
            due = await hints.due(tx, self._clock.now(), most * share.of)
        mine = [asked for asked in due if share.holds(self._providers.slot(asked.hint.workspace))][:most]
        gate = asyncio.Semaphore(self._concurrency)
        ends = await asyncio.gather(*(self._answer(asked, gate) for asked in mine))
        done = Pass(ends.count(_End.READ), ends.count(_End.REMOVED), ends.count(_End.PUT_OFF))
        return done, bool(mine) and len(due) == most * share.of

    async def _answer(self, asked: Asked, gate: asyncio.Semaphore) -> _End:
        async with gate:
            try:
                end = await self._read(asked)
            except (ProviderError, ConfigError) as problem:
                await self._put_off(asked, problem)
                return _End.PUT_OFF
        self._bus.publish(Topic.CHANGED, asked.hint.workspace)
        return end

    async def _read(self, asked: Asked) -> _End:
        """Nothing but accounts is mirrored by id yet: other hints are simply answered."""
        hint = asked.hint
        if hint.kind is not HintKind.ACCOUNT:
            return await self._leave(asked)
        client = await self._providers.client(hint.workspace, Priority.FOLLOW_UP)
        before = max(self._clock.now(), hint.known_at)
        try:
            account = await client.accounts.one(hint.object_id, hint.workspace)
        except RecordMissing as missing:
            await self._remove(asked, missing.known_at or before)
            return _End.REMOVED
        except RecordElsewhere:  # it moved: the walk of the workspace that has it now takes it along
            return await self._leave(asked)
        labelled = [self._labels.of(account)]

        async def write(tx: Tx) -> None:
            await accounts.write(tx, labelled)
            await workspaces.set_daily_limit(tx, hint.workspace)
            await hints.answered(tx, asked)

        await self._database.again(Lane.JOBS, write)
        return _End.READ

    async def _leave(self, asked: Asked) -> _End:
        async with self._database.write(Lane.JOBS) as tx:
            await hints.answered(tx, asked)
        return _End.READ

    async def _remove(self, asked: Asked, before: datetime) -> None:
        workspace = asked.hint.workspace

        async def write(tx: Tx) -> None:
            await accounts.gone(tx, workspace, asked.hint.object_id, before)
            await workspaces.set_daily_limit(tx, workspace)
            await hints.answered(tx, asked)

        await self._database.again(Lane.JOBS, write)

    async def _put_off(self, asked: Asked, problem: ProviderError | ConfigError) -> None:
        wait = timedelta(seconds=self._backoff.wait(asked.attempts + 1))
        if not asked.attempts:
            log.warning("%s: account %d: %s", asked.hint.workspace, asked.hint.object_id, problem)
        async with self._database.write(Lane.JOBS) as tx:
            await hints.put_off(tx, asked, self._clock.now() + wait)
