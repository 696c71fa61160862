"""Webhook deliveries as chapter 18 of the provider's sheet has them.

Only a 200 within 15 seconds counts; after a failure come up to five retries, at +1 min, +10 min, +1 h, +6 h and +24 h
(divided by `compression`); then the delivery stays failed. Order is not promised.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import hmac
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

from bisonwatch.clock import Clock
from bisonwatch.simulator.faults import FaultSwitch, Outage, WebhookFaults
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import Attempt, Delivery, LoggedEvent, Subscription
from bisonwatch.simulator.sending import Headers, NetworkSender, Sender
from bisonwatch.simulator.world import World

RETRIES = (60.0, 600.0, 3600.0, 21_600.0, 86_400.0)
TIMEOUT = 15.0
CONCURRENCY = 32
MOST_WAITING = 100_000
"""Deliveries that may wait; with a receiver that stays away for long, later ones fail unsent, so that memory is bounded."""
PASS = 0.02
"""Seconds between two looks for what is due."""


@dataclass(slots=True)
class Figures:
    """What happened to deliveries since the start. `attempts` is posts; `waiting` is what is due later."""

    deliveries: int = 0
    attempts: int = 0
    succeeded: int = 0
    failed: int = 0
    dropped: int = 0


class Deliveries:
    """Takes the world's fresh events, makes one delivery per matching subscription, and posts what is due."""

    def __init__(
        self,
        world: World,
        faults: FaultSwitch,
        clock: Clock,
        *,
        sender: Sender | None = None,
        compression: float = 1.0,
        timeout: float = TIMEOUT,
        concurrency: int = CONCURRENCY,
        seed: int = 0,
    ) -> None:
        self.figures = Figures()
        self._world = world
        self._faults = faults
        self._clock = clock
        self._sender: Sender = sender or NetworkSender()
        self._waits = tuple(seconds / compression for seconds in RETRIES)
        self._timeout = timeout
        self._concurrency = concurrency
        self._rng = Random(seed)
        self._order = count()
        self._later: list[tuple[datetime, int, Delivery]] = []
        self._ready: deque[Delivery] = deque()
        self._workers: set[asyncio.Task[int]] = set()

    @property
    def waiting(self) -> int:
        """Deliveries due later or just now."""
        return len(self._later) + len(self._ready)

    def next_due(self) -> datetime | None:
        """When the earliest waiting delivery is due."""
        return self._later[0][0] if self._later else None

    async def deliver_due(self, now: datetime) -> int:
        """One pass: take fresh events, post everything due at `now`, wait for the answers. Returns posts made."""
        self._take(now)
        made = await asyncio.gather(*(self._drain(now) for _ in range(self._hands())))
        return sum(made)

    async def run(self) -> None:
        """A thin loop around the same work; a slow receiver holds up one hand, not the others."""
        try:
            while True:
                now = self._clock.now()
                self._take(now)
                for _ in range(min(self._concurrency - len(self._workers), self._hands())):
                    worker = asyncio.create_task(self._drain(None))
                    self._workers.add(worker)
                    worker.add_done_callback(self._workers.discard)
                await self._clock.sleep(PASS)
        finally:
            for worker in list(self._workers):
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            await self._sender.aclose()

    def retry(self, attempt_id: int, workspace_id: int, now: datetime) -> Delivery | None:
        """A new delivery of the event of that attempt; None where the log does not hold it."""
        for event in self._world.workspaces[workspace_id].log.below():
            for delivery in event.deliveries:
                if any(attempt.id == attempt_id for attempt in delivery.attempts):
                    again = self._add(event, delivery.url, now)
                    self._queue(again, now)
                    return again
        return None

    async def test(self, url: str, body: bytes) -> int | None:
        """The provider's test event: posted at once, and not recorded."""
        return await self._sender.post(url, body, self._timeout)

    def _hands(self) -> int:
        return min(self._concurrency, len(self._ready))

    def _take(self, now: datetime) -> None:
        """Fresh events become deliveries; deliveries whose time has come become ready."""
        for event in self._world.take_fresh():
            subscriptions = self._world.workspaces[event.workspace_id].subscriptions
            if len(subscriptions):
                self._deliver(event, subscriptions, now)
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])

    def _deliver(self, event: LoggedEvent, subscriptions: Iterable[Subscription], now: datetime) -> None:
        faults = self._faults.now.for_workspace(event.workspace_id)
        for subscription in subscriptions:
            if event.type.lower() not in subscription.events or event.type in faults.mute:
                continue
            if faults.drop and self._rng.random() < faults.drop:
                self.figures.dropped += 1
                continue
            delivery = self._add(event, subscription.url, now)
            if faults.outage is Outage.UNSENT or self.waiting >= MOST_WAITING:
                delivery.status = "failed"
                self.figures.failed += 1
            else:
                self._queue(delivery, now + timedelta(seconds=self._lateness(faults)))

    def _lateness(self, faults: WebhookFaults) -> float:
        shuffle = self._rng.uniform(0, faults.reorder) if faults.reorder else 0.0
        return faults.delay + shuffle

    def _add(self, event: LoggedEvent, url: str, now: datetime) -> Delivery:
        delivery = Delivery(self._world.scribe.next_id("delivery"), event, url, whole(now))
        event.deliveries.append(delivery)
        self.figures.deliveries += 1
        return delivery

    def _queue(self, delivery: Delivery, due: datetime) -> None:
        heapq.heappush(self._later, (due, next(self._order), delivery))

    async def _drain(self, now: datetime | None) -> int:
        """Post ready deliveries until there are none. `now` None asks the clock after each answer."""
        made = 0
        while self._ready:
            delivery = self._ready.popleft()
            if delivery.status != "pending":
                continue
            await self._attempt(delivery, now)
            made += 1
        return made

    async def _attempt(self, delivery: Delivery, now: datetime | None) -> None:
        faults = self._faults.now.for_workspace(delivery.event.workspace_id)
        code = await self._post(delivery) if faults.outage is Outage.NONE else None
        self._record(delivery, code, now or self._clock.now())
        if self._taken(code) and faults.duplicate and self._rng.random() < faults.duplicate:
            code = await self._post(delivery)
            self._record(delivery, code, now or self._clock.now())

    async def _post(self, delivery: Delivery) -> int | None:
        """As a switch a signature of an unknown kind, though none is documented."""
        headers: Headers = ()
        if self._faults.forms.webhook_signature:
            secret = self._world.workspaces[delivery.event.workspace_id].secret.encode()
            digest = hmac.new(secret, delivery.event.body, hashlib.sha256).hexdigest()
            headers = (("x-emailbison-signature", digest),)
        return await self._sender.post(delivery.url, delivery.event.body, self._timeout, headers)

    def _taken(self, code: int | None) -> bool:
        """Whether only 200 counts, or any 2xx, is a switch."""
        if self._faults.forms.webhook_success == "2xx":
            return code is not None and 200 <= code < 300
        return code == 200

    def _record(self, delivery: Delivery, code: int | None, now: datetime) -> None:
        status = "succeeded" if self._taken(code) else "failed"
        attempt = Attempt(self._world.scribe.next_id("attempt"), status, code, whole(now))
        delivery.attempts.append(attempt)
        self.figures.attempts += 1
        if delivery.status == "succeeded":
            return
        tries = len(delivery.attempts)
        if status == "succeeded":
            delivery.status = "succeeded"
            self.figures.succeeded += 1
        elif tries <= len(self._waits):
            self._queue(delivery, now + timedelta(seconds=self._waits[tries - 1]))
        else:
            delivery.status = "failed"
            self.figures.failed += 1
