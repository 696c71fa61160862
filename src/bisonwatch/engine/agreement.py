"""All nodes go by the database's clock: how far this machine's runs from it is measured, and put right."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from bisonwatch.clock import AgreedClock
from bisonwatch.store import moment
from bisonwatch.store.database import Database

log = logging.getLogger(__name__)

ROUNDS = 3
TELL = timedelta(seconds=2)
"""A machine's clock that is further off than this is worth a line in the log."""


@dataclass(frozen=True, slots=True)
class Measure:
    """By how much the machine's clock is ahead of the database's; the truth lies within `ahead` ± `unsure`."""

    ahead: timedelta
    unsure: timedelta


class Agreement:
    """`once` measures and puts the clock right. On SQLite there is one machine and one clock: nothing is measured."""

    def __init__(self, database: Database, clock: AgreedClock) -> None:
        self._database = database
        self._clock = clock
        self._told = False

    async def once(self) -> None:
        """Raises StoreError; the clock stays as it was then."""
        if self._database.dialect.one_writer:
            return
        self.settle(await self._measured())

    async def _measured(self) -> Measure:
        """The quickest of a few round trips; its middle is when the database looked at its clock."""
        machine, found = self._clock.machine, list[Measure]()
        async with self._database.read() as tx:
            for _ in range(ROUNDS):
                asked_at, asked = machine.now(), machine.monotonic()
                told = await moment.now(tx, asked_at)
                half = timedelta(seconds=machine.monotonic() - asked) / 2
                found.append(Measure(asked_at + half - told, half))
        return min(found, key=lambda measure: measure.unsure)

    def settle(self, measure: Measure) -> None:
        """What the measurement cannot tell from its own uncertainty changes nothing, so that time does not shiver."""
        if abs(measure.ahead - self._clock.ahead) > measure.unsure:
            self._clock.ahead = measure.ahead
        off = self._clock.ahead
        if (abs(off) > TELL) != self._told:
            self._told = not self._told
            self._tell(off)

    def _tell(self, off: timedelta) -> None:
        if not self._told:
            log.info("this machine's clock agrees with the database's again")
            return
        way = "ahead of" if off > timedelta(0) else "behind"
        log.warning(
            "this machine's clock is %.1f s %s the database's; bisonwatch goes by the database's clock",
            abs(off.total_seconds()),
            way,
        )
