"""Polls the event logs: walks what is due, finds what no webhook brought, and puts it into the inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import LogRow
from bisonwatch.clock import Clock
from bisonwatch.domain.event import SUBSCRIBABLE
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import ConfigError, ProviderBusy, ProviderError, ProviderUnreachable, RouteMissing
from bisonwatch.store import cursors, watch
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.watch import Watch
from bisonwatch.sync import crew, plan, roster
from bisonwatch.sync.key import unserved
from bisonwatch.sync.ladder import Ladder
from bisonwatch.sync.log_walk import STREAM, Before, LogWalk
from bisonwatch.sync.meter import Done, Meter, StopAsked
from bisonwatch.sync.misses import Misses
from bisonwatch.sync.plan import Candidate, Tempo
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.record import STREAM as RECORDED
from bisonwatch.sync.record import Ours, by_path
from bisonwatch.sync.toll import Toll, tell

SUBSCRIBED = frozenset(kind.value for kind in SUBSCRIBABLE)
NO_LOG = "this Email Bison instance has neither an event log nor the lists that would replace it: lost webhooks cannot be found"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WalkResult:
    """A finished walk. `applied` rows were put into the inbox; `missed` of them a webhook should have brought.

    `log` is False where the instance has no event log: its lists were read instead, and `applied` are the facts that were new.
    """

    workspace: WorkspaceKey
    rows: int = 0
    applied: int = 0
    missed: int = 0
    missing_since: datetime | None = None
    log: bool = True


class Poller:
    """`timeout` is the longest wait for one page of the log, retries included. `ladder` is gone down where there is no log.

    `ours` tells which of the provider's deliveries were to us.
    """

    def __init__(
        self,
        database: Database,
        providers: Providers,
        clock: Clock,
        bus: Bus,
        tempo: Tempo | None = None,
        *,
        concurrency: int = 5,
        timeout: timedelta = timedelta(seconds=45),
        subscribed: frozenset[str] = SUBSCRIBED,
        ladder: Ladder | None = None,
        ours: Ours = by_path,
    ) -> None:
        self._database = database
        self._providers = providers
        self._clock = clock
        self._bus = bus
        self.tempo = tempo or Tempo()
        self._concurrency = concurrency
        self._timeout_s = timeout.total_seconds()
        self._subscribed = subscribed
        self._ladder = ladder
        self._ours = ours
        self._carried: dict[WorkspaceKey, Toll] = {}
        self._walking: dict[WorkspaceKey, asyncio.Lock] = {}
        self._walks = 0
        self._finished: dict[WorkspaceKey, int] = {}
        """The number of the last walk that came to its end."""

    async def once(self, meter: Meter | None = None, share: Share = WHOLE) -> Done:
        """Walk what is due now, of a share."""
        due = tuple(key for key in await self.due() if share.holds(self._providers.slot(key)))
        if share.number == 0:
            await self._tell_unserved()
        return await self._walk_all(due, meter or Meter())

    async def every(self, meter: Meter | None = None, share: Share = WHOLE) -> Done:
        """Walk all of a share, due or not."""
        active = await roster.active(self._database, self._providers, share)
        return await self._walk_all(active, meter or Meter())

    async def due(self) -> tuple[WorkspaceKey, ...]:
        """Whose log wants walking now, and is not being walked here: one that takes long is nobody else's business."""
        waiting = plan.due(await self.candidates(), self._clock.now(), self.tempo)
        return tuple(key for key in waiting if not self._lock(key).locked())

    def _lock(self, workspace: WorkspaceKey) -> asyncio.Lock:
        return self._walking.setdefault(workspace, asyncio.Lock())

    async def due_in(self, shares: int) -> frozenset[int]:
        """In which of so many shares any log wants walking."""
        return frozenset(self._providers.slot(key) % shares for key in await self.due())

    async def candidates(self) -> list[Candidate]:
        """What the plan needs to know, of every registered workspace."""
        registry = await roster.registered(self._database, self._providers)
        async with self._database.read() as tx:
            watched = await watch.everything(tx)
        return [
            Candidate(
                workspace.key,
                workspace.active and self._providers.serves(workspace.key),
                seen.last_webhook_at,
                seen.last_poll_at,
                seen.tried_at,
            )
            for workspace in registry
            for seen in [watched.get(workspace.key, Watch(workspace.key))]
        ]

    async def _walk_all(self, workspaces: tuple[WorkspaceKey, ...], meter: Meter) -> Done:
        meter.expect("logs", len(workspaces))
        walked: list[WorkspaceKey] = []
        before = self._walks

        async def work(workspace: WorkspaceKey) -> None:
            if self._finished.get(workspace, 0) <= before:  # else another run walked it while it waited here
                await self.walk(workspace, meter)
            walked.append(workspace)
            meter.reach("logs", len(walked))

        failed = await crew.each(workspaces, work, self._concurrency)
        return crew.ended(len(workspaces), failed, meter.tally)

    async def walk(self, workspace: WorkspaceKey, meter: Meter | None = None) -> WalkResult:
        """Walk one workspace's log down to its cursor. Raises ProviderError or ConfigError after recording it."""
        meter, began = meter or Meter(), self._clock.now()
        try:
            async with self._lock(workspace):
                return await self._in_turn(workspace, meter, began)
        except (ProviderError, ConfigError) as problem:
            await self._record(workspace, str(problem), began)
            raise
        except StopAsked:
            async with self._database.write(Lane.JOBS) as tx:
                await watch.tried(tx, workspace, began)
            raise

    async def _in_turn(self, workspace: WorkspaceKey, meter: Meter, began: datetime) -> WalkResult:
        self._walks += 1
        number = self._walks
        client = meter.follow(await self._client(workspace))
        try:
            result = await self._by_either_way(workspace, client, meter)
        except RouteMissing:
            await self._record(workspace, NO_LOG, began)
            return WalkResult(workspace, log=False)
        self._finished[workspace] = number
        return result

    async def _by_either_way(self, workspace: WorkspaceKey, client: BisonClient, meter: Meter) -> WalkResult:
        """Raises RouteMissing where there is neither a log nor lists."""
        try:
            return await self._walked(workspace, client, meter)
        except RouteMissing:
            if self._ladder is None:
                raise
            return await self._went_down(workspace, self._ladder, meter)

    async def _went_down(self, workspace: WorkspaceKey, ladder: Ladder, meter: Meter) -> WalkResult:
        before = await self._before(workspace)
        promptness = self.tempo.promptness
        misses, read = Misses(before.watched, self._subscribed, before.toll, promptness), meter.read
        with ExitStack() as cut:
            cut.callback(self._carry, workspace, misses)
            found = await ladder.down(before.watched, misses, meter)
            end = partial(tell, watched=before.watched, began=before.began, toll=misses.toll)
            episode = await self._database.again(Lane.JOBS, end)
            cut.pop_all()
        self._ended(workspace, before)
        self._bus.publish(Topic.CHANGED, workspace)
        rows, missed = meter.read - read, misses.toll.missed
        return WalkResult(workspace, rows, found, missed, episode.since, log=False)

    def _ended(self, workspace: WorkspaceKey, before: Before) -> None:
        self._carried.pop(workspace, None)
        if before.watched.poll_failed_since is not None:
            lasted = self._clock.now() - before.watched.poll_failed_since
            log.info("%s: the provider can be asked again, after %.1f s", workspace, lasted.total_seconds())

    async def _walked(self, workspace: WorkspaceKey, client: BisonClient, meter: Meter) -> WalkResult:
        before = await self._before(workspace)
        walk = LogWalk(
            self._database,
            self._bus,
            workspace,
            before,
            self.tempo,
            self._subscribed,
            self._ours,
            client.journal,
        )
        with ExitStack() as cut:
            cut.callback(self._carry, workspace, walk)
            await self._walk_pages(before, client, walk, meter)
            await self._fill(before, walk, meter)
            await walk.finish()
            cut.pop_all()
        self._ended(workspace, before)
        return WalkResult(workspace, walk.rows, walk.applied, walk.toll.missed, walk.toll.since)

    async def _fill(self, before: Before, walk: LogWalk, meter: Meter) -> None:
        """After so long a time that the log has forgotten some of it, the lists tell the rest."""
        since = before.beyond(self.tempo)
        if since is None or self._ladder is None:
            return
        misses = Misses(before.watched, self._subscribed, promptness=self.tempo.promptness)
        try:
            await self._ladder.fill(before.watched.workspace, since, misses, meter)
        finally:
            walk.toll = walk.toll.joining(misses.toll)

    def _carry(self, workspace: WorkspaceKey, walk: LogWalk | Misses) -> None:
        """A walk was cut: what it found already, the next one will not find again."""
        self._carried[workspace] = walk.toll

    async def _walk_pages(self, before: Before, client: BisonClient, walk: LogWalk, meter: Meter) -> None:
        now, workspace = self._clock.now(), before.watched.workspace
        start, end = (now - self.tempo.history).date(), (now + timedelta(days=1)).date()
        pages = client.events.pages(start, end, there=before.has_rows(self.tempo))
        async for page in self._in_time(workspace, pages):
            reached = await walk.take(page)
            meter.read += len(page.rows)
            await meter.report()
            if reached:
                return

    async def _client(self, workspace: WorkspaceKey) -> BisonClient:
        async with self._deadline(workspace):
            return await self._providers.client(workspace, Priority.POLL)

    async def _in_time(
        self, workspace: WorkspaceKey, pages: AsyncIterator[Page[LogRow]]
    ) -> AsyncIterator[Page[LogRow]]:
        while True:
            async with self._deadline(workspace):
                page = await anext(pages, None)
            if page is None:
                return
            yield page

    @asynccontextmanager
    async def _deadline(self, workspace: WorkspaceKey) -> AsyncIterator[None]:
        """One slow workspace holds up the others for so long, and no longer."""
        try:
            async with asyncio.timeout(self._timeout_s):
                yield
        except TimeoutError:
            left = self._providers.rest_left(workspace)
            if left > 0:
                raise ProviderBusy(
                    f"{workspace}: the instance asks to be left alone for {left:.0f} s", retry_after=left
                ) from None
            raise ProviderUnreachable(
                f"{workspace}: no page of the event log within {self._timeout_s:g} s"
            ) from None

    async def _before(self, workspace: WorkspaceKey) -> Before:
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, workspace, STREAM)
            watched = await watch.get(tx, workspace)
            recorded = await cursors.get(tx, workspace, RECORDED)
        return Before(
            self._clock.now(),
            cursor,
            watched or Watch(workspace),
            self._carried.get(workspace, Toll()),
            recorded.position_at if recorded else None,
        )

    async def _tell_unserved(self) -> None:
        """A workspace that a webhook brought and no key reads is never walked: said once, beside it."""
        async with self._database.read() as tx:
            watched = await watch.everything(tx)
        for workspace in await roster.registered(self._database, self._providers):
            known = watched.get(workspace.key)
            told = known is not None and known.poll_failed_since is not None
            if workspace.active and not told and not self._providers.serves(workspace.key):
                await self._record(workspace.key, str(unserved(workspace.key)))

    async def _record(self, workspace: WorkspaceKey, sentence: str, began: datetime | None = None) -> None:
        """Log once, at the turn. `began`: when the walk did that failed."""
        now = self._clock.now()
        async with self._database.write(Lane.JOBS) as tx:
            known = await watch.get(tx, workspace)
            await watch.walk_failed(tx, workspace, now, sentence)
            if began is not None:
                await watch.tried(tx, workspace, began)
        if known is None or known.poll_failed_since is None:
            log.warning("%s: the event log cannot be walked: %s", workspace, sentence)
        self._bus.publish(Topic.CHANGED, workspace)
