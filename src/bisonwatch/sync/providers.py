"""Which key serves which workspace: one connection pool and one breaker per instance, one pace per key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx

from bisonwatch.clients.bison.breaker import Breaker
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.connections import connect
from bisonwatch.clients.bison.pace import Pace, Priority
from bisonwatch.clients.bison.wire import Identity
from bisonwatch.clock import Clock
from bisonwatch.config.instances import Instance
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import slot_of
from bisonwatch.errors import ConfigError, WrongWorkspace

CHECK_EVERY_S = 3600.0
"""How long a key is believed to read the workspace it read before."""


class Key:
    """One API key and the workspace it answers for, asked at first use and hourly; `own` is the workspace it was given for."""

    def __init__(self, instance: str, own: int | None, client: BisonClient, pace: Pace, clock: Clock) -> None:
        self.instance = instance
        self.own = own
        self.pace = pace
        self._client = client
        self._clock = clock
        self._identity: Identity | None = None
        self._asked_at = 0.0
        self._lock = asyncio.Lock()

    def at(self, priority: Priority) -> BisonClient:
        """A client of this key for one job, with its own Usage."""
        return self._client.at(priority)

    @property
    def reads(self) -> int | None:
        """The workspace it read when last asked; None before the first time."""
        return self._identity.workspace.id if self._identity else None

    async def identity(self, *, fresh: bool = False) -> Identity:
        """Who the key is. Raises ProviderError."""
        async with self._lock:
            known, age = self._identity, self._clock.monotonic() - self._asked_at
            if known is not None and not fresh and age < CHECK_EVERY_S:
                return known
            self._identity = await self.at(Priority.POLL).whoami()
            self._asked_at = self._clock.monotonic()
            return self._identity

    async def serve(self, workspace: WorkspaceKey, *, fresh: bool = False) -> None:
        """Raises WrongWorkspace (its own key) or ConfigError (the instance's) unless it reads that workspace."""
        found = (await self.identity(fresh=fresh)).workspace
        if found.id == workspace.id:
            return
        if self.own is not None:
            raise WrongWorkspace(
                f"the key configured for {workspace} reads {workspace.instance}/{found.id}",
                hint="give the workspace an api-user key of its own",
            )
        raise unserved(workspace, found.id)


def unserved(workspace: WorkspaceKey, reads: int | None = None) -> ConfigError:
    """What to say of a workspace that no key reads."""
    of = f"; the key of instance {workspace.instance} reads {workspace.instance}/{reads}" if reads else ""
    return ConfigError(
        f"no API key serves {workspace}{of}",
        hint="give each workspace an api-user key of its own under instances: workspaces:",
    )


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
        return key.own is not None or key.reads in (None, workspace.id)

    async def client(self, workspace: WorkspaceKey, priority: Priority = Priority.POLL) -> BisonClient:
        """A client that reads this workspace, and no other. Raises ConfigError, WrongWorkspace, ProviderError.

        An instance's key may be switched at any moment: its client asks before and after whatever it reads.
        """
        key = self.key(workspace)
        await key.serve(workspace)
        client = key.at(max(priority, self._urgent))
        return client.bound(workspace.id) if key.own is None else client

    def rest_left(self, workspace: WorkspaceKey) -> float:
        """Seconds for which the workspace's instance asked to be left alone."""
        instance = self._named.get(workspace.instance)
        return instance.breaker.rest_left if instance else 0.0

    async def close(self) -> None:
        for instance in self.instances:
            await instance.http.aclose()


def connected(
    instances: Sequence[Instance],
    clock: Clock,
    *,
    timeout: timedelta = timedelta(seconds=45),
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Providers:
    """Providers for configured instances; `transports` replaces the network, by instance. Raises ConfigError for an unset secret."""
    made = []
    for instance in instances:
        http = connect(instance.url, transport=(transports or {}).get(instance.name))
        open_for = instance.breaker.open_for.total_seconds()
        breaker = Breaker(clock, failures=instance.breaker.failures, open_for=open_for)
        maker = _Maker(instance, clock, http, breaker, timeout.total_seconds())
        own = {
            choice.id: maker.key(choice.id, choice.api_key.resolve(environ))
            for choice in instance.workspaces or ()
            if choice.api_key is not None
        }
        shared = maker.key(None, instance.api_key.resolve(environ)) if instance.api_key else None
        chosen = None if instance.workspaces is None else frozenset(c.id for c in instance.workspaces)
        made.append(Watched(instance.name, instance.url, chosen, http, breaker, shared, own))
    return Providers(made)


@dataclass(frozen=True, slots=True)
class _Maker:
    instance: Instance
    clock: Clock
    http: httpx.AsyncClient
    breaker: Breaker
    timeout_s: float

    def key(self, own: int | None, secret: str) -> Key:
        pace = Pace(self.clock, share=self.instance.pace)
        client = BisonClient(
            self.instance.url, secret, self.http, self.clock, pace, self.breaker, self.timeout_s
        )
        return Key(self.instance.name, own, client, pace, self.clock)
