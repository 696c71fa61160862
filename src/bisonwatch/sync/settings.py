"""What is agreed and allowed: KPI targets as the configuration or a tag says, daily limits as the accounts say.

What campaigns are set to is read with them. The provider has no tag on a workspace, but each workspace has a list of tags of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome
from bisonwatch.domain.target import targets_in
from bisonwatch.errors import BisonwatchError, ConfigError
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync import crew
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers


class Settings:
    """`targets`: the configured ones, which win; `tag`: the word before a number in a tag's name, None where tags say nothing.

    What neither says leaves the target that is there (`db adopt` may have brought it).
    """

    def __init__(
        self,
        database: Database,
        providers: Providers,
        bus: Bus,
        targets: Mapping[WorkspaceKey, int | None] | None = None,
        tag: str | None = None,
    ) -> None:
        self._database = database
        self._providers = providers
        self._bus = bus
        self._targets = {key: target for key, target in (targets or {}).items() if target is not None}
        self._tag = tag

    async def once(self, meter: Meter | None = None) -> Done:
        """Every registered workspace, one transaction each. Raises StopAsked."""
        used = meter or Meter()
        async with self._database.read() as tx:
            known = sorted(await workspaces.names(tx))
        used.expect("workspaces", len(known))
        failed: dict[WorkspaceKey, str] = {}
        for done, workspace in enumerate(known, 1):
            try:
                target = await self._target(workspace, used)
            except BisonwatchError as problem:
                failed[workspace], target = str(problem), None
            await self._settle(workspace, target)
            used.reach("workspaces", done)
            await used.report()
        if failed and len(failed) == len(known):
            return Done(Outcome.PARTIAL, used.tally, crew.ended(len(known), failed, used.tally).error)
        return crew.ended(len(known), failed, used.tally)

    async def _target(self, workspace: WorkspaceKey, meter: Meter) -> int | None:
        """None: nobody says one. Raises ProviderError, and ConfigError where tags contradict each other."""
        if workspace in self._targets or self._tag is None or not self._providers.serves(workspace):
            return self._targets.get(workspace)
        client = meter.follow(await self._providers.client(workspace, Priority.RECONCILE))
        said = targets_in((tag.name for tag in await client.labels.tags()), self._tag)
        if len(said) > 1:
            numbers = " and ".join(map(str, said))
            raise ConfigError(
                f"its tags give {numbers} as KPI target", hint="remove one, or say it in clients:"
            )
        return said[0] if said else None

    async def _settle(self, workspace: WorkspaceKey, target: int | None) -> None:
        async def write(tx: Tx) -> None:
            if target is not None:
                await workspaces.set_target(tx, workspace, target)
            await workspaces.set_daily_limit(tx, workspace)

        await self._database.again(Lane.JOBS, write)
        self._bus.publish(Topic.CHANGED, workspace)
