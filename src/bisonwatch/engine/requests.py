"""What people, and the public door, ask of the engine: rows in the queue of runs, which any node takes."""

from __future__ import annotations

from uuid import UUID

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.absence import Absence
from bisonwatch.domain.feed import Preview
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Part, RunState
from bisonwatch.engine.scheduler import new_run
from bisonwatch.errors import NotThere
from bisonwatch.store import absent, runs
from bisonwatch.store.database import Database
from bisonwatch.sync.resync import Resync


class Requests:
    """Each wakes whoever waits for runs, and the picture."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, resync: Resync) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._resync = resync

    async def ask(
        self, job: Job, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...], by: str
    ) -> tuple[UUID, ...]:
        """Queue a run for each workspace; their ids."""
        now = self._clock.now()
        asked = [new_run(job, key, parts, by, now) for key in workspaces]
        async with self._database.write() as tx:
            await runs.queue(tx, asked)
        self._bus.publish(Topic.RUNS)
        self._bus.publish(Topic.CHANGED)
        return tuple(run.id for run in asked)

    async def run_job(self, job: Job, by: str) -> UUID:
        """Queue a scheduled job now, for all workspaces. Raises CallError when it is queued or running already."""
        asked = new_run(job, None, (), by, self._clock.now())
        async with self._database.write() as tx:
            await runs.queue_once(tx, asked)
        self._bus.publish(Topic.RUNS)
        self._bus.publish(Topic.CHANGED)
        return asked.id

    async def confirm_absent(self, workspace: WorkspaceKey, seen: Absence, by: str) -> int:
        """A person's word that the accounts they saw wait are gone. Raises CallError when it is not these any more."""
        async with self._database.write() as tx:
            confirmed = await absent.confirm(tx, workspace, seen, self._clock.now(), by)
        self._bus.publish(Topic.RUNS)
        self._bus.publish(Topic.CHANGED)
        return confirmed

    async def again(self, run: UUID, by: str) -> UUID:
        """Queue what a finished run did once more. Raises CallError when it is queued or running, or the run is gone."""
        async with self._database.write() as tx:
            before = await runs.get(tx, run)
            if before is None:
                raise NotThere("that run is not kept any more")
            asked = new_run(before.job, before.workspace, before.parts, by, self._clock.now())
            await runs.queue_once(tx, asked)
        self._bus.publish(Topic.RUNS)
        self._bus.publish(Topic.CHANGED)
        return asked.id

    async def cancel_queued(self) -> int:
        """Take every run that waits for its turn out of the queue; how many. What begins meanwhile goes on."""
        now, stopped = self._clock.now(), 0
        async with self._database.write() as tx:
            for run in await runs.open_runs(tx):
                stopped += run.state is RunState.QUEUED and await runs.ask_cancel(tx, run.id, now)
        self._bus.publish(Topic.CHANGED)
        return stopped

    async def cancel(self, run: UUID) -> bool:
        async with self._database.write() as tx:
            stopped = await runs.ask_cancel(tx, run, self._clock.now())
        self._bus.publish(Topic.CHANGED)
        return stopped

    async def preview(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> Preview:
        return await self._resync.preview(workspaces, parts)
