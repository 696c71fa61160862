"""Executes a run that was taken, writes how far it is, and how it ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Run, Tally
from bisonwatch.errors import (
    BisonwatchError,
    CallError,
    LeaseLost,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from bisonwatch.retry import Backoff
from bisonwatch.store import runs
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.backfill import Backfill
from bisonwatch.sync.campaigns import Campaigns
from bisonwatch.sync.consistency import Consistency
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.leads import Leads
from bisonwatch.sync.meter import Done, Meter, Progress, StopAsked
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.pushing import Pushing
from bisonwatch.sync.reports import Reports
from bisonwatch.sync.resync import Resync
from bisonwatch.sync.settings import Settings

EVERY_S = 0.5
TRIES = 5
_BACKOFF = Backoff(first=0.5, most=5.0)

log = logging.getLogger(__name__)

Work = Callable[[Run, "Writer"], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Workers:
    """Those who do the jobs."""

    poller: Poller
    discovery: Discovery
    accounts: Accounts
    campaigns: Campaigns
    leads: Leads
    reports: Reports
    resync: Resync
    upkeep: Callable[[Run, Progress], Awaitable[Done]]
    pushing: Pushing
    consistency: Consistency
    full: Resync
    """Behind everything else, one workspace after another."""
    settings: Settings
    backfill: Backfill


class Writer:
    """A run's Progress: writes at most every half second, and remembers when a stop was asked.

    `lost`: the run was given to another node, which thought us gone. It then asks to stop: the other does the rest.
    """

    def __init__(self, database: Database, clock: Clock, run: Run) -> None:
        self._database = database
        self._clock = clock
        self._run = run
        self._written_at: float | None = None
        self._stop = run.cancel_asked
        self.lost = False
        self.tally = Tally()

    async def __call__(self, tally: Tally) -> bool:
        self.tally = tally
        now = self._clock.monotonic()
        if self._written_at is None or now - self._written_at >= EVERY_S:
            self._written_at = now
            await self._write(tally)
        return self._stop

    async def _write(self, tally: Tally) -> None:
        try:
            async with self._database.write(Lane.JOBS) as tx:
                self._stop = await runs.progress(tx, self._run, tally)
        except LeaseLost as problem:
            log.warning("%s, and is left to it", problem)
            self._stop = self.lost = True


class RunRecorder:
    """Never raises for a run that fails: that is how the run ended."""

    def __init__(self, database: Database, clock: Clock, bus: Bus, workers: Workers) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._workers = workers
        self._jobs: Mapping[Job, Work] = {
            Job.POLL: self._poll,
            Job.DISCOVER: self._discover,
            Job.ACCOUNTS: self._accounts,
            Job.CAMPAIGNS: self._campaigns,
            Job.LEADS: self._leads,
            Job.REPORTS: self._reports,
            Job.RESYNC: self._resync,
            Job.UPKEEP: workers.upkeep,
            Job.SUBSCRIPTIONS: self._subscriptions,
            Job.CANARY: self._canary,
            Job.CONSISTENCY: self._consistency,
            Job.FULL: self._full,
            Job.SETTINGS: self._settings,
            Job.BACKFILL: self._backfill,
        }

    async def run(self, run: Run) -> Done | None:
        """Do the job. None when it is another node's now, or when we were stopped: it stays taken, and is rescued by another node or the next start."""
        writer = Writer(self._database, self._clock, run)
        done: Done | None = Done(
            Outcome.FAILED, Tally(), "stopped by a fault in bisonwatch; the log says more"
        )
        try:
            done = await self._jobs[run.job](run, writer)
        except StopAsked:
            done = Done(Outcome.CANCELLED, writer.tally)
        except BisonwatchError as problem:
            done = Done(Outcome.FAILED, writer.tally, str(problem))
        except asyncio.CancelledError:
            done = None
            raise
        finally:
            done = None if writer.lost else done
            if done is not None:
                await self._finish(run, done)
        return done

    async def _finish(self, run: Run, done: Done) -> None:
        error = None if done.error is None else clean(" ".join(done.error.split()), 500)
        for attempt in count(1):
            try:
                async with self._database.write(Lane.JOBS) as tx:
                    await runs.finish(tx, run, done.outcome, done.tally, error, self._clock.now())
                break
            except LeaseLost as problem:
                log.warning("%s before its end was written here", problem)
                break
            except StoreError as problem:  # a run without an end would keep its job busy for ever
                if attempt == 1:
                    log.warning("run %s: its end cannot be written: %s", run.id, problem)
                if attempt >= TRIES and not isinstance(problem, (StoreUnavailable, StoreConflict)):
                    break
                await self._clock.sleep(_BACKOFF.wait(attempt))
        self._bus.publish(Topic.RUNS)
        if run.workspace is not None:
            self._bus.publish(Topic.CHANGED, run.workspace)

    async def _poll(self, run: Run, writer: Writer) -> Done:
        meter, poller = Meter(writer), self._workers.poller
        if run.workspace is not None:
            await poller.walk(run.workspace, meter)
            return Done(Outcome.SUCCESS, meter.tally)
        walk = poller.once if run.asked_by == SCHEDULE else poller.every
        return await walk(meter, run.share)

    async def _discover(self, _run: Run, writer: Writer) -> Done:
        return await self._workers.discovery.run(Meter(writer))

    async def _accounts(self, run: Run, writer: Writer) -> Done:
        meter, accounts = Meter(writer), self._workers.accounts
        if run.workspace is None:
            return await accounts.once(meter, light=run.asked_by == SCHEDULE, share=run.share)
        return await accounts.one(run.workspace, meter)

    async def _campaigns(self, run: Run, writer: Writer) -> Done:
        meter, campaigns = Meter(writer), self._workers.campaigns
        if run.workspace is None:
            return await campaigns.once(meter, run.share)
        await campaigns.walk(run.workspace, meter)
        return Done(Outcome.SUCCESS, meter.tally)

    async def _leads(self, run: Run, writer: Writer) -> Done:
        """New ones; all of them are read by a resync."""
        meter, leads = Meter(writer), self._workers.leads
        if run.workspace is None:
            return await leads.once(meter, run.share)
        await leads.newest(run.workspace, meter)
        return Done(Outcome.SUCCESS, meter.tally)

    async def _reports(self, run: Run, writer: Writer) -> Done:
        meter, reports = Meter(writer), self._workers.reports
        if run.workspace is None:
            return await reports.once(meter, run.share)
        await reports.one(run.workspace, meter)
        return Done(Outcome.SUCCESS, meter.tally)

    async def _subscriptions(self, run: Run, writer: Writer) -> Done:
        return await self._workers.pushing.check(Meter(writer), run.share, run.workspace)

    async def _canary(self, run: Run, writer: Writer) -> Done:
        return await self._workers.pushing.canary(Meter(writer), run.share, run.workspace)

    async def _resync(self, run: Run, writer: Writer) -> Done:
        """Without a workspace: all of them, one after another."""
        if run.workspace is not None:
            return await self._workers.resync.run(run.workspace, run.parts, writer)
        return await self._workers.resync.all(run.parts, writer)

    async def _consistency(self, run: Run, writer: Writer) -> Done:
        consistency = self._workers.consistency
        if run.workspace is not None:
            return await consistency.check((run.workspace,), Meter(writer))
        return await consistency.once(Meter(writer), run.share)

    async def _full(self, run: Run, writer: Writer) -> Done:
        if run.workspace is not None:
            return await self._workers.full.run(run.workspace, run.parts, writer)
        return await self._workers.full.all(run.parts, writer, run.share)

    async def _settings(self, _run: Run, writer: Writer) -> Done:
        return await self._workers.settings.once(Meter(writer))

    async def _backfill(self, run: Run, writer: Writer) -> Done:
        if run.order is None:
            raise CallError("a backfill is of certain days")
        if run.workspace is None:
            return await self._workers.backfill.all(run.order, run.parts, writer)
        return await self._workers.backfill.run(run.workspace, run.order, run.parts, writer)
