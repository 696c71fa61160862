"""The leader enqueues due runs; any node takes them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Part, Run, RunState
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.engine.leadership import Leadership
from bisonwatch.engine.members import Members
from bisonwatch.engine.schedule import Last, Plan
from bisonwatch.errors import LeaseLost, StoreError
from bisonwatch.store import leases, moment, nodes, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import ALIVE_FOR
from bisonwatch.store.tx import Tx

log = logging.getLogger(__name__)

EVERY_S = 1.0
_AGAIN = {Job.DISCOVER: (Outcome.FAILED, Outcome.PARTIAL)}
"""After these a job comes again soon; an instance that was away while the others were discovered is not left for a day."""
SHARED = frozenset(
    {
        Job.POLL,
        Job.ACCOUNTS,
        Job.CAMPAIGNS,
        Job.LEADS,
        Job.REPORTS,
        Job.SUBSCRIPTIONS,
        Job.CANARY,
        Job.CONSISTENCY,
        Job.FULL,
    }
)
"""Jobs over all workspaces that the living nodes share out between them: one run for each."""

ASIDE = timedelta(minutes=1)
"""A poll that takes longer reads a long log, or a slow one: what else comes due is polled beside it."""
MOST_POLLS = 3
"""So many runs of a poll at once, of one share: slow logs do not take all hands."""


def new_run(
    job: Job,
    workspace: WorkspaceKey | None,
    parts: tuple[Part, ...],
    asked_by: str,
    now: datetime,
    share: Share = WHOLE,
) -> Run:
    """A run as it enters the queue."""
    return Run(uuid7(now), job, workspace, parts, asked_by, RunState.QUEUED, now, share=share)


async def last_runs(tx: Tx, jobs: Iterable[Job]) -> dict[Job, Last]:
    """The newest finished run of each job that ever ran."""
    found = {job: await runs.last_of(tx, job) for job in jobs}
    return {
        job: Last(_began(run), run.outcome in _AGAIN.get(job, (Outcome.FAILED,)))
        for job, run in found.items()
        if run is not None
    }


def _began(run: Run) -> datetime:
    """Never before it was due: the node that took it may be some milliseconds behind the one that enqueued it."""
    return max(run.queued_at, run.started_at or run.queued_at)


def _polled(polls: Iterable[Run], share: Share, now: datetime) -> bool:
    """Whether a share is in good hands; while the number of shares changes, whoever polls may have it."""
    mine = [run for run in polls if run.share == share or run.share.of != share.of]
    young = any(run.started_at is None or now - run.started_at < ASIDE for run in mine)
    return young or len(mine) >= MOST_POLLS


@dataclass(frozen=True, slots=True)
class _Look:
    """`busy` are jobs that are queued or running, `polls` the polls of all workspaces among them; `installed` is when the first workspace was
    registered; `lost` whether a run's node is gone."""

    busy: frozenset[Job]
    polls: tuple[Run, ...]
    installed: datetime | None
    lost: bool


class Scheduler:
    """`once` is one look; `poll_due` tells in which of so many shares an event log wants walking."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        leadership: Leadership,
        members: Members,
        plan: Plan,
        poll_due: Callable[[int], Awaitable[frozenset[int]]],
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._leadership = leadership
        self._members = members
        self._plan = plan
        self._poll_due = poll_due
        self._last: dict[Job, Last] = {}
        self._installed: datetime | None = None
        self._started = False

    def shown(self) -> dict[Job, tuple[str, datetime | None]]:
        """Each job's rhythm in words and its next time."""
        return self._plan.shown(self._last, self._clock.now(), self._installed)

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
        """Enqueue what is due, and what nodes that are gone left behind, under the lease; the jobs enqueued."""
        now = self._clock.now()
        look = await self._look(now)
        if self._leadership.lease is None:
            return ()
        new = await self._new(look, now)
        if new or (look.lost and self._leadership.settled()):
            await self._write(new, now)
            self._bus.publish(Topic.RUNS)
        self._started = True
        return tuple(dict.fromkeys(run.job for run in new))

    async def _new(self, look: _Look, now: datetime) -> list[Run]:
        due = self._plan.due(
            self._last,
            look.busy,
            now,
            anything_known=look.installed is not None,
            installed=look.installed,
        )
        due = tuple(job for job in due if job is not Job.POLL)
        first = self._plan.first
        if not self._started and first not in {*due, *look.busy}:  # the configuration may name new workspaces
            due = (first, *due)
        of = self._members.share.of
        shares = {job: range(of) if job in SHARED else range(1) for job in due}
        new = [(job, Share(n, len(shares[job]))) for job in due for n in shares[job]]
        free = [share for share in (Share(n, of) for n in range(of)) if not _polled(look.polls, share, now)]
        if look.installed is not None and free:
            wanted = await self._poll_due(of)
            new += [(Job.POLL, share) for share in free if share.number in wanted]
        return [new_run(job, None, (), SCHEDULE, now, share) for job, share in new]

    async def _look(self, now: datetime) -> _Look:
        """The last runs are remembered."""
        async with self._database.read() as tx:
            self._last |= await last_runs(tx, self._plan.rhythms)
            open_runs = await runs.open_runs(tx)
            alive = {self._members.me, *await nodes.living(tx, now - ALIVE_FOR)}
            self._installed = await workspaces.installed(tx)
        everywhere = [run for run in open_runs if run.workspace is None]
        busy = frozenset(run.job for run in everywhere)
        polls = tuple(run for run in everywhere if run.job is Job.POLL)
        lost = any(run.state is RunState.RUNNING and run.node_id not in alive for run in open_runs)
        return _Look(busy, polls, self._installed, lost)

    async def _write(self, new: Sequence[Run], now: datetime) -> None:
        """Fenced: a leader that lost the lease writes nothing."""
        lease = self._leadership.lease
        if lease is None:
            raise LeaseLost
        async with self._database.write() as tx:
            await leases.check(tx, lease, now)
            await runs.queue(tx, new)
            if self._leadership.settled():
                await self._rescue(tx, now)

    async def _rescue(self, tx: Tx, now: datetime) -> None:
        """By the database's clock as it is at this moment: a jump of ours must not make others look old."""
        moment_now = await moment.now(tx, now)
        rescued = await runs.rescue(tx, moment_now - ALIVE_FOR, self._members.me)
        if rescued:
            log.warning("%d runs of nodes that are gone are queued again", rescued)
