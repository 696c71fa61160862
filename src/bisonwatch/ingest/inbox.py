"""One writer commits whatever deliveries wait as one batch, without a timer, and answers each only after its batch is durable:
in the database, or in the node's spool while that is away."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.delivery import Delivery
from bisonwatch.errors import StoreError, StoreUnavailable
from bisonwatch.ingest.deadline import within
from bisonwatch.ingest.spool import Spool
from bisonwatch.store import inbox
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may wait in memory, and for how long. `deadline` is in seconds, sizes in bytes."""

    batch: int = 256
    batch_bytes: int = 8 << 20
    pending_bytes: int = 1 << 30
    deadline: float = 2.0


@dataclass(slots=True)
class _Waiting:
    delivery: Delivery
    answer: asyncio.Future[bool]


class Inbox:
    """The life of a delivery from the door to durable. `put` may be called by any number of requests at once."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        bounds: Bounds | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._database = database
        self._spool = spool
        self._bus = bus
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._work = asyncio.Event()
        self._closing = False
        self._failing_since: float | None = None

    async def put(self, delivery: Delivery) -> bool:
        """Durable when this returns; True when the same body was seen within 48 h. Raises StoreError: nothing was kept."""
        size = len(delivery.body)
        if self._closing:
            raise StoreUnavailable("this node is stopping")
        if self._bytes + size > self._bounds.pending_bytes:
            raise StoreUnavailable("more deliveries wait than memory allows")
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(delivery, answer))
        self._bytes += size
        self._work.set()
        try:
            return await answer
        finally:
            self._bytes -= size

    async def run(self) -> None:
        """Until `close`; what waits then is still written."""
        while not (self._closing and not self._waiting):
            await self._work.wait()
            await self.once()
            if not self._waiting and not self._closing:
                self._work.clear()

    def close(self) -> None:
        """No more will come; `run` ends when nothing waits."""
        self._closing = True
        self._work.set()

    async def once(self) -> int:
        """Write one batch; how many deliveries it held."""
        batch = self._take()
        if not batch:
            return 0
        try:
            repeated = await self._keep([item.delivery for item in batch])
            for item in batch:
                if not item.answer.done():
                    item.answer.set_result(item.delivery.id in repeated)
        except StoreError as error:
            self._failed(batch, error)
            return 0
        finally:  # stopped in the middle, or a bug: nobody waits for ever
            _refuse(batch, StoreUnavailable("the writer stopped"))
        self._recovered()
        return len(batch)

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < self._bounds.batch and size < self._bounds.batch_bytes:
            item = self._waiting.popleft()
            if not item.answer.cancelled():
                batch.append(item)
                size += len(item.delivery.body)
        return batch

    async def _keep(self, deliveries: Sequence[Delivery]) -> frozenset[UUID]:
        """The ids of those that are known to be repeats. Raises StoreError: nothing was kept anywhere."""
        if self._spool is not None and self._spool.instead:
            await self._spool.keep(deliveries)
            return frozenset()
        try:
            repeated = await self._commit(deliveries)
        except StoreError as error:
            if self._spool is None:
                raise
            self._spool.turn(error)
            await self._spool.keep(deliveries)
            return frozenset()
        if self._spool is not None:
            self._spool.works()
        self._bus.publish(Topic.INBOX, len(deliveries))
        return repeated

    async def _commit(self, deliveries: Sequence[Delivery]) -> frozenset[UUID]:
        put = partial(inbox.put, deliveries=deliveries)
        try:
            return await within(self._bounds.deadline, self._database.at_once(Lane.INBOX, put))
        except TimeoutError as error:
            raise StoreUnavailable(
                f"the database did not take a batch within {self._bounds.deadline:g} s"
            ) from error

    def _failed(self, batch: Sequence[_Waiting], error: StoreError) -> None:
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
            log.error("deliveries are refused with 503: %s", error)
        _refuse(batch, StoreUnavailable(str(error)))

    def _recovered(self) -> None:
        if self._failing_since is not None:
            lasted = self._clock.monotonic() - self._failing_since
            self._failing_since = None
            log.info("deliveries are taken again, after %.1f s", lasted)


def _refuse(batch: Sequence[_Waiting], error: StoreError) -> None:
    """Tell those who still wait."""
    for item in batch:
        if not item.answer.done():
            item.answer.set_exception(error)
