"""Which workspaces the keys can see, what they are called, and whether each key reads the workspace it should."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.wire import WorkspaceRow
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome, Tally
from bisonwatch.errors import ConfigError, ProviderError, WrongWorkspace
from bisonwatch.store import watch, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync.key import Key, unserved
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers, Watched

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Discovered:
    """`seen` are those that keys see or the configuration names; no key reads the `unserved` ones.

    `failed` is one sentence for each key that could not be asked, or that reads the wrong workspace.
    """

    seen: tuple[WorkspaceKey, ...] = ()
    new: tuple[WorkspaceKey, ...] = ()
    unserved: tuple[WorkspaceKey, ...] = ()
    failed: tuple[str, ...] = ()


class Discovery:
    """Asks every key; `targets` are the configured KPI targets: where none is configured, the one that is there stays."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        clock: Clock,
        bus: Bus,
        targets: Mapping[WorkspaceKey, int | None] | None = None,
    ) -> None:
        self._database = database
        self._providers = providers
        self._clock = clock
        self._bus = bus
        self._targets = {key: target for key, target in (targets or {}).items() if target is not None}
        self._told: frozenset[WorkspaceKey] = frozenset()

    async def once(self, meter: Meter | None = None) -> Discovered:
        """Register what is seen; never raises ProviderError: a key that fails is in `failed`."""
        used, asked_at = meter or Meter(), self._clock.now()
        names: dict[WorkspaceKey, str] = {}
        failed: list[str] = []
        for instance in self._providers.instances:
            names |= {WorkspaceKey(instance.name, number): "" for number in instance.chosen or ()}
            for key in instance.keys:
                try:
                    names |= await self._ask(instance, key, used)
                except (ProviderError, ConfigError) as problem:
                    failed.append(str(problem))
                    await self._record(instance, key, problem)
        new = await self._register(names, asked_at)
        used.read += len(names)
        used.written += len(new)
        lost = tuple(key for key in sorted(names) if not self._providers.serves(key))
        await self._tell_unserved(lost)
        return Discovered(tuple(sorted(names)), new, lost, tuple(failed))

    async def run(self, meter: Meter) -> Done:
        """`once`, as a run."""
        found = await self.once(meter)
        keys = sum(len(instance.keys) for instance in self._providers.instances)
        outcome = Outcome.SUCCESS
        if found.failed:
            outcome = Outcome.FAILED if len(found.failed) >= keys else Outcome.PARTIAL
        tally: Tally = meter.tally
        return Done(outcome, tally, "; ".join(found.failed) or None)

    async def check(self) -> tuple[str, ...]:
        """Ask every key which workspace it reads; what is wrong is recorded and told."""
        failed = []
        for instance in self._providers.instances:
            for key in instance.keys:
                try:
                    await self._bound(instance, key)
                    await key.look(key.at(Priority.POLL))
                except (ProviderError, ConfigError) as problem:
                    failed.append(str(problem))
                    await self._record(instance, key, problem)
        return tuple(failed)

    async def _bound(self, instance: Watched, key: Key) -> WorkspaceRow:
        """The workspace the key reads. Raises WrongWorkspace when it was given for another."""
        before = key.reads
        found = (await key.identity(fresh=True)).workspace
        if key.own is not None:
            await key.serve(WorkspaceKey(instance.name, key.own))
        elif before is not None and before != found.id and not key.switches:
            raise WrongWorkspace(
                f"the key of instance {instance.name} now reads {instance.name}/{found.id}, no longer "
                f"{instance.name}/{before}",
                hint="somebody switched its workspace; give each workspace an api-user key of its own",
            )
        return found

    async def _ask(self, instance: Watched, key: Key, meter: Meter) -> dict[WorkspaceKey, str]:
        bound = await self._bound(instance, key)
        seen = await key.look(meter.follow(key.at(Priority.POLL)))
        rows = seen if key.own is None else (bound,)
        return {WorkspaceKey(instance.name, row.id): row.name for row in rows if instance.watches(row.id)}

    async def _register(
        self, names: Mapping[WorkspaceKey, str], asked_at: datetime
    ) -> tuple[WorkspaceKey, ...]:
        async def targets(tx: Tx) -> None:
            for key, target in sorted(self._targets.items()):
                await workspaces.set_target(tx, key, target)

        async with self._database.read() as tx:
            known = set(await workspaces.names(tx))
        for key, name in sorted(
            names.items()
        ):  # one by one: whoever waits for a workspace keeps no other's rows meanwhile
            see = partial(workspaces.see, key=key, provider_name=name or None, known_at=asked_at)
            await self._database.again(Lane.JOBS, see)
        await self._database.again(Lane.JOBS, targets)
        for key in names:
            self._bus.publish(Topic.CHANGED, key)
        return tuple(key for key in sorted(names) if key not in known)

    async def _tell_unserved(self, lost: tuple[WorkspaceKey, ...]) -> None:
        """One sentence in the log when it changes, and one beside each workspace."""
        if not lost:
            return
        if frozenset(lost) != self._told:
            self._told = frozenset(lost)
            names = ", ".join(map(str, lost))
            log.warning("no API key serves %s: each workspace needs an api-user key of its own", names)
        async with self._database.write(Lane.JOBS) as tx:
            for key in lost:
                await watch.walk_failed(tx, key, self._clock.now(), str(self._sentence(key)))

    def _sentence(self, workspace: WorkspaceKey) -> ConfigError:
        instances = {instance.name: instance for instance in self._providers.instances}
        shared = instances[workspace.instance].shared
        return unserved(workspace, shared.reads if shared else None)

    async def _record(self, instance: Watched, key: Key, problem: ProviderError | ConfigError) -> None:
        """Beside the workspace the key is for, where that is known."""
        meant = key.own if key.own is not None else key.reads
        if meant is None:
            log.warning("instance %s: its key cannot be used: %s", instance.name, problem)
            return
        workspace = WorkspaceKey(instance.name, meant)
        async with self._database.write(Lane.JOBS) as tx:
            known = await watch.get(tx, workspace)
            await watch.walk_failed(tx, workspace, self._clock.now(), str(problem))
        if known is None or known.poll_failed_since is None:
            log.warning("%s: its key cannot be used: %s", workspace, problem)
        self._bus.publish(Topic.CHANGED, workspace)
