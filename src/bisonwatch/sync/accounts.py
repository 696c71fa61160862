"""Sender accounts: the full walk, and the sweep of what it did not meet."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.account import Account, provider_of, reseller_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import ProviderUnreachable, RecordElsewhere, RecordMissing
from bisonwatch.store import accounts, provider_days, workspaces
from bisonwatch.store.accounts import Labelled
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync import crew, roster
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers

BATCH = 500
DROP = 0.10

log = logging.getLogger(__name__)


class Labels:
    """What an account's tags mean, by the configuration."""

    def __init__(
        self, provider_tags: Mapping[str, Sequence[str]] | None = None, reseller_tags: Sequence[str] = ()
    ) -> None:
        self._providers = provider_tags or {}
        self._resellers = reseller_tags

    def of(self, account: Account) -> Labelled:
        provider = provider_of(account.type, account.tags, self._providers)
        return Labelled(account, provider, reseller_of(account.tags, self._resellers))


class Accounts:
    """`drop` is the share of a workspace's accounts that may go at once without a second walk that agrees.

    Walks by the schedule sweep only every `sweep_every`; in between they are light: the same pages, nobody removed.
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
        self._sweep_every = sweep_every
        self._swept: dict[WorkspaceKey, datetime] = {}
        self._database = database
        self._providers = providers
        self._bus = bus
        self._labels = labels
        self._concurrency = concurrency
        self._drop = drop
        self.held: dict[WorkspaceKey, frozenset[int]] = {}
        """Accounts that a complete walk did not meet, too many to believe it at once."""

    async def once(self, meter: Meter | None = None, *, light: bool = False, share: Share = WHOLE) -> Done:
        """Walk every active workspace of a share; `light`: sweep only where it is due."""
        used = meter or Meter()
        every = await roster.active(self._database, self._providers, share)

        async def work(workspace: WorkspaceKey) -> None:
            await self.walk(workspace, used, sweep=not light or self._sweep_due(workspace))

        failed = await crew.each(every, work, self._concurrency)
        return crew.ended(len(every), failed, used.tally)

    def _sweep_due(self, workspace: WorkspaceKey) -> bool:
        """A schedule that runs a little early still counts as due."""
        last = self._swept.get(workspace)
        return last is None or self._database.clock.now() - last >= self._sweep_every * 0.9

    async def walk(self, workspace: WorkspaceKey, meter: Meter | None = None, *, sweep: bool = True) -> None:
        """Read all accounts of a workspace; after a complete walk, sweep. Raises ProviderError, ConfigError, StopAsked."""
        used, started = meter or Meter(), self._database.clock.now()
        client = used.follow(await self._providers.client(workspace, Priority.RECONCILE))
        walk = _Walk(f"accounts of {workspace}", used)
        batch: list[Account] = []
        async for page in client.accounts.pages(workspace):
            for rejected in page.rejected:
                log.warning("%s: accounts: skipped %s: %s", workspace, rejected.path, rejected.reason)
            walk.met(page.ids, page.total, page.known_at)
            batch += page.rows
            used.read += len(page.rows)
            if len(batch) >= BATCH:
                await self._write(batch, used)
                batch = []
            await used.report()
        await self._write(batch, used)
        if sweep and walk.complete and walk.began is not None:
            await self._sweep(workspace, client, walk.began, walk.ids, used)
            self._swept[workspace] = started
        await self._sum_up(workspace)
        self._bus.publish(Topic.CHANGED, workspace)

    async def _write(self, batch: Sequence[Account], meter: Meter) -> None:
        if not batch:
            return
        newest = {account.id: account for account in sorted(batch, key=lambda account: account.known_at)}
        labelled = [self._labels.of(account) for account in newest.values()]
        written = await self._database.again(Lane.JOBS, partial(accounts.write, items=labelled))
        meter.written += written.written
        meter.unchanged += written.unchanged

    async def _sum_up(self, workspace: WorkspaceKey) -> None:
        """What others read about the accounts as a whole follows a walk."""
        today = self._database.clock.now().astimezone(UTC).date()
        async with self._database.write(Lane.JOBS) as tx:
            await provider_days.record(tx, today, workspace)
            await workspaces.set_daily_limit(tx, workspace)

    async def _sweep(
        self, workspace: WorkspaceKey, client: BisonClient, began: datetime, met: set[int], meter: Meter
    ) -> None:
        async with self._database.read() as tx:
            unseen = frozenset(await accounts.unseen(tx, workspace, began)) - met
            stored = await accounts.count(tx, workspace)
        if self._too_many(workspace, unseen, stored):
            return
        for account_id in sorted(unseen):
            meter.removed += await self._gone(workspace, client, account_id, began)
            await meter.report()

    def _too_many(self, workspace: WorkspaceKey, unseen: frozenset[int], stored: int) -> bool:
        """Held until the next complete walk agrees."""
        agreed = self.held.pop(workspace, frozenset())
        if len(unseen) <= self._drop * stored or unseen <= agreed:
            return False
        self.held[workspace] = unseen
        log.warning(
            "%s: %d of %d accounts were not met by a complete walk; held until the next one agrees",
            workspace,
            len(unseen),
            stored,
        )
        return True

    async def _gone(
        self, workspace: WorkspaceKey, client: BisonClient, account_id: int, asked: datetime
    ) -> bool:
        """Asked by its id; only a 404 removes it."""
        try:
            account = await client.accounts.one(account_id, workspace)
        except RecordMissing as missing:
            async with self._database.write(Lane.JOBS) as tx:
                return await accounts.gone(tx, workspace, account_id, missing.known_at or asked)
        except (ProviderUnreachable, RecordElsewhere) as problem:
            log.warning("%s: account %d was not met and cannot be asked: %s", workspace, account_id, problem)
            return False
        async with self._database.write(Lane.JOBS) as tx:
            await accounts.write(tx, [self._labels.of(account)])
        return False


class _Walk:
    """Which ids were met, and whether they add up to the provider's total."""

    def __init__(self, name: str, meter: Meter) -> None:
        self._name, self._meter = name, meter
        self._total: int | None = None
        self.ids: set[int] = set()
        self.began: datetime | None = None

    def met(self, ids: Sequence[int], total: int | None, known_at: datetime) -> None:
        self.began = self.began or known_at
        self.ids.update(ids)
        if total is not None:
            self._total = total
            self._meter.expect(self._name, total)
        self._meter.reach(self._name, len(self.ids))

    @property
    def complete(self) -> bool:
        """A walk by cursor alone has no total; it is complete because it came to its end."""
        return self._total is None or len(self.ids) == self._total
