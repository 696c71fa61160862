"""What this process counted of its requests to the provider, and of flaws in the answers, carried to the database once a minute."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial

from bisonwatch.clock import Clock
from bisonwatch.domain.api_log import ApiLog, EndpointHours
from bisonwatch.domain.span import Span
from bisonwatch.domain.validation_log import ValidationLog
from bisonwatch.errors import StoreError
from bisonwatch.ingest.deadline import within
from bisonwatch.metrics import Endpoint, FlawKey, Flaws, Metrics, Tally
from bisonwatch.store import api_log, validation_log
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.waiting import Slots

log = logging.getLogger(__name__)

EVERY_S = 60.0
CLOSE_S = 2.0
"""So long the end waits for the database."""
READ_S = 5.0
"""Whoever reads a log is shown all of this process but the last few seconds, not what was written a minute ago."""
WAIT_S = 1.0
"""So long a reader waits for that."""


class Logbook:
    """`once` writes what waits; what the database did not take waits on, in bounds. A crash loses a minute at most."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._calls, self._flaws = metrics.calls.waiting, metrics.validation.waiting
        self._under_way: asyncio.Future[None] | None = None
        self._carried_at = float("-inf")

    async def once(self) -> None:
        """Raises StoreError. What was begun goes on when its caller is cut off: nothing is counted twice."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.ensure_future(self._carry())
        await asyncio.shield(self._under_way)

    async def _carry(self) -> None:
        self._carried_at = self._clock.monotonic()
        calls, flaws = self._calls.take(), self._flaws.take()
        if not calls and not flaws:
            return
        stored = False
        try:
            await self._database.again(Lane.JOBS, partial(_add, calls=calls, flaws=flaws))
            stored = True
        finally:
            if not stored:
                self._calls.put_back(calls)
                self._flaws.put_back(flaws)

    async def close(self) -> None:
        """The last of it, before the process ends."""
        try:
            await within(CLOSE_S, self._last())
        except (StoreError, TimeoutError) as error:
            log.warning(
                "the last minute of the API log is lost: %s", str(error) or "the database does not answer"
            )

    async def _last(self) -> None:
        if self._under_way is not None:
            await asyncio.gather(self._under_way, return_exceptions=True)
        await self._carry()

    async def calls(self, span: Span) -> ApiLog:
        """Every endpoint over a span. Raises StoreError."""
        await self._caught_up()
        async with self._database.read() as tx:
            return await api_log.log(tx, span, self._clock.now())

    async def hours(self, instance: str, endpoint: str) -> EndpointHours:
        """One endpoint by the hour. Raises StoreError."""
        await self._caught_up()
        async with self._database.read() as tx:
            return await api_log.hours(tx, instance, endpoint)

    async def flaws(self, span: Span) -> ValidationLog:
        """Each flaw over a span. Raises StoreError."""
        await self._caught_up()
        async with self._database.read() as tx:
            return await validation_log.log(tx, span, self._clock.now())

    async def _caught_up(self) -> None:
        """An outage is looked up while it lasts: a log that lags by a minute would say that all ended well."""
        if self._clock.monotonic() - self._carried_at < READ_S:
            return
        with suppress(
            StoreError, TimeoutError
        ):  # the minute's writing tells of it, and the reading may do without
            await within(WAIT_S, self.once())


async def _add(tx: Tx, *, calls: Slots[Endpoint, Tally], flaws: Slots[FlawKey, Flaws]) -> None:
    await api_log.add(tx, calls)
    await validation_log.add(tx, flaws)
