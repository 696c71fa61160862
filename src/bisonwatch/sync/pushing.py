"""What is asked of the provider's push on slow schedules: does our subscription stand, and does a test event arrive?"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.domain.subscription import Standing, SubscriptionState
from bisonwatch.errors import ConfigError
from bisonwatch.store import subscriptions
from bisonwatch.store.database import Database
from bisonwatch.sync import crew, roster
from bisonwatch.sync.canary import Canaries
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.subscriptions import Subscriptions

THERE = (SubscriptionState.FINE, SubscriptionState.DRIFTED)

log = logging.getLogger(__name__)


class Pushing:
    """`repair`: whoever runs this engine asked for registration, so a subscription that is gone or drifted is put right at once."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        subscribed: Subscriptions,
        canaries: Canaries,
        *,
        repair: bool = False,
        concurrency: int = 5,
    ) -> None:
        self._database = database
        self._providers = providers
        self._subscribed = subscribed
        self._canaries = canaries
        self._repair = repair
        self._concurrency = concurrency

    async def check(
        self, meter: Meter | None = None, share: Share = WHOLE, only: WorkspaceKey | None = None
    ) -> Done:
        """Look at the subscription of one workspace, or of every active one of a share."""
        used = meter or Meter()
        workspaces = await self._wanted(share, only)

        async def work(workspace: WorkspaceKey) -> None:
            await self._look(workspace, used)

        failed = await crew.each(workspaces, work, self._concurrency)
        return crew.ended(len(workspaces), failed, used.tally)

    async def _look(self, workspace: WorkspaceKey, meter: Meter) -> None:
        async with self._database.read() as tx:
            before = await subscriptions.get(tx, workspace)
        look = await self._subscribed.check(workspace, meter)
        meter.read += 1
        if self._repair and look.state is not SubscriptionState.FINE:
            result = await self._subscribed.register(workspace)
            meter.written += 1
            log.info("%s: the webhook subscription was %s", workspace, result.change.value)
            return
        known = before.look.state if before and before.look else None
        if look.state is not known and look.wrong is not None:
            log.warning("%s: %s", workspace, look.wrong, extra={"workspace": str(workspace)})
        elif known in (SubscriptionState.DRIFTED, SubscriptionState.MISSING) and look.state in THERE:
            log.info("%s: our webhook subscription is there again", workspace)

    async def canary(
        self, meter: Meter | None = None, share: Share = WHOLE, only: WorkspaceKey | None = None
    ) -> Done:
        """A test event for every workspace that has our subscription: what is only polled has no way to prove."""
        used = meter or Meter()
        async with self._database.read() as tx:
            known = await subscriptions.everything(tx)
        workspaces = [key for key in await self._wanted(share, only) if _there(known.get(key))]
        used.expect("test events", len(workspaces))
        landed = await self._canaries.fly(workspaces, meter=used) if workspaces else []
        arrived = [landing for landing in landed if landing.error is None]
        used.reach("test events", len(arrived))
        used.read += len(arrived)
        failed = {landing.workspace: landing.error for landing in landed if landing.error is not None}
        for workspace, error in sorted(failed.items()):
            before = known.get(workspace)
            if before is None or before.canary_failed_since is None:
                log.warning("%s: %s", workspace, error, extra={"workspace": str(workspace)})
        return crew.ended(len(workspaces), failed, used.tally)

    async def _wanted(self, share: Share, only: WorkspaceKey | None) -> Sequence[WorkspaceKey]:
        if only is not None:
            return (only,)
        every = await roster.active(self._database, self._providers, share)
        return [key for key in every if self._addressed(key)]

    def _addressed(self, workspace: WorkspaceKey) -> bool:
        """Without an address of ours there is nothing to look for."""
        try:
            self._subscribed.wanted(workspace)
        except ConfigError:
            return False
        return True


def _there(standing: Standing | None) -> bool:
    return standing is not None and standing.look is not None and standing.look.state in THERE
