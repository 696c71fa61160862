"""The leader enqueues due runs; any node takes them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Part, Run, RunState
from bisonwatch.engine.leadership import Leadership
from bisonwatch.engine.schedule import Last, Plan
from bisonwatch.errors import LeaseLost, StoreError
from bisonwatch.store import leases, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import ALIVE_FOR
from bisonwatch.store.tx import Tx

log = logging.getLogger(__name__)

EVERY_S = 1.0
_AGAIN = {Job.DISCOVER: (Outcome.FAILED, Outcome.PARTIAL)}
"""After these a job comes again soon; an instance that was away while the others were discovered is not left for a day."""


def new_run(
    job: Job, workspace: WorkspaceKey | None, parts: tuple[Part, ...], asked_by: str, now: datetime
) -> Run:
    """A run as it enters the queue."""
    return Run(uuid7(now), job, workspace, parts, asked_by, RunState.QUEUED, now)


async def last_runs(tx: Tx, jobs: Iterable[Job]) -> dict[Job, Last]:
    """The newest finished run of each job that ever ran."""
    found = {job: await runs.last_of(tx, job) for job in jobs}
    return {
        job: Last(run.started_at or run.queued_at, run.outcome in _AGAIN.get(job, (Outcome.FAILED,)))
        for job, run in found.items()
        if run is not None
    }


class Scheduler:
    """`once` is one look; `poll_due` tells whether any workspace's event log wants walking."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        leadership: Leadership,
        plan: Plan,
        poll_due: Callable[[], Awaitable[bool]],
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._leadership = leadership
        self._plan = plan
        self._poll_due = poll_due
        self._last: dict[Job, Last] = {}
        self._started = False

    def shown(self) -> dict[Job, tuple[str, datetime | None]]:
        """Each job's rhythm in words and its next time."""
        return self._plan.shown(self._last, self._clock.now())

    async def run(self) -> None:
        failing = False
        while True:
            try:
                await self.once()
                failing = False
            except StoreError as error:
                if not failing:
                    log.warning("nothing can be scheduled: %s", error)
                failing = True
            await self._clock.sleep(EVERY_S)

    async def once(self) -> tuple[Job, ...]:
        """Enqueue what is due, under the lease; the jobs enqueued."""
        now = self._clock.now()
        busy, anything_known = await self._look()
        if self._leadership.lease is None:
            return ()
        due = self._plan.due(self._last, busy, now, anything_known=anything_known)
        due = tuple(job for job in due if job is not Job.POLL)
        first = self._plan.first
        if not self._started and first not in {*due, *busy}:  # the configuration may name new workspaces
            due = (first, *due)
        if anything_known and Job.POLL not in busy and await self._poll_due():
            due = (*due, Job.POLL)
        async with self._database.write() as tx:
            rescued = await runs.rescue(tx, now - ALIVE_FOR)
            if due:
                await self._enqueue(tx, due, now)
        self._started = True
        if due or rescued:
            self._bus.publish(Topic.RUNS)
        return due

    async def _look(self) -> tuple[frozenset[Job], bool]:
        """Jobs that are queued or running, and whether any workspace is registered; the last runs are remembered."""
        async with self._database.read() as tx:
            busy = frozenset(run.job for run in await runs.open_runs(tx) if run.workspace is None)
            known = bool(await workspaces.names(tx))
            self._last |= await last_runs(tx, self._plan.rhythms)
        return busy, known

    async def _enqueue(self, tx: Tx, due: Sequence[Job], now: datetime) -> None:
        """Fenced: a leader that lost the lease writes nothing."""
        lease = self._leadership.lease
        if lease is None:
            raise LeaseLost
        await leases.check(tx, lease, now)
        await runs.queue(tx, [new_run(job, None, (), SCHEDULE, now) for job in due])
