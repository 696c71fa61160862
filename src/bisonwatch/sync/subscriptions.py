"""Our webhook subscription at the provider: found by its address, made or repaired; other people's are never touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.wire import Subscription
from bisonwatch.clock import Clock
from bisonwatch.domain.event import SUBSCRIBABLE
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.subscription import Around, Change, Look, SubscriptionState, absent, judged
from bisonwatch.errors import ConfigError, RecordMissing, RouteMissing
from bisonwatch.store import subscriptions, watch
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.providers import Providers

NAME = "bisonwatch"
OFFERED_FOR_S = 3600.0
"""So long an instance is believed to offer the event types it offered."""


def wanted_url(public_url: str, instance: str, token: str, workspace_id: int) -> str:
    """Where the provider is to send a workspace's events."""
    return f"{public_url.rstrip('/')}/webhooks/{instance}/{quote(token, safe='')}?workspace={workspace_id}"


def ours(url: str, public_url: str, instance: str) -> bool:
    """Whether an address is this listener's, for that instance, whatever its token and its query."""
    theirs, mine = urlsplit(url), urlsplit(public_url)
    path = f"{mine.path.rstrip('/')}/webhooks/{instance}/"
    return theirs.netloc.lower() == mine.netloc.lower() and theirs.path.startswith(path)


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
    """`tokens` are the webhook tokens by instance; `public_url` is asked each time, since a listener may still choose its port."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        clock: Clock,
        public_url: Callable[[], str | None],
        tokens: Mapping[str, str],
        bus: Bus | None = None,
    ) -> None:
        self._database = database
        self._providers = providers
        self._clock = clock
        self._public_url = public_url
        self._tokens = dict(tokens)
        self._bus = bus or Bus()
        self._offers: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._around: dict[WorkspaceKey, Around] = {}

    @property
    def public_url(self) -> str | None:
        return self._public_url()

    def around(self, workspace: WorkspaceKey) -> Around | None:
        """What else was there at this process's last look; it is not stored."""
        return self._around.get(workspace)

    def wanted(self, workspace: WorkspaceKey) -> str:
        """The address that the workspace's subscription should have. Raises ConfigError."""
        token, public_url = self._tokens.get(workspace.instance), self._public_url()
        if public_url is None:
            raise ConfigError(
                "listener.public_url is not set", hint="the provider must know where to send webhooks"
            )
        if not token:
            raise ConfigError(f"instance {workspace.instance} has no webhook_token")
        return wanted_url(public_url, workspace.instance, token, workspace.id)

    async def register(self, workspace: WorkspaceKey) -> Registered:
        """Make sure that the provider sends us all it can; doing it twice is nothing. Raises ConfigError, ProviderError."""
        url = self.wanted(workspace)
        client = await self._providers.client(workspace, Priority.INTERACTIVE)
        mine = await self._of(workspace, await client.subscriptions.all())
        offered = await self._offered(workspace.instance, client)
        result = await self._settle(client, url, mine, offered)
        await self._note(workspace, anew=result.change is not Change.UNCHANGED)
        await self._seen(workspace, Look(SubscriptionState.FINE, result.subscription.id))
        return result

    async def list(self, workspace: WorkspaceKey) -> tuple[Listed, ...]:
        """All subscriptions of a workspace, ours marked; notes how ours stands."""
        client = await self._providers.client(workspace, Priority.INTERACTIVE)
        found = await client.subscriptions.all()
        mine = await self._of(workspace, found)
        await self._look(workspace, client, mine)
        return tuple(Listed(item, item in mine) for item in found)

    async def check(self, workspace: WorkspaceKey, meter: Meter | None = None) -> Look:
        """How ours stands now, noted. Raises ConfigError, ProviderError."""
        used = meter or Meter()
        client = used.follow(await self._providers.client(workspace, Priority.RECONCILE))
        found = await client.subscriptions.all()
        return await self._look(workspace, client, await self._of(workspace, found))

    async def remove(self, workspace: WorkspaceKey) -> int:
        """Take all of ours away; how many there were."""
        client = await self._providers.client(workspace, Priority.INTERACTIVE)
        mine = await self._of(workspace, await client.subscriptions.all())
        for item in mine:
            try:
                await client.subscriptions.delete(item.id)
            except RecordMissing:
                continue  # somebody was faster
        async with self._database.write(Lane.JOBS) as tx:
            await watch.subscribed(tx, workspace, None)
        await self._seen(workspace, Look(SubscriptionState.NONE))
        return len(mine)

    async def _of(self, workspace: WorkspaceKey, found: Sequence[Subscription]) -> tuple[Subscription, ...]:
        """By the address; and the one we know by its number, if it still is a listener's, wherever that was then."""
        async with self._database.read() as tx:
            known = await subscriptions.get(tx, workspace)
        number = known.look.number if known and known.look else None
        public_url, path = self._public_url(), f"/webhooks/{workspace.instance}/"
        mine = tuple(
            item
            for item in found
            if (public_url is not None and ours(item.url, public_url, workspace.instance))
            or (item.id == number and path in urlsplit(item.url).path)
        )
        self._around[workspace] = Around(len(found) - len(mine), len(mine), self._clock.now())
        return mine

    async def _look(self, workspace: WorkspaceKey, client: BisonClient, mine: Sequence[Subscription]) -> Look:
        async with self._database.read() as tx:
            known = await subscriptions.get(tx, workspace)
        state = known.look.state if known and known.look else None
        if not mine:
            look = absent(state)
            if look.state is SubscriptionState.MISSING:
                async with self._database.write(Lane.JOBS) as tx:
                    await watch.subscribed(tx, workspace, None)
        else:
            url, types = self.wanted(workspace), await self._offered(workspace.instance, client)
            best = _best(mine, url)
            look = judged(best.id, best.url, best.events, url, types)
            await self._note(workspace, anew=False)
        await self._seen(workspace, look)
        return look

    async def _offered(self, instance: str, client: BisonClient) -> tuple[str, ...]:
        """The types we want; where the provider says which it offers, only those."""
        asked_at, types = self._offers.get(instance, (0.0, ()))
        if types and self._clock.monotonic() - asked_at < OFFERED_FOR_S:
            return types
        wanted = tuple(kind.value for kind in SUBSCRIBABLE)
        try:
            offered = await client.subscriptions.types()
        except RouteMissing:
            offered = wanted
        types = tuple(kind for kind in wanted if kind in offered) or wanted
        self._offers[instance] = (self._clock.monotonic(), types)
        return types

    async def _settle(
        self, client: BisonClient, url: str, mine: Sequence[Subscription], types: Sequence[str]
    ) -> Registered:
        if not mine:
            return Registered(await client.subscriptions.create(NAME, url, types), Change.CREATED)
        best = _best(mine, url)
        spare = tuple(item for item in mine if item.id != best.id)
        if best.url == url and set(types) <= set(best.events):
            return Registered(best, Change.UNCHANGED, spare)
        repaired = await client.subscriptions.replace(best.id, best.name or NAME, url, types)
        return Registered(repaired, Change.REPAIRED, spare)

    async def _seen(self, workspace: WorkspaceKey, look: Look) -> None:
        async with self._database.write(Lane.JOBS) as tx:
            await subscriptions.looked(tx, workspace, look, self._clock.now())
        self._bus.publish(Topic.CHANGED, workspace)

    async def _note(self, workspace: WorkspaceKey, *, anew: bool) -> None:
        """Events from before ours was first seen, or was repaired, are never misses."""
        async with self._database.write(Lane.JOBS) as tx:
            known = await watch.get(tx, workspace)
            if anew or known is None or known.subscribed_at is None:
                await watch.subscribed(tx, workspace, self._clock.now())


def _best(mine: Sequence[Subscription], url: str) -> Subscription:
    return max(mine, key=lambda item: (item.url == url, len(item.events), item.id))
