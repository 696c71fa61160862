"""The node's spool, as the door sees it: where deliveries are durable while the database is away, and whether it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean_or_none
from bisonwatch.domain.delivery import Delivery
from bisonwatch.errors import StoreError, StoreUnavailable
from bisonwatch.ingest.deadline import within
from bisonwatch.metrics import Spooling
from bisonwatch.store.spool import Holding, SpoolFile

log = logging.getLogger(__name__)


class Spool:
    """`keep` takes what the database does not. Its `Drain` empties it, and finds out that the database is back.

    `deadline`: how many seconds the file may take for a batch.
    """

    def __init__(self, file: SpoolFile, clock: Clock, figures: Spooling, deadline: float = 2.0) -> None:
        self.file = file
        self.figures = figures
        self.work = asyncio.Event()
        """Set when something may be here."""
        self.allowed = asyncio.Event()
        """Set while what is here may be drained."""
        self.allowed.set()
        self.kept = 0
        """How many batches were kept here."""
        self._clock = clock
        self._deadline = deadline
        self._away = False
        self._since: float | None = None

    @property
    def instead(self) -> bool:
        """Whether the database is known to be away: deliveries come here at once."""
        return self._away

    async def open(self) -> bool:
        """Count what an earlier start left here; whether the file can be used. What is wrong with it is logged."""
        try:
            holding = await self.count()
        except StoreUnavailable as error:
            self._troubled(error)
            return False
        if holding.waiting:
            log.warning("%d deliveries wait in the spool %s from before", holding.waiting, self.file.path)
        if holding.foreign:
            log.error(
                "%d deliveries in the spool %s are for %s and stay there until a node with that database.url starts, or "
                "`bisonwatch db spool adopt` hands them over",
                holding.foreign,
                self.file.path,
                ", ".join(holding.mirrors),
            )
        self.work.set()
        return True

    async def count(self) -> Holding:
        """What the file holds is what the figures say. Raises StoreUnavailable."""
        holding = await self.file.holding()
        self.figures.waiting, self.figures.refused = holding.waiting, holding.refused
        self.figures.reason, self.figures.foreign = clean_or_none(holding.reason), holding.foreign
        return holding

    def hold(self, error: StoreError) -> None:
        """Nothing is drained until `release`: the database is not ready for us."""
        self.allowed.clear()
        self.turn(error)

    def release(self) -> None:
        """The database is ready: what waits is drained, and deliveries go straight to it again."""
        self.allowed.set()
        if not self.figures.waiting:
            self.works()

    @property
    def failing(self) -> bool:
        """Whether the log has said that the database does not take deliveries."""
        return self._since is not None

    def answers(self) -> None:
        """The next delivery goes to the database itself: it answered the drain, or nothing is left to ask it with."""
        self._away = False

    def turn(self, error: StoreError) -> None:
        """The database did not take a batch. One that is away is not asked again before the drain finds it back."""
        self._away = isinstance(error, StoreUnavailable)
        if self._since is None:
            self._since = self._clock.monotonic()
            log.error(
                "deliveries go to the spool %s until the database takes them: %s", self.file.path, error
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
            await within(self._deadline, self.file.put(deliveries))
        except (StoreUnavailable, TimeoutError) as error:
            said = error if isinstance(error, StoreUnavailable) else too_slow(self._deadline)
            self._troubled(said)
            self.work.set()  # what took too long may be here all the same
            if not self.figures.waiting and self.allowed.is_set():
                self._away = False  # nothing is here to probe the database with: the next delivery does
            raise said from error
        if self.figures.trouble is not None:
            self.figures.trouble = None
            log.info("the spool %s takes deliveries again", self.file.path)
        self.kept += 1
        self.figures.waiting += len(deliveries)
        self.work.set()

    async def close(self) -> None:
        """What is here stays for the next start."""
        if self.figures.waiting:
            log.warning(
                "%d deliveries stay in the spool for the next start: %s",
                self.figures.waiting,
                self.file.path,
            )
        await self.file.close()

    def _troubled(self, error: StoreUnavailable) -> None:
        if self.figures.trouble is None:
            self.figures.trouble = str(error)
            log.error("deliveries cannot be spooled: %s", error)


def too_slow(seconds: float) -> StoreUnavailable:
    return StoreUnavailable(f"a batch was not taken within {seconds:g} s")
