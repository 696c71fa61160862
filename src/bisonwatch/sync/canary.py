"""Canaries: the provider's own test event, aimed at our public address, must arrive here. It proves the way even when nothing is sent."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.reach import reach
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean
from bisonwatch.domain.event import EventType
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.subscription import Landing
from bisonwatch.errors import BisonwatchError, ProviderUnreachable, RequestRefused
from bisonwatch.store import deliveries, nodes, subscriptions
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.subscriptions import Subscriptions
from bisonwatch.sync.why_lost import Lost, why

WAIT_S = 30.0
"""The provider gives a delivery 15 s; the rest is for a busy database."""
LOOK_S = 0.25
SKEW = timedelta(minutes=5)
"""How much two machines' clocks may differ here: it only bounds a search."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A test event that was asked for. `refused` is what the provider said when it did not go well there."""

    workspace: WorkspaceKey
    nonce: str
    sent_at: datetime
    refused: str | None = None


Tell = Callable[[Landing], None]
Reach = Callable[[str, str], Awaitable[str | None]]


def _silent(_landing: Landing) -> None:
    return None


class Canaries:
    """`reach` looks at our own public address."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        subscribed: Subscriptions,
        clock: Clock,
        *,
        concurrency: int = 5,
        reach: Reach = reach,
    ) -> None:
        self._database = database
        self._providers = providers
        self._subscribed = subscribed
        self._clock = clock
        self._concurrency = concurrency
        self._reach = reach

    async def fly(
        self,
        workspaces: Sequence[WorkspaceKey],
        wait_s: float = WAIT_S,
        meter: Meter | None = None,
        tell: Tell = _silent,
    ) -> list[Landing]:
        """One for each workspace, all awaited together; each end is recorded, and told as it comes. Raises StoreError."""
        now = self._clock.now()
        async with self._database.read() as tx:
            living = any(node.alive(now) for node in await nodes.recent(tx))
        if not living:
            return self._none_listens(workspaces, tell)
        before, gate = await self._rejected(), asyncio.Semaphore(self._concurrency)
        sent = await asyncio.gather(*(self._send(key, gate, meter or Meter()) for key in workspaces))
        landed = [item for item in sent if isinstance(item, Landing)]
        for landing in landed:
            tell(landing)
        flights = {item.nonce: item for item in sent if isinstance(item, Flight)}
        landed += await self._await(flights, wait_s, tell)
        after = await self._rejected()
        rejected = sum(max(0, count - before.get(node, 0)) for node, count in after.items())
        for instance in sorted({flight.workspace.instance for flight in flights.values()}):
            late = [flight for flight in flights.values() if flight.workspace.instance == instance]
            landed += await self._lost(instance, late, wait_s, rejected, tell)
        return landed

    def _none_listens(self, workspaces: Sequence[WorkspaceKey], tell: Tell) -> list[Landing]:
        error = "no engine is running on this database, so nothing listens; start `bisonwatch --daemon`"
        landed = [Landing(key, error=error) for key in workspaces]
        for landing in landed:
            tell(landing)
        return landed

    async def _send(self, workspace: WorkspaceKey, gate: asyncio.Semaphore, meter: Meter) -> Flight | Landing:
        nonce, refused = secrets.token_hex(12), None
        async with gate:
            sent_at = self._clock.now()
            try:
                url = f"{self._subscribed.wanted(workspace)}&canary={nonce}"
                client = meter.follow(await self._providers.client(workspace, Priority.INTERACTIVE))
                try:
                    await client.subscriptions.test(EventType.EMAIL_SENT.value, url)
                except (RequestRefused, ProviderUnreachable) as problem:
                    refused = str(problem).replace(nonce, "…")  # it may have come all the same
            except BisonwatchError as problem:
                return Landing(workspace, error=str(problem))
        return Flight(workspace, nonce, sent_at, refused)

    async def _await(self, flights: dict[str, Flight], wait_s: float, tell: Tell) -> list[Landing]:
        """Takes those that arrive out of `flights`."""
        landed: list[Landing] = []
        until = self._clock.monotonic() + wait_s
        while flights:
            since = min(flight.sent_at for flight in flights.values()) - SKEW
            async with self._database.read() as tx:
                found = await deliveries.canaries(tx, list(flights), since)
            for nonce, at in found.items():
                landed.append(await self._arrived(flights.pop(nonce), at))
                tell(landed[-1])
            if not flights or self._clock.monotonic() >= until:
                break
            await self._clock.sleep(LOOK_S)
        return landed

    async def _arrived(self, flight: Flight, at: datetime) -> Landing:
        async with self._database.write(Lane.JOBS) as tx:
            await subscriptions.arrived(tx, flight.workspace, flight.sent_at, at)
        return Landing(flight.workspace, took=max(timedelta(0), at - flight.sent_at))

    async def _lost(
        self, instance: str, late: Sequence[Flight], wait_s: float, rejected: int, tell: Tell
    ) -> list[Landing]:
        if not late:
            return []
        url = self._subscribed.public_url or ""
        answers = await self._reach(url, instance)
        landed = []
        for flight in late:
            reason = why(Lost(url, wait_s, answers, rejected, flight.refused))
            async with self._database.write(Lane.JOBS) as tx:
                await subscriptions.lost(tx, flight.workspace, flight.sent_at, clean(reason, 500))
            landed.append(Landing(flight.workspace, error=reason))
            tell(landed[-1])
        return landed

    async def _rejected(self) -> dict[UUID, int]:
        """How many deliveries each node has turned away."""
        async with self._database.read() as tx:
            return {node.id: int(node.figures.get("rejected") or 0) for node in await nodes.recent(tx)}
