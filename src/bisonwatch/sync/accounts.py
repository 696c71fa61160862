"""Sender accounts: the walk over all of a workspace's, light or full, and what follows it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.account import Account
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.store import account_walks, accounts, provider_days, volume_days, workspaces
from bisonwatch.store.account_walks import AccountWalks
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync import crew, roster
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.met import Met
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.sweep import DROP, Sweep
from bisonwatch.sync.warmups import Warmups

BATCH = 500

log = logging.getLogger(__name__)


class Accounts:
    """Walks by the schedule are full every `sweep_every`: only then the absent are swept, and the warm-up is read.

    In between they are light: the same pages, nobody removed. What is due, and what is held, stands in the database.
    """

    def __init__(
        self,
        database: Database,
        providers: Providers,
        bus: Bus,
        labels: Labels,
        *,
        concurrency: int = 5,
        drop: float = DROP,
        sweep_every: timedelta = timedelta(minutes=30),
    ) -> None:
        self._database = database
        self._providers = providers
        self._bus = bus
        self._labels = labels
        self._concurrency = concurrency
        self._sweep_every = sweep_every
        self._sweep = Sweep(database, labels, drop)
        self._warmups = Warmups(database)
        self._pages = dict[WorkspaceKey, int]()
        """How many each had at its last walk. A walk that fails leaves none, so that one that goes on failing asks for one page only."""

    async def once(self, meter: Meter | None = None, *, light: bool = False, share: Share = WHOLE) -> Done:
        """Walk every active workspace of a share, the largest first; `light`: fully only where that is due."""
        used = meter or Meter()
        every = await roster.active(self._database, self._providers, share)
        async with self._database.read() as tx:
            walks = await account_walks.everything(tx)
        now = self._database.clock.now()

        async def work(workspace: WorkspaceKey) -> None:
            full = not light or self._due(walks.get(workspace, AccountWalks()), now)
            await self.walk(workspace, used, sweep=full)

        largest = sorted(every, key=lambda key: -(walks.get(key, AccountWalks()).met or 0))
        failed = await crew.each(largest, work, self._concurrency)
        return _noted(crew.ended(len(every), failed, used.tally), used)

    async def one(self, workspace: WorkspaceKey, meter: Meter) -> Done:
        """Walk one workspace fully. Raises as `walk`."""
        await self.walk(workspace, meter)
        return _noted(Done(Outcome.SUCCESS, meter.tally), meter)

    def _due(self, walks: AccountWalks, now: datetime) -> bool:
        """A schedule that runs a little early still counts as due; a person's word is not kept waiting."""
        last = walks.swept_at
        return walks.absence.confirmed or last is None or now - last >= self._sweep_every * 0.9

    async def walk(self, workspace: WorkspaceKey, meter: Meter | None = None, *, sweep: bool = True) -> None:
        """Read all accounts of a workspace; `sweep`: fully. Raises ProviderError, ConfigError, StopAsked."""
        used, started = meter or Meter(), self._database.clock.now()
        client = used.follow(await self._providers.client(workspace, Priority.RECONCILE))
        met = Met(workspace, used)
        await self._read(workspace, client, met, used)
        self._pages[workspace] = met.pages
        used.met[workspace] = len(met.ids)
        await self._sum_up(workspace, started, met)
        if sweep:
            await self._fully(workspace, client, met, started, used)
        self._bus.publish(Topic.CHANGED, workspace)

    async def _read(self, workspace: WorkspaceKey, client: BisonClient, met: Met, used: Meter) -> None:
        batch: list[Account] = []
        async for page in client.accounts.pages(workspace, known=self._pages.pop(workspace, 1)):
            for rejected in page.rejected:
                log.warning("%s: accounts: skipped %s: %s", workspace, rejected.path, rejected.reason)
            met.page(page)
            batch += page.rows
            used.read += len(page.rows)
            while len(batch) >= BATCH:
                await self._write(batch[:BATCH], used)
                batch = batch[BATCH:]
            await used.report()
        await self._write(batch, used)

    async def _fully(
        self, workspace: WorkspaceKey, client: BisonClient, met: Met, started: datetime, used: Meter
    ) -> None:
        """An incomplete walk says nothing about who is absent: a full one is still due."""
        if met.began is None or not met.complete:
            log.info("%s: %d accounts were met, the provider told %s", workspace, len(met.ids), met.total)
            return
        before = used.removed
        await self._sweep.run(workspace, client, met.ids, met.began, started, used)
        if used.removed != before:
            await self._sum_up(workspace, started, met)
        await self._warmups.read(workspace, client, started, used, met.pages)

    async def _write(self, batch: Sequence[Account], meter: Meter) -> None:
        if not batch:
            return
        newest = {account.id: account for account in sorted(batch, key=lambda account: account.known_at)}
        labelled = [self._labels.of(account) for account in newest.values()]
        written = await self._database.again(Lane.JOBS, partial(accounts.write, items=labelled))
        meter.written += written.written
        meter.unchanged += written.unchanged

    async def _sum_up(self, workspace: WorkspaceKey, started: datetime, met: Met) -> None:
        """What others read about the accounts as a whole follows a walk."""
        today = self._database.clock.now().astimezone(UTC).date()
        async with self._database.write(Lane.JOBS) as tx:
            await account_walks.walked(tx, workspace, started, len(met.ids), met.total)
            await provider_days.record(tx, today, workspace)
            await volume_days.capacity(tx, today, started, workspace)
            await workspaces.set_daily_limit(tx, workspace)


def _noted(done: Done, meter: Meter) -> Done:
    """What was noted on the way makes a success a partial one."""
    if not meter.notes:
        return done
    outcome = Outcome.PARTIAL if done.outcome is Outcome.SUCCESS else done.outcome
    told = [done.error] if done.error else []
    return replace(done, outcome=outcome, error="; ".join([*told, *sorted(meter.notes)]))
