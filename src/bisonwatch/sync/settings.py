"""What is agreed and allowed: KPI targets as the configuration says, daily limits as the accounts say. The provider is not asked.

What campaigns are set to is read with them. Tags give no targets: the provider has none on a workspace, and two campaigns of one
workspace may contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping

from bisonwatch.bus import Bus, Topic
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync.meter import Done, Meter


class Settings:
    """`targets`: the configured ones; what says none leaves the one that is there (`db adopt` may have brought it)."""

    def __init__(
        self, database: Database, bus: Bus, targets: Mapping[WorkspaceKey, int | None] | None = None
    ) -> None:
        self._database = database
        self._bus = bus
        self._targets = {key: target for key, target in (targets or {}).items() if target is not None}

    async def once(self, meter: Meter | None = None) -> Done:
        """Every registered workspace, one transaction each. Raises StopAsked."""
        used = meter or Meter()
        async with self._database.read() as tx:
            known = sorted(await workspaces.names(tx))
        used.expect("workspaces", len(known))
        for done, workspace in enumerate(known, 1):
            await self._settle(workspace)
            used.reach("workspaces", done)
            await used.report()
        return Done(Outcome.SUCCESS, used.tally)

    async def _settle(self, workspace: WorkspaceKey) -> None:
        async def write(tx: Tx) -> None:
            if workspace in self._targets:
                await workspaces.set_target(tx, workspace, self._targets[workspace])
            await workspaces.set_daily_limit(tx, workspace)

        await self._database.again(Lane.JOBS, write)
        self._bus.publish(Topic.CHANGED, workspace)
