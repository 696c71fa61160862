"""Compares the mirror with the provider, workspace by workspace; where they drift apart, a resync starts by itself."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clock import Clock
from bisonwatch.domain import drift
from bisonwatch.domain.comparison import Leeway, Report
from bisonwatch.domain.drift import HEALED, SETTLE, Compared, Total, Verdict
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.metric import REPORTED
from bisonwatch.domain.run import Job, Run, RunState
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import BisonwatchError
from bisonwatch.store import accounts, campaigns, consistency, deliveries, leads, runs, watch, witness
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync import crew, roster
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.reports import Reports

ASKED_BY = "consistency"
STALE = timedelta(minutes=15)
"""An older report is asked for anew."""
IN_TIME = timedelta(minutes=10)
"""A webhook that comes later than this did not bring the fact in time."""
STEP_S = 5.0
"""While reports settle, a stop is heard within this."""

Count = Callable[[Tx, WorkspaceKey], Awaitable[int]]
_HERE: Mapping[str, Count] = {
    "accounts": accounts.count,
    "leads": leads.count,
    "campaigns": campaigns.count,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the provider says of a workspace: its series as of a moment, and how many rows its lists have."""

    as_of: datetime
    series: Mapping[witness.Cell, int]
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class _Own:
    """What the mirror says of the same: `pending`, since when a delivery waits that may belong to it."""

    compared: tuple[Compared, ...]
    whole: tuple[Compared, ...]
    pending: datetime | None
    judged: bool
    """Whether a whole day passed since the workspace was first seen."""


class Consistency:
    """Three requests a workspace at most, besides those of what it starts: one for the series where the last is old, one for each list."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        clock: Clock,
        bus: Bus,
        reports: Reports,
        limits: Leeway | None = None,
        *,
        concurrency: int = 5,
    ) -> None:
        self._database = database
        self._providers = providers
        self._clock = clock
        self._bus = bus
        self._reports = reports
        self._limits = limits or Leeway()
        self._concurrency = concurrency

    async def once(self, meter: Meter | None = None, share: Share = WHOLE) -> Done:
        """Every active workspace of a share."""
        return await self.check(await roster.active(self._database, self._providers, share), meter)

    async def check(self, workspaces: Sequence[WorkspaceKey], meter: Meter | None = None) -> Done:
        """Ask, wait until what was under way has arrived, compare. Raises StopAsked."""
        used = meter or Meter()
        used.expect("workspaces", len(workspaces))
        heard: dict[WorkspaceKey, Testimony] = {}

        async def ask(workspace: WorkspaceKey) -> None:
            heard[workspace] = await self._hear(workspace, used)
            await used.report()

        failed = await crew.each(workspaces, ask, self._concurrency)
        await self._wait(heard, used)
        for done, (workspace, told) in enumerate(sorted(heard.items()), 1):
            try:
                await self._judge(workspace, told, used)
            except BisonwatchError as problem:
                failed[workspace] = str(problem)
            used.reach("workspaces", done)
            await used.report()
        return crew.ended(len(workspaces), failed, used.tally)

    async def _hear(self, workspace: WorkspaceKey, meter: Meter) -> Testimony:
        """Raises ProviderError, ConfigError, StopAsked."""
        as_of, series = await self._series(workspace)
        asked = as_of is None or self._clock.now() - as_of > STALE
        if asked:
            await self._reports.read(workspace, meter, summary=False)
            as_of, series = await self._series(workspace)
        client = meter.follow(await self._providers.client(workspace, Priority.RECONCILE))
        totals = await self._totals(workspace, client, list(_HERE)[: 2 if asked else 3])
        return Testimony(as_of or self._clock.now(), series, totals)

    async def _series(self, workspace: WorkspaceKey) -> tuple[datetime | None, Mapping[witness.Cell, int]]:
        first = drift.span(self._clock.now())[0] - timedelta(days=1)
        async with self._database.read() as tx:
            return await witness.series(tx, workspace, first)

    async def _totals(
        self, workspace: WorkspaceKey, client: BisonClient, names: Sequence[str]
    ) -> tuple[Total, ...]:
        """A list that the provider does not count is left out."""
        asks = {
            "accounts": client.accounts.total,
            "leads": client.leads.total,
            "campaigns": client.campaigns.total,
        }
        there = {name: await asks[name]() for name in names}
        async with self._database.read() as tx:
            found = [
                Total(name, await _HERE[name](tx, workspace), count)
                for name, count in there.items()
                if count is not None
            ]
        return tuple(found)

    async def _wait(self, heard: Mapping[WorkspaceKey, Testimony], meter: Meter) -> None:
        """Never longer than it takes to settle, whatever the provider's clock says."""
        newest = max((told.as_of for told in heard.values()), default=None)
        if newest is None:
            return
        until = min(newest + SETTLE, self._clock.now() + SETTLE)
        while (left := (until - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(min(left, STEP_S))
            await meter.report()

    async def _judge(self, workspace: WorkspaceKey, told: Testimony, meter: Meter) -> None:
        own = await self._own(workspace, told)
        verdict = await self._verdict(workspace, told, own)
        if own.pending is not None and (verdict.gaps or verdict.drift):
            since = f"{own.pending:%H:%M}"
            verdict = Verdict(None, reason=f"deliveries wait to be processed since {since} UTC")
        now = self._clock.now()

        async def write(tx: Tx) -> Run | None:
            return await self._settle(tx, workspace, told, own, verdict, now)

        started = await self._database.again(Lane.JOBS, write)
        meter.written += len(own.compared) + len(told.totals)
        if started is not None:
            log.warning("%s drifts (%s): a resync starts by itself", workspace, verdict.reason)
            self._bus.publish(Topic.RUNS)
        self._bus.publish(Topic.CHANGED, workspace)

    async def _own(self, workspace: WorkspaceKey, told: Testimony) -> _Own:
        days = drift.span(told.as_of)
        async with self._database.read() as tx:
            counted = await witness.counted(tx, workspace, days, told.as_of)
            first = await witness.first_days(tx, workspace)
            seen = await watch.get(tx, workspace)
            subscribed = seen.subscribed_at if seen else None
            missed = await witness.missed(tx, workspace, days, subscribed, IN_TIME, self._clock.now())
            pending = (await deliveries.oldest_pending(tx)).get(workspace)
        compared = tuple(
            Compared(day, metric, counted.get((day, metric), 0), n, missed.get((day, metric)))
            for (day, metric), n in sorted(told.series.items())
            if day in days and metric in REPORTED
        )
        whole = tuple(row for row in compared if row.metric in first and row.day >= first[row.metric])
        waits = pending if pending is not None and pending <= told.as_of + SETTLE else None
        return _Own(compared, whole, waits, bool(first) and min(first.values()) <= days[-1])

    async def _verdict(self, workspace: WorkspaceKey, told: Testimony, own: _Own) -> Verdict:
        limits = self._limits
        found = drift.verdict(own.whole, limits.tolerance, limits.threshold)
        if found.gaps:
            shift = await self._shift(workspace, told, own)
            found = found if shift is None else drift.shifted(found, shift)
        rows = [total for total in told.totals if total.name in HEALED] if own.judged else []
        short = drift.short(rows, limits.tolerance, limits.threshold)
        if not short:
            return found
        words = [found.reason, *(f"{-gap:,} {name} are not here" for name, gap in sorted(short.items()))]
        reason = "; ".join(word for word in words if word)
        return replace(found, gaps={**found.gaps, **short}, reason=reason)

    async def _shift(self, workspace: WorkspaceKey, told: Testimony, own: _Own) -> int | None:
        """Looked at only where something drifts: it reads every fact of four days."""
        days = drift.span(told.as_of)
        since = told.as_of - timedelta(days=len(days) + 1)
        async with self._database.read() as tx:
            before = await consistency.standing_of(tx, workspace)
            moments = await witness.moments(tx, workspace, drift.ALARMED, since, told.as_of)
        known = before.shift if before else None
        return drift.shift_of(own.whole, moments, told.as_of, self._limits.tolerance, known)

    async def _settle(
        self,
        tx: Tx,
        workspace: WorkspaceKey,
        told: Testimony,
        own: _Own,
        verdict: Verdict,
        now: datetime,
    ) -> Run | None:
        """Verdict, reports, and the resync if one is due, in one transaction: two nodes never start two."""
        before = await consistency.begin(tx, workspace, now)
        resync = None
        if drift.wants_resync(verdict.gaps, before.healing, now) and not await _busy(tx, workspace):
            resync = Run(uuid7(now), Job.RESYNC, workspace, (), ASKED_BY, RunState.QUEUED, now)
            await runs.queue(tx, [resync])
        rows = self._reports_of(told, own, verdict, now)
        if resync is not None:
            rows = [replace(row, resync_id=resync.id) if row.metric in verdict.gaps else row for row in rows]
        await consistency.write(tx, workspace, rows)
        await consistency.settle(tx, workspace, verdict, before, now, resync.id if resync else None)
        return resync

    def _reports_of(self, told: Testimony, own: _Own, verdict: Verdict, now: datetime) -> list[Report]:
        """Of days that were not counted whole nothing is said: they are no drift."""
        tolerance = self._limits.tolerance
        found = [
            Report(
                row.day,
                row.metric.value,
                row.counted,
                row.reported,
                0.0 if verdict.shift is not None else drift.drift(row.counted, row.reported, tolerance),
                drift.reason(row, tolerance, verdict.shift),
                told.as_of,
                now,
            )
            for row in own.whole
        ]
        today = drift.span(told.as_of)[-1]
        return found + [
            Report(
                today,
                total.name,
                total.here,
                total.there,
                drift.drift(total.here, total.there, tolerance),
                drift.total_words(total),
                told.as_of,
                now,
            )
            for total in told.totals
        ]


async def _busy(tx: Tx, workspace: WorkspaceKey) -> bool:
    """Whether the workspace is being read anew already, or all of them are."""
    anew = (Job.RESYNC, Job.FULL)
    return any(run.job in anew and run.workspace in (None, workspace) for run in await runs.open_runs(tx))
