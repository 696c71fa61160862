"""From inbox to mirror: read what is due, understand it, write it as one batch, mark it done in the same transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean
from bisonwatch.domain.delivery import Delivery, Effect
from bisonwatch.domain.event import UnknownEvent, subject_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.understood import Understood
from bisonwatch.errors import StoreConflict, StoreError, StoreUnavailable, UnreadableEvent
from bisonwatch.ingest.fold import fold
from bisonwatch.ingest.understand import understand
from bisonwatch.metrics import Processing
from bisonwatch.retry import Backoff
from bisonwatch.store import inbox, mirror
from bisonwatch.store.database import Database
from bisonwatch.store.inbox import Done, Failure
from bisonwatch.store.lanes import Lane

log = logging.getLogger(__name__)

BATCH = 500
TRIES = 5
REASON = 500
IDLE_S = 1.0
REST, REST_BESIDE_CROWD, REST_S = 4.0, 1.0, 0.1
"""The mirror rests so many times as long as its batch took, this long at most, when the batch was not full or the door
is crowded: what trickles in is written together, and the door has the database and the loop meanwhile."""
STEP = 32
"""So many deliveries are understood in one go; then the loop may answer requests."""
CROWD = 16
"""So many deliveries committed together say that senders wait at the door: answering them comes before the mirror."""
BESIDE_CROWD = 100
"""The batch then, so that a transaction never keeps the door waiting for long."""
_AGAIN = Backoff(first=2.0, most=300.0)
_CONFLICT = Backoff(first=0.01, most=0.2)


@dataclass(slots=True)
class _Batch:
    """Deliveries read together: what was understood, and what cannot be."""

    understood: list[Understood] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    canaries: list[Delivery] = field(default_factory=list)

    @property
    def ids(self) -> list[UUID]:
        return [
            *(item.delivery.id for item in self.understood),
            *(item.id for item in self.failures),
            *(item.id for item in self.canaries),
        ]


class Processor:
    """`once` handles one batch, which is what tests call; `run` does so for ever."""

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, figures: Processing, *, batch: int = BATCH
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._figures = figures
        self._size = batch
        self._wake = bus.subscribe(Topic.INBOX)
        self._known: dict[WorkspaceKey, tuple[str | None, str]] = {}
        self._failing_since: float | None = None

    async def run(self) -> None:
        size = self._size
        while True:
            started = self._clock.monotonic()
            try:
                worked = await self.once(size)
                self._recovered()
            except StoreUnavailable as error:
                self._failed(error)
                await self._clock.sleep(IDLE_S)
                continue
            full, took = worked >= size, self._clock.monotonic() - started
            if not full:
                await self._clock.sleep(min(REST * took, REST_S))
            news = self._wake.take() if full else await self._wake.wait(IDLE_S)
            crowd = any(isinstance(together, int) and together >= CROWD for together in news)
            size = min(self._size, BESIDE_CROWD) if crowd else self._size
            if full and crowd:
                await self._clock.sleep(min(REST_BESIDE_CROWD * took, REST_S))

    async def once(self, most: int | None = None) -> int:
        """Process one batch; how many deliveries were due. Raises StoreUnavailable when the database is away."""
        async with self._database.read() as tx:
            due = await inbox.due(tx, self._clock.now(), most or self._size)
        if due:
            await self._process(await _read(due))
        return len(due)

    async def _process(self, batch: _Batch) -> None:
        """Write a batch; one that fails is split until the delivery at fault stands alone."""
        try:
            await self._write(batch)
        except StoreUnavailable:
            raise
        except StoreError as error:
            if len(batch.understood) <= 1:
                await self._set_back(batch, error)
                return
            middle = len(batch.understood) // 2
            await self._process(_Batch(batch.understood[:middle], batch.failures, batch.canaries))
            await self._process(_Batch(batch.understood[middle:]))

    async def _write(self, batch: _Batch) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._transaction(batch)
            except StoreConflict:
                if attempt == TRIES:
                    raise
                await self._clock.sleep(_CONFLICT.wait(attempt))
        return None

    async def _transaction(self, batch: _Batch) -> None:
        now = self._clock.now()
        items, changes = (
            batch.understood,
            fold(batch.understood),
        )  # before the transaction: it keeps others waiting
        async with self._database.write(Lane.PROCESSOR) as tx:
            ours = await inbox.claim(tx, batch.ids)
            if len(ours) < len(batch.ids):
                items = [item for item in batch.understood if item.delivery.id in ours]
                changes = fold(items)
            written = await mirror.write(tx, changes, self._known, now)
            done = [_done(item, item.delivery.id in written.news_from) for item in items]
            done += [_proof(delivery) for delivery in batch.canaries if delivery.id in ours]
            failures = [failure for failure in batch.failures if failure.id in ours]
            await inbox.finish(tx, done, now)
            await inbox.fail(tx, failures, now)
        self._after(items, failures, written)
        if changes.hints:
            self._bus.publish(Topic.HINTS)

    def _after(
        self, items: Sequence[Understood], failures: Sequence[Failure], written: mirror.Written
    ) -> None:
        now = self._clock.now()
        for item in items:
            self._figures.latency_ms.add((now - item.delivery.received_at).total_seconds() * 1000)
        self._figures.processed += len(items)
        self._figures.dead += _set_aside(failures)
        for item in items:
            name = item.event.header.workspace_name
            self._known[item.workspace] = (name, written.names[item.workspace])
        for key in written.names:
            self._bus.publish(Topic.CHANGED, key)

    async def _set_back(self, batch: _Batch, error: StoreError) -> None:
        """A delivery that fails alone is tried again with back-off, then set aside with its reason."""
        now = self._clock.now()
        failures = [*batch.failures, *(_failure(item.delivery, error, now) for item in batch.understood)]
        for failure in failures:
            log.warning(
                "delivery %s could not be processed (try %d): %s",
                failure.id,
                failure.attempts,
                failure.reason,
            )
        async with self._database.write(Lane.PROCESSOR) as tx:
            await inbox.fail(tx, failures, now)
        self._figures.dead += _set_aside(failures)

    def _failed(self, error: StoreUnavailable) -> None:
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
            log.error("the mirror stands still: %s", error)

    def _recovered(self) -> None:
        if self._failing_since is not None:
            log.info("the mirror moves again, after %.1f s", self._clock.monotonic() - self._failing_since)
            self._failing_since = None


async def _read(deliveries: Sequence[Delivery]) -> _Batch:
    batch = _Batch()
    for number, delivery in enumerate(deliveries):
        if number % STEP == 0:
            await asyncio.sleep(0)
        if delivery.canary is not None:
            batch.canaries.append(delivery)
            continue
        try:
            batch.understood.append(understand(delivery))
        except UnreadableEvent as error:
            batch.failures.append(Failure(delivery.id, str(error), delivery.attempts + 1, None))
    return batch


def _failure(delivery: Delivery, error: StoreError, now: datetime) -> Failure:
    attempts = delivery.attempts + 1
    again = None if attempts >= TRIES else now + timedelta(seconds=_AGAIN.wait(attempts))
    return Failure(delivery.id, clean(str(error), REASON), attempts, again)


def _set_aside(failures: Sequence[Failure]) -> int:
    return sum(1 for failure in failures if failure.next_try_at is None)


def _done(item: Understood, brought_news: bool) -> Done:
    if isinstance(item.event, UnknownEvent):
        effect = Effect.UNKNOWN
    else:
        effect = Effect.APPLIED if brought_news or not item.facts else Effect.DUPLICATE
    return Done(item.delivery.id, item.workspace.id, item.event.header.type, effect, subject_of(item.event))


def _proof(delivery: Delivery) -> Done:
    """A canary is recorded as proof that the whole way works, and never applied."""
    return Done(
        delivery.id, delivery.workspace_id, delivery.type or "canary", Effect.CANARY, delivery.canary or ""
    )
