"""`client_metrics` kept up to date for the programs that read it: a workspace that changed is written within a second or two."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time

from bisonwatch.bus import Bus, Topic
from bisonwatch.cache import readings
from bisonwatch.cache.shown import NOTHING_YET, Month
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.pace import first_of_month
from bisonwatch.errors import StoreError
from bisonwatch.store import metrics, watch, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.metrics import MonthRow
from bisonwatch.store.watch import Watch

log = logging.getLogger(__name__)

SOONEST_S = 1.0
EVERYTHING_S = 300.0


class Publisher:
    """`once` writes the month of the workspaces named; None means all of them, and what last month left behind begins again at 0."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._changed = bus.subscribe(Topic.CHANGED)
        self._everything_at = float("-inf")
        self._failing_since: float | None = None

    async def run(self) -> None:
        wanted: frozenset[WorkspaceKey] | None = None
        while True:
            if await self._tried(wanted) and wanted is None:
                self._everything_at = self._clock.monotonic()
            changed = await self._changed.wait(EVERYTHING_S)
            wanted = frozenset(key for key in changed if isinstance(key, WorkspaceKey))
            if not changed or self._clock.monotonic() - self._everything_at >= EVERYTHING_S:
                wanted = None
            await self._clock.sleep(SOONEST_S)

    async def _tried(self, wanted: frozenset[WorkspaceKey] | None) -> bool:
        """Whether it could be written; afterwards everything is due, since news was missed."""
        try:
            await self.once(wanted)
        except StoreError as error:
            if self._failing_since is None:
                self._failing_since = self._clock.monotonic()
                log.warning("client_metrics cannot be written: %s", error)
            self._everything_at = float("-inf")
            self._changed.put(None)
            return False
        if self._failing_since is not None:
            log.info(
                "client_metrics is written again, after %.1f s", self._clock.monotonic() - self._failing_since
            )
            self._failing_since = None
        return True

    async def once(self, wanted: frozenset[WorkspaceKey] | None) -> int:
        """How many workspaces were written."""
        now = self._clock.now()
        async with self._database.read() as tx:
            months = await readings.months(tx, now)
            if wanted is None:
                left = await metrics.left_from(tx, datetime.combine(first_of_month(now), time.min, UTC))
                months = dict.fromkeys(left, NOTHING_YET) | dict(months)
            watches = await watch.everything(tx)
        rows = [
            _row(key, month, watches.get(key))
            for key, month in months.items()
            if wanted is None or key in wanted
        ]
        async with self._database.write() as tx:
            names = await workspaces.names_of(tx, [row.workspace for row in rows])
            await metrics.publish(tx, rows, {key: shown for key, (shown, _) in names.items()}, now)
        return len(rows)


def _row(key: WorkspaceKey, month: Month, known: Watch | None) -> MonthRow:
    known = known or Watch(key)
    polled = known.last_poll_at
    webhook = known.last_webhook_at
    source = "webhook" if webhook and (polled is None or webhook >= polled or not known.missed) else "poll"
    return MonthRow(key, month.shown, webhook, polled, source)
