"""The snapshot's maker: reads the mirror in two paces and keeps the newest picture, which any thread may take."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bisonwatch.bus import Bus, Topic
from bisonwatch.cache import readings as read
from bisonwatch.cache.blind import Blind, redraw
from bisonwatch.cache.figures import Figures, measured
from bisonwatch.cache.picture import Readings, Self, draw, others_of
from bisonwatch.clock import Clock
from bisonwatch.domain.promptness import Promptness
from bisonwatch.domain.snapshot import Snapshot, nothing_yet
from bisonwatch.errors import StoreError, StoreUnavailable
from bisonwatch.logs import LogLine
from bisonwatch.metrics import Metrics
from bisonwatch.store import space
from bisonwatch.store.database import Database

log = logging.getLogger(__name__)

LOG_LINES = 200
REST = 10.0
"""Sums that take long are read again after so many times as long: thousands of workspaces do not keep the database busy with them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how often at most, how often at least, and how old sums and delivery rates may get.

    A reading that takes longer than `patience` is not waited for, one that takes longer than `hanging` is begun anew.
    """

    soonest: float = 0.15
    latest: float = 1.0
    sums: float = 2.0
    rates: float = 30.0
    patience: float = 2.0
    hanging: float = 15.0


class SnapshotMaker:
    """`once` draws one picture; `newest` is the last one drawn, safe from any thread."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        *,
        me: Callable[[], Self],
        urls: Mapping[str, str],
        promptness: Promptness,
        metrics: Metrics | None = None,
        listener_url: Callable[[], str | None] = lambda: None,
        logs: Callable[[int], Sequence[LogLine]] = lambda _count: (),
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._me = me
        self._urls = urls
        self._promptness = promptness
        self._metrics = metrics
        self._listener_url = listener_url
        self._logs = logs
        self._pace = pace or Pace()
        self._sums_every = self._pace.sums
        self._bus, self._changed = bus, bus.subscribe(Topic.CHANGED)
        self._newest = nothing_yet(clock.now())
        self._slow: tuple[float, read.Slow] | None = None
        self._rates: tuple[float, read.Rates] | None = None
        self._backlogs: deque[tuple[float, int]] = deque(maxlen=40)
        self._acked: deque[int] = deque(maxlen=61)
        self._acked_at = 0.0
        self._failing_since: float | None = None
        self._reading: tuple[float, asyncio.Task[Readings]] | None = None
        self._others: Sequence[Figures] = ()

    def newest(self) -> Snapshot:
        return self._newest

    async def run(self) -> None:
        """A change is drawn at once, the next one `soonest` later; without changes `latest` is the rhythm."""
        next_change = self._clock.monotonic()
        while True:
            await self.once()
            self._bus.publish(Topic.PICTURE)
            if await self._changed.wait(self._pace.latest):
                await self._clock.sleep(max(0.0, next_change - self._clock.monotonic()))
                next_change = self._clock.monotonic() + self._pace.soonest

    async def once(self) -> Snapshot:
        """Draw the picture of now. While the database is away the last one stays, marked, with this process's own figures."""
        try:
            readings = await self._readings()
        except StoreError as error:
            return self._away(error)
        self._back()
        me, now = self._me(), self._clock.now()
        self._others = others_of(me, readings.quick.nodes, now)
        self._newest = draw(me, readings, self._newest, now)
        return self._newest

    async def _readings(self) -> Readings:
        """Raises StoreUnavailable after a while; a slow reading goes on then, and the next picture is made of it."""
        now = self._clock.monotonic()
        if self._reading is not None and now - self._reading[0] > self._pace.hanging:
            self._drop()
        if self._reading is None:
            self._reading = (now, asyncio.create_task(self._read()))
        task = self._reading[1]
        try:
            await asyncio.wait({task}, timeout=self._pace.patience)
        except asyncio.CancelledError:
            self._drop()
            raise
        if not task.done():
            raise StoreUnavailable(f"the mirror was not read within {self._pace.patience:g} s")
        self._reading = None
        return task.result()

    def _drop(self) -> None:
        """A connection to a server that hangs may take long to end: nobody waits for it."""
        if self._reading is not None:
            self._reading[1].add_done_callback(lambda task: task.cancelled() or task.exception())
            self._reading[1].cancel()
            self._reading = None

    async def _read(self) -> Readings:
        now = self._clock.monotonic()
        quick = await read.quick(self._database, self._urls)
        if self._slow is None or now - self._slow[0] >= self._sums_every:
            self._slow = (now, await read.slow(self._database, self._clock.now()))
            took = self._clock.monotonic() - now
            self._sums_every = max(self._pace.sums, took * REST)
        often = min(self._pace.rates, self._promptness.width.total_seconds())
        if self._rates is None or now - self._rates[0] >= often:
            self._rates = (now, await read.rates(self._database, self._clock.now(), self._promptness))
        self._backlogs.append((now, quick.backlog.pending))
        return Readings(
            quick=quick,
            slow=self._slow[1],
            arrivals=self._rates[1].arrivals,
            cache=self._rates[1].cache,
            own=self.own_figures(),
            rate_trend=self._rate_trend(now),
            slope=self._slope(),
            logs=self._logs(LOG_LINES),
        )

    def own_figures(self) -> Figures | None:
        """What this process measured of itself; None when it is no engine."""
        if self._metrics is None:
            return None
        percentiles = self._database.write_ms.percentiles()
        write_ms = percentiles.p95 if percentiles else None
        limit = self._me().backlog_limit
        beside = space.log_size(self._database.place)
        self._metrics.log_bytes = beside if self._database.place.file is not None else None
        now = self._clock.monotonic()
        return measured(self._metrics, self._listener_url(), write_ms, now, limit, beside)

    def _rate_trend(self, now: float) -> tuple[int, ...]:
        if self._metrics is None:
            return ()
        if now - self._acked_at >= 1.0:
            self._acked_at = now
            self._acked.append(self._metrics.listening.acked)
        counts = tuple(self._acked)
        return tuple(after - before for before, after in pairwise(counts))

    def _slope(self) -> float | None:
        """Rows per second over the last ten seconds or so."""
        if len(self._backlogs) < 2:
            return None
        (then, before), (now, after) = self._backlogs[0], self._backlogs[-1]
        return round((after - before) / (now - then), 1) if now - then >= 1.0 else None

    def _away(self, error: StoreError) -> Snapshot:
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
            log.error("the screen shows the last picture: %s", error)
        seen = Blind(
            own=self.own_figures(),
            others=self._others,
            trouble=self._metrics.spooling.trouble if self._metrics else None,
            rate_trend=self._rate_trend(self._clock.monotonic()),
            logs=self._logs(LOG_LINES),
        )
        self._newest = redraw(self._me(), self._newest, seen, self._clock.now())
        return self._newest

    def _back(self) -> None:
        if self._failing_since is not None:
            log.info(
                "the database answers again, after %.1f s", self._clock.monotonic() - self._failing_since
            )
            self._failing_since = None
