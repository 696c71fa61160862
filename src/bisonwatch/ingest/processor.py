"""From inbox to mirror: read what is due, understand it, write it as one batch, mark it done in the same transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean
from bisonwatch.domain.delivery import Bodies, Delivery
from bisonwatch.domain.promptness import TEN_MINUTES, Promptness
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import (
    BisonwatchError,
    OwnFault,
    StoreBarred,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from bisonwatch.ingest.batch import REASON, Applied, Batch, apply, blamed, particulars, read
from bisonwatch.ingest.faults import Faults, named
from bisonwatch.ingest.fold import fold
from bisonwatch.ingest.held import HASTE, Held, Search
from bisonwatch.metrics import Processing
from bisonwatch.retry import Backoff
from bisonwatch.store import holders, inbox
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane

log = logging.getLogger(__name__)

BATCH = 500
AHEAD = 4
"""So many batches are read at once."""
IDLE_S = 1.0
IDLE_AMONG_OTHERS_S = 0.2
"""What another node took in for our share wakes nobody here."""
REST, REST_S = 4.0, 0.1
"""The mirror rests so many times as long as its batch took, this long at most, when the batch was not full: what trickles in
is written together, and the door has the database and the loop meanwhile."""
REST_BESIDE_CROWD, REST_WHEN_LATE, REST_BESIDE_CROWD_S = 4.0, 1.0, 0.3
"""As above, for full batches while the door is crowded; less when what was read has waited for LATE_S."""
LATE_S = 5.0
CROWD = 16
"""So many deliveries committed together say that senders wait at the door: answering them comes before the mirror."""
BESIDE_CROWD = 100
"""The batch then, so that a transaction never keeps the door waiting for long."""
MEETINGS = 5
"""So often two writers may meet over one batch before it is split like any that fails."""
_CONFLICT = Backoff(first=0.01, most=0.2)
SPARED_S = 2.0
"""After so long what was not asked for its workspace's sake comes by again."""


class Processor:
    """`once` handles one batch, which is what tests call; `run` does so for ever. `share`: what this node takes while others live."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        figures: Processing,
        *,
        share: Callable[[], Share] = lambda: WHOLE,
        bodies: Bodies = Bodies.FULL,
        batch: int = BATCH,
        promptness: Promptness = TEN_MINUTES,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._figures = figures
        self._share = share
        self._bodies = bodies
        self._size = batch
        self._promptness = promptness
        self._waited = 0.0
        self._wake = bus.subscribe(Topic.INBOX)
        self._faults = Faults()
        self._held = Held(clock)
        self._standing = False
        self._failing_since: float | None = None

    async def run(self) -> None:
        size = self._size
        while True:
            started = self._clock.monotonic()
            try:
                worked = await self.once(size)
                if not self._standing:
                    self._recovered()
            except StoreUnavailable as error:
                self._failed(error)
                await self._clock.sleep(IDLE_S)
                continue
            full, took = worked >= size, self._clock.monotonic() - started
            if not full:
                await self._clock.sleep(min(REST * took, REST_S))
            idle = IDLE_S if self._share().whole else IDLE_AMONG_OTHERS_S
            news = self._wake.take() if full else await self._wake.wait(idle)
            crowd = any(isinstance(together, int) and together >= CROWD for together in news)
            size = min(self._size, BESIDE_CROWD) if crowd else self._size
            if full and crowd:
                rest = REST_WHEN_LATE if self._waited >= LATE_S else REST_BESIDE_CROWD
                await self._clock.sleep(min(rest * took, REST_BESIDE_CROWD_S))

    async def once(self, most: int | None = None) -> int:
        """Process what is due, AHEAD batches at most; how many deliveries that was. Raises StoreUnavailable when the database is away."""
        size = most or self._size
        self._held.forget()
        async with self._database.read() as tx:
            due = await inbox.due(tx, self._clock.now(), size * AHEAD, self._share())
        self._waited = (self._clock.now() - due[0].received_at).total_seconds() if due else 0.0
        batches = _batches(due, size, self._held)
        next_one = (
            await read(batches[0], self._clock.now(), self._bodies, self._faults) if batches else Batch()
        )
        for following in batches[1:]:  # one is understood while the one before it is written
            reading = read(following, self._clock.now(), self._bodies, self._faults)
            _, next_one = await asyncio.gather(self._process(next_one, self._held.search()), reading)
        if batches:
            await self._process(next_one, self._held.search())
        return len(due)

    async def _process(self, batch: Batch, search: Search) -> None:
        """Write a batch; one that fails is split until the delivery at fault stands alone."""
        try:
            await self._write(batch, search.patience)
        except StoreUnavailable as error:
            if not error.narrow:
                raise
            await self._hold_up(batch, error, search)
        except (StoreError, OwnFault) as error:
            if len(batch) == 1:
                await self._set_back(batch, error)
                return
            for half in batch.halves():
                await self._process(half, search)
        else:
            search.passed, self._standing = True, False
            self._held.passed(batch.ids)

    async def _hold_up(self, batch: Batch, error: StoreUnavailable, search: Search) -> None:
        """Somebody locks or forbids something: split as for a fault, and what fails alone waits, without blame."""
        search.failed()
        if len(batch) > 1:
            for half in batch.halves():
                await self._others(half, search)
            return
        ((id, home),) = batch.homes.items()
        search.alone[home] += 1
        await self._put_off([id], self._held.wait(id, home), f"held up: {particulars(error)}")
        if self._held.begins(home):
            self._held.tell(home, await self._reason(error))
        if search.everywhere:
            self._standing = True
            raise error

    async def _others(self, batch: Batch, search: Search) -> None:
        """Process a part, but for the workspaces of which enough failed: the rest of those is not asked, and comes by again soon."""
        spared = [id for id, home in batch.homes.items() if search.given_up(home)]
        if spared:
            await self._put_off(spared, SPARED_S)
            batch = batch.only(frozenset(batch.ids) - frozenset(spared))
        if len(batch):
            await self._process(batch, search)

    async def _put_off(self, ids: Sequence[UUID], seconds: float, why: str | None = None) -> None:
        until = self._clock.now() + timedelta(seconds=seconds)
        async with self._database.write(Lane.PROCESSOR) as tx:
            ours = await inbox.claim(tx, ids, HASTE)
            await inbox.put_off(tx, list(ours), until, why and clean(why, REASON))

    async def _reason(self, error: StoreUnavailable) -> str:
        """What the database said, and, where it waited, for whom it may have been."""
        said = clean(particulars(error), REASON)
        if isinstance(error, StoreBarred):
            return said
        async with self._database.read() as tx:
            holder = await holders.oldest(tx)
        return f"{said}; {clean(holder, REASON)}" if holder else said

    async def _write(self, batch: Batch, patience: timedelta) -> None:
        for attempt in range(1, MEETINGS + 1):
            try:
                return await self._transaction(batch, patience)
            except StoreConflict:
                if attempt == MEETINGS:
                    raise
                await self._clock.sleep(_CONFLICT.wait(attempt))
            except BisonwatchError:
                raise
            except Exception as error:
                alone = len(batch) == 1
                raise (self._faults.met(batch.ids[0], error) if alone else named(error)) from error
        return None

    async def _transaction(self, batch: Batch, patience: timedelta) -> None:
        now = self._clock.now()
        changes = fold(batch.understood)  # before the transaction: it keeps others waiting
        work = partial(
            apply, batch=batch, changes=changes, now=now, patience=patience, promptness=self._promptness
        )
        self._after(await self._database.transact(Lane.PROCESSOR, work))

    def _after(self, applied: Applied) -> None:
        now = self._clock.now()
        for item in applied.batch.understood:
            self._figures.latency_ms.add((now - item.delivery.received_at).total_seconds() * 1000)
        self._figures.processed += len(applied.batch.understood)
        self._figures.dead += applied.batch.set_aside
        for key in applied.names:
            self._bus.publish(Topic.CHANGED, key)
        if applied.hints:
            self._bus.publish(Topic.HINTS)

    async def _set_back(self, batch: Batch, error: BisonwatchError) -> None:
        """A delivery that fails alone is tried again with back-off, then set aside with its reason."""
        now = self._clock.now()
        failed = Batch(failures=blamed(batch, error, now))
        for one in failed.failures:
            log.warning(
                "delivery %s could not be processed (try %d): %s",
                one.id,
                one.attempts,
                one.reason,
            )
        async with self._database.write(Lane.PROCESSOR) as tx:
            await inbox.fail(tx, failed.failures, now)
        self._held.passed(batch.ids)
        self._figures.dead += failed.set_aside

    def _failed(self, error: StoreUnavailable) -> None:
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
            log.error("the mirror stands still: %s", error)

    def _recovered(self) -> None:
        if self._failing_since is not None:
            log.info("the mirror moves again, after %.1f s", self._clock.monotonic() - self._failing_since)
            self._failing_since = None


def _batches(due: Sequence[Delivery], size: int, held: Held) -> list[Sequence[Delivery]]:
    """What failed before comes last and by itself: it never holds up, nor splits, a batch of what came since."""
    fresh = [delivery for delivery in due if not delivery.attempts and delivery.id not in held]
    again = [delivery for delivery in due if delivery.attempts or delivery.id in held]
    return [some[first : first + size] for some in (fresh, again) for first in range(0, len(some), size)]
