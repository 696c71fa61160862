"""Which key serves which workspace: one connection pool, one breaker and one gate per instance, one pace per key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx

from bisonwatch.clients.bison.breaker import Breaker
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.connections import connect
from bisonwatch.clients.bison.journal import Journal
from bisonwatch.clients.bison.pace import Gate, Pace, Priority
from bisonwatch.clock import Clock
from bisonwatch.config.instances import Instance
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.share import slot_of
from bisonwatch.errors import ConfigError
from bisonwatch.metrics import Metrics
from bisonwatch.store.database import Database
from bisonwatch.sync.key import Key, masked, unserved
from bisonwatch.sync.key_lease import KeyLease


@dataclass(frozen=True, slots=True)
class Watched:
    """One instance, connected. `chosen` is None for all workspaces."""

    name: str
    url: str
    chosen: frozenset[int] | None
    http: httpx.AsyncClient
    breaker: Breaker
    shared: Key | None
    own: Mapping[int, Key]
    trial: Callable[[int | None, str], Key]
    """A key of this instance out of its text: one that was just made, and is not configured yet."""

    @property
    def keys(self) -> tuple[Key, ...]:
        return (*([self.shared] if self.shared else []), *self.own.values())

    def watches(self, workspace: int) -> bool:
        return self.chosen is None or workspace in self.chosen


class Providers:
    """All instances of the configuration. Close it at the end."""

    def __init__(self, instances: Sequence[Watched], urgent: Priority = Priority.INTERACTIVE) -> None:
        """`urgent`: what is asked through it goes first at most as this does."""
        self.instances = tuple(instances)
        self._urgent = urgent
        self._named = {instance.name: instance for instance in self.instances}

    def behind(self, priority: Priority) -> Providers:
        """The same keys, for work that waits while anything more urgent does. Only the first of them is closed."""
        return Providers(self.instances, priority)

    @property
    def urls(self) -> dict[str, str]:
        """Base URL per instance."""
        return {instance.name: instance.url for instance in self.instances}

    def key(self, workspace: WorkspaceKey) -> Key:
        """The workspace's own key, else its instance's. Raises ConfigError when there is none."""
        instance = self._named.get(workspace.instance)
        if instance is None:
            raise ConfigError(
                f"no instance is called {workspace.instance}", hint="see instances: in the file"
            )
        key = instance.own.get(workspace.id) or instance.shared
        if key is None or not instance.watches(workspace.id):
            raise unserved(workspace)
        return key

    def common(self, workspace: WorkspaceKey) -> bool:
        """Whether its key is its instance's, which may serve others too."""
        instance = self._named.get(workspace.instance)
        return instance is not None and instance.shared is not None and workspace.id not in instance.own

    def slot(self, workspace: WorkspaceKey) -> int:
        """Where its work belongs while several nodes share it out: what one key serves stays together, since one process keeps its pace."""
        return slot_of(workspace.instance, None if self.common(workspace) else workspace.id)

    def serves(self, workspace: WorkspaceKey) -> bool:
        """False where it is known without asking that no key reads the workspace."""
        try:
            key = self.key(workspace)
        except ConfigError:
            return False
        return key.serves(workspace.id)

    async def client(self, workspace: WorkspaceKey, priority: Priority = Priority.POLL) -> BisonClient:
        """A client that reads this workspace, and no other. Raises ConfigError, WrongWorkspace, ProviderError.

        Whatever is read with a key that may be switched is proven first (decision 0018).
        """
        key = self.key(workspace)
        if not key.serves(workspace.id):
            raise unserved(workspace, key.reads)
        if not key.switches:
            await key.serve(workspace)
        priority = max(priority, self._urgent)
        return key.proven(workspace, priority) if key.roams else key.at(priority, workspace.id)

    def rest_left(self, workspace: WorkspaceKey) -> float:
        """Seconds for which the workspace's instance asked to be left alone."""
        instance = self._named.get(workspace.instance)
        return instance.breaker.rest_left if instance else 0.0

    async def close(self) -> None:
        for instance in self.instances:
            for key in instance.keys:
                await key.close()
            await instance.http.aclose()


def connected(
    instances: Sequence[Instance],
    clock: Clock,
    *,
    timeout: timedelta = timedelta(seconds=45),
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    environ: Mapping[str, str] | None = None,
    database: Database | None = None,
    metrics: Metrics | None = None,
) -> Providers:
    """Providers for configured instances; `transports` replaces the network, by instance. Raises ConfigError for an unset secret.

    `database` is where nodes agree who may switch a super-admin key; without it nobody else may use the keys meanwhile.
    `metrics` hold what is written down of each request.
    """
    figures = metrics or Metrics()
    made = []
    holder = uuid7(clock.now())
    for instance in instances:
        http = connect(instance.url, transport=(transports or {}).get(instance.name))
        open_for = instance.breaker.open_for.total_seconds()
        breaker = Breaker(clock, failures=instance.breaker.failures, open_for=open_for)
        lease = KeyLease(database, instance.name, holder) if database is not None else None
        figures.validation.counts[instance.name] += (
            0  # told from the start, so that the first flaw is seen as an increase
        )
        journal = Journal(clock, instance.name, figures.calls, figures.validation)
        maker = _Maker(instance, clock, http, breaker, Gate(), timeout.total_seconds(), lease, journal)
        own = {
            choice.id: maker.key(choice.id, choice.api_key.resolve(environ))
            for choice in instance.workspaces or ()
            if choice.api_key is not None
        }
        shared = maker.key(None, instance.api_key.resolve(environ)) if instance.api_key else None
        chosen = None if instance.workspaces is None else frozenset(c.id for c in instance.workspaces)
        made.append(Watched(instance.name, instance.url, chosen, http, breaker, shared, own, maker.key))
    return Providers(made)


@dataclass(frozen=True, slots=True)
class _Maker:
    instance: Instance
    clock: Clock
    http: httpx.AsyncClient
    breaker: Breaker
    gate: Gate
    timeout_s: float
    lease: KeyLease | None
    journal: Journal

    def key(self, own: int | None, secret: str) -> Key:
        pace = Pace(self.clock, share=self.instance.pace, gate=self.gate)
        client = BisonClient(
            self.instance.url,
            secret,
            self.http,
            self.clock,
            pace,
            self.breaker,
            self.timeout_s,
            self.journal,
        )
        switches = own is None and self.instance.switch_workspaces
        return Key(
            self.instance.name,
            own,
            client,
            pace,
            self.clock,
            mask=masked(secret),
            switches=switches,
            lease=self.lease if switches else None,
        )
