"""What happens to deliveries while the database is away: they are durable in the node's spool, and drained when it is back."""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean
from bisonwatch.domain.delivery import Delivery
from bisonwatch.errors import StoreBarred, StoreConflict, StoreError, StoreUnavailable
from bisonwatch.ingest.deadline import within
from bisonwatch.metrics import Spooling
from bisonwatch.store import inbox
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.spool import Held, SpoolFile

log = logging.getLogger(__name__)

PROBE_S = 0.2
"""While the database is away it is tried so often: drained first, then served from, is what was spooled."""
FIRST, MOST, EACH = 16, 256, 4096
"""So many deliveries, of so many bytes each, go in the batch that finds the database back; each that works doubles the next."""
SLOWEST = 256 << 10
"""Bytes a second: a database that takes them slower counts as away. A large body has so much more time."""
TOGETHER = 1024
"""So many are removed in one transaction."""
STUCK_S, BARRED_S = 1.0, 5.0
"""When something else than the database's absence stops the drain; when the database turns us away, which some count."""
AGAIN_S = 300.0
"""What the database refused alone is offered to it again."""
REASON = 500


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long the spool may take for a batch, and how long the database may take for one that is drained."""

    spool: float = 2.0
    drain: float = 1.5


class Spool:
    """`keep` takes what the database does not; `once` drains one batch; `run` does so for ever, and is the probe that finds it back."""

    def __init__(
        self,
        file: SpoolFile,
        database: Database,
        bus: Bus,
        clock: Clock,
        figures: Spooling,
        patience: Patience | None = None,
    ) -> None:
        self._file = file
        self._database = database
        self._bus = bus
        self._clock = clock
        self._figures = figures
        self._patience = patience or Patience()
        self._size = FIRST
        self._work = asyncio.Event()
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._away = False
        self._since: float | None = None
        self._kept = 0
        self._stuck = False
        self._told = float("-inf")
        self._offered: int | None = None
        self._after = 0
        self._owed: array[int] = array("q")

    @property
    def instead(self) -> bool:
        """Whether the database is known to be away: deliveries come here at once."""
        return self._away

    async def open(self) -> bool:
        """Count what an earlier start left here; whether the file can be used. What is wrong with it is logged."""
        try:
            holding = await self._file.holding()
        except StoreUnavailable as error:
            self._troubled(error)
            return False
        self._figures.waiting, self._figures.refused = holding.waiting, holding.refused
        if holding.waiting:
            log.warning("%d deliveries wait in the spool %s from before", holding.waiting, self._file.path)
        if holding.foreign:
            log.error(
                "%d deliveries in the spool %s are for another database.url and stay there until a node with it starts",
                holding.foreign,
                self._file.path,
            )
        self._work.set()
        return True

    def hold(self, error: StoreError) -> None:
        """Nothing is drained until `release`: the database is not ready for us."""
        self._allowed.clear()
        self.turn(error)

    def release(self) -> None:
        """The database is ready: what waits is drained, and deliveries go straight to it again."""
        self._allowed.set()
        if not self._figures.waiting:
            self.works()

    def turn(self, error: StoreError) -> None:
        """The database did not take a batch. One that is away is not asked again before the drain finds it back."""
        self._away = isinstance(error, StoreUnavailable)
        if self._since is None:
            self._since = self._clock.monotonic()
            log.error(
                "deliveries go to the spool %s until the database takes them: %s", self._file.path, error
            )

    def works(self) -> None:
        """The database took deliveries."""
        self._away = False
        if self._since is not None:
            lasted = self._clock.monotonic() - self._since
            self._since = None
            log.info("the database takes deliveries again, after %.1f s", lasted)

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Durable when this returns. Raises StoreUnavailable: nothing was kept here, or it cannot be told."""
        try:
            await within(self._patience.spool, self._file.put(deliveries))
        except (StoreUnavailable, TimeoutError) as error:
            said = error if isinstance(error, StoreUnavailable) else _slow(self._patience.spool)
            self._troubled(said)
            self._work.set()  # what took too long may be here all the same
            if not self._figures.waiting and self._allowed.is_set():
                self._away = False  # nothing is here to probe the database with: the next delivery does
            raise said from error
        if self._figures.trouble is not None:
            self._figures.trouble = None
            log.info("the spool %s takes deliveries again", self._file.path)
        self._kept += 1
        self._figures.waiting += len(deliveries)
        self._work.set()

    async def run(self) -> None:
        while True:
            await self._allowed.wait()
            try:
                if not await self.once():
                    await self._rest()
                self._moving()
            except StoreError as error:
                self._standing(error)
                await self._clock.sleep(self._pause(error))

    def _pause(self, error: StoreError) -> float:
        if isinstance(error, StoreBarred):
            return BARRED_S
        return PROBE_S if self._away else STUCK_S

    async def once(self) -> int:
        """Drain one batch, oldest first; how many deliveries it held. Raises StoreError: they are still here."""
        kept = self._kept
        held = await self._read()
        if held:
            await self._move(held)
            return len(held)
        await self._remove()
        if kept == self._kept:
            self._figures.waiting = 0  # another node that shares the file may have drained it
            self._away = False
        return 0

    async def close(self) -> None:
        """What is here stays for the next start."""
        if self._figures.waiting:
            log.warning(
                "%d deliveries stay in the spool for the next start: %s",
                self._figures.waiting,
                self._file.path,
            )
        await self._file.close()

    async def _read(self) -> list[Held]:
        try:
            return await self._file.oldest(self._size, self._size * EACH, after=self._after)
        except StoreUnavailable:
            self._away = False  # it cannot be the probe: the next delivery is
            raise

    async def _move(self, held: Sequence[Held]) -> None:
        """Into the database, then out of here: a crash between the two repeats what is nothing. One that is refused is set aside."""
        try:
            await self._commit([item.delivery for item in held])
        except (StoreUnavailable, StoreConflict):
            self._size = FIRST
            raise
        except StoreError as error:
            if len(held) == 1:
                return await self._set_aside(held[0], error)
            middle = len(held) // 2
            await self._move(held[:middle])
            return await self._move(held[middle:])
        self._size = min(MOST, self._size * 2)
        self.works()
        self._bus.publish(Topic.INBOX, len(held))
        self._passed(held)
        self._owed.extend(item.seq for item in held)
        with self._patiently():
            await self._remove()
        return None

    def _passed(self, held: Sequence[Held]) -> None:
        """Whatever becomes of their removal, the next batch is what came after them."""
        self._after = held[-1].seq
        self._figures.waiting = max(0, self._figures.waiting - len(held))

    async def _remove(self) -> None:
        """What is durable in the database; where the spool's disk is full that waits, and the drain goes on."""
        while self._owed:
            await self._file.remove(self._owed[:TOGETHER])
            del self._owed[:TOGETHER]

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable as error:
            self._standing(error)

    async def _commit(self, deliveries: Sequence[Delivery]) -> None:
        put = partial(inbox.put, deliveries=deliveries)
        seconds = self._patience.drain + sum(len(delivery.body) for delivery in deliveries) / SLOWEST
        try:
            await within(seconds, self._database.at_once(Lane.PROCESSOR, put))
        except TimeoutError as error:
            raise _slow(seconds) from error

    async def _set_aside(self, held: Held, error: StoreError) -> None:
        """It answers, so that others are brought to it again; a line a second is enough for whoever reads of it."""
        reason = clean(str(error), REASON)
        self._away = False
        self._passed([held])
        self._figures.refused += 1
        with self._patiently():
            await self._file.set_aside(held, reason, self._clock.now())
        if self._clock.monotonic() - self._told >= 1.0:
            self._told = self._clock.monotonic()
            log.error(
                "delivery %s is refused alone, and set aside in the spool: %s", held.delivery.id, reason
            )

    async def _rest(self) -> None:
        """Until something comes in; what was set aside is offered again now and then, and on and on while it is taken."""
        if await self._file.shrink() or self._figures.waiting:
            return None
        if self._figures.refused and self._figures.refused == self._offered:
            return await self._offer_again()
        self._work.clear()
        try:
            async with asyncio.timeout(AGAIN_S if self._figures.refused else None):
                await self._work.wait()
        except TimeoutError:
            await self._offer_again()
        return None

    async def _offer_again(self) -> None:
        before = self._clock.now() - timedelta(seconds=AGAIN_S / 2)
        again, self._after = await self._file.try_again(before, MOST), 0
        self._figures.refused = (await self._file.holding()).refused
        self._figures.waiting += again
        self._offered = self._figures.refused if again else None

    def _troubled(self, error: StoreUnavailable) -> None:
        if self._figures.trouble is None:
            self._figures.trouble = str(error)
            log.error("deliveries cannot be spooled: %s", error)

    def _standing(self, error: StoreError) -> None:
        if not self._stuck and self._since is None:
            self._stuck = True
            log.error("the spool is not drained as it should be: %s", error)

    def _moving(self) -> None:
        if self._stuck:
            self._stuck = False
            log.info("the spool drains again")


def _slow(seconds: float) -> StoreUnavailable:
    return StoreUnavailable(f"a batch was not taken within {seconds:g} s")
