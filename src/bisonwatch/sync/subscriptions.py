"""Our webhook subscription at the provider: found by its address, made or repaired; other people's are never touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.wire import Subscription
from bisonwatch.clock import Clock
from bisonwatch.domain.event import SUBSCRIBABLE
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ConfigError, RecordMissing, RouteMissing
from bisonwatch.store import watch
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.providers import Providers

NAME = "bisonwatch"


def wanted_url(public_url: str, instance: str, token: str, workspace_id: int) -> str:
    """Where the provider is to send a workspace's events."""
    return f"{public_url.rstrip('/')}/webhooks/{instance}/{quote(token, safe='')}?workspace={workspace_id}"


def ours(url: str, public_url: str, instance: str) -> bool:
    """Whether an address is this listener's, for that instance, whatever its token and its query."""
    theirs, mine = urlsplit(url), urlsplit(public_url)
    path = f"{mine.path.rstrip('/')}/webhooks/{instance}/"
    return theirs.netloc.lower() == mine.netloc.lower() and theirs.path.startswith(path)


class Change(StrEnum):
    CREATED = "created"
    REPAIRED = "repaired"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Registered:
    """`spare` are further subscriptions with our address; each brings every event once more."""

    subscription: Subscription
    change: Change
    spare: tuple[Subscription, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    subscription: Subscription
    ours: bool


class Subscriptions:
    """`tokens` are the webhook tokens by instance."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        clock: Clock,
        public_url: str | None,
        tokens: Mapping[str, str],
    ) -> None:
        self._database = database
        self._providers = providers
        self._clock = clock
        self._public_url = public_url
        self._tokens = dict(tokens)

    async def register(self, workspace: WorkspaceKey) -> Registered:
        """Make sure that the provider sends us all it can; doing it twice is nothing. Raises ConfigError, ProviderError."""
        url = self._wanted(workspace)
        client = await self._providers.client(workspace, Priority.INTERACTIVE)
        mine = self._of(workspace, await client.subscriptions.all())
        offered = await self._offered(client)
        result = await self._settle(client, url, mine, offered)
        await self._note(workspace, anew=result.change is not Change.UNCHANGED)
        return result

    async def list(self, workspace: WorkspaceKey) -> tuple[Listed, ...]:
        """All subscriptions of a workspace, ours marked; notes whether ours is there."""
        client = await self._providers.client(workspace, Priority.INTERACTIVE)
        found = await client.subscriptions.all()
        mine = self._of(workspace, found)
        if mine:
            await self._note(workspace, anew=False)
        elif self._public_url is not None:
            async with self._database.write(Lane.JOBS) as tx:
                await watch.subscribed(tx, workspace, None)
        return tuple(Listed(item, item in mine) for item in found)

    async def remove(self, workspace: WorkspaceKey) -> int:
        """Take all of ours away; how many there were."""
        client = await self._providers.client(workspace, Priority.INTERACTIVE)
        mine = self._of(workspace, await client.subscriptions.all())
        for item in mine:
            try:
                await client.subscriptions.delete(item.id)
            except RecordMissing:
                continue  # somebody was faster
        async with self._database.write(Lane.JOBS) as tx:
            await watch.subscribed(tx, workspace, None)
        return len(mine)

    def _wanted(self, workspace: WorkspaceKey) -> str:
        token = self._tokens.get(workspace.instance)
        if self._public_url is None:
            raise ConfigError(
                "listener.public_url is not set", hint="the provider must know where to send webhooks"
            )
        if not token:
            raise ConfigError(f"instance {workspace.instance} has no webhook_token")
        return wanted_url(self._public_url, workspace.instance, token, workspace.id)

    def _of(self, workspace: WorkspaceKey, found: Sequence[Subscription]) -> tuple[Subscription, ...]:
        if self._public_url is None:
            return ()
        return tuple(item for item in found if ours(item.url, self._public_url, workspace.instance))

    async def _offered(self, client: BisonClient) -> tuple[str, ...]:
        """The types we want; where the provider says which it offers, only those."""
        wanted = tuple(kind.value for kind in SUBSCRIBABLE)
        try:
            offered = await client.subscriptions.types()
        except RouteMissing:
            return wanted
        return tuple(kind for kind in wanted if kind in offered) or wanted

    async def _settle(
        self, client: BisonClient, url: str, mine: Sequence[Subscription], types: Sequence[str]
    ) -> Registered:
        if not mine:
            return Registered(await client.subscriptions.create(NAME, url, types), Change.CREATED)
        best = max(mine, key=lambda item: (item.url == url, len(item.events), item.id))
        spare = tuple(item for item in mine if item.id != best.id)
        if best.url == url and set(types) <= set(best.events):
            return Registered(best, Change.UNCHANGED, spare)
        repaired = await client.subscriptions.replace(best.id, best.name or NAME, url, types)
        return Registered(repaired, Change.REPAIRED, spare)

    async def _note(self, workspace: WorkspaceKey, *, anew: bool) -> None:
        """Events from before ours was first seen, or was repaired, are never misses."""
        async with self._database.write(Lane.JOBS) as tx:
            known = await watch.get(tx, workspace)
            if anew or known is None or known.subscribed_at is None:
                await watch.subscribed(tx, workspace, self._clock.now())
