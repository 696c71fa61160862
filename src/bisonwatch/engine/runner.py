"""Takes queued runs and does them, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Run, RunState
from bisonwatch.engine.members import Members
from bisonwatch.engine.turns import Home, turns
from bisonwatch.errors import StoreError
from bisonwatch.metrics import Running
from bisonwatch.store import runs
from bisonwatch.store.database import Database
from bisonwatch.sync.meter import Done

log = logging.getLogger(__name__)

ABREAST = 6
IDLE_S = 1.0


def counted(
    execute: Callable[[Run], Awaitable[Done | None]], figures: Running, clock: Clock
) -> Callable[[Run], Awaitable[object]]:
    """`execute`, and how each run ended in this process's figures; one that another node has now is counted there."""

    async def once(run: Run) -> None:
        began = clock.monotonic()
        done = await execute(run)
        if done is not None:
            figures.add(run.job.value, done.outcome.value, clock.monotonic() - began, clock.now())

    return once


class Runner:
    """`execute` does one run and records how it ended; `home` says where a workspace's work belongs."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        members: Members,
        home: Callable[[WorkspaceKey], Home],
        execute: Callable[[Run], Awaitable[object]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._members = members
        self._home = home
        self._execute = execute
        self._wake = bus.subscribe(Topic.RUNS)
        self._working: dict[asyncio.Task[object], Job] = {}

    async def run(self) -> None:
        failing = given_back = False
        try:
            while True:
                try:
                    if not given_back:
                        given_back = await self._give_back()
                    await self.take()
                    failing = False
                except StoreError as error:
                    if not failing:
                        log.warning("no runs can be taken: %s", error)
                    failing = True
                    await self._clock.sleep(IDLE_S)
                await self._wake.wait(IDLE_S)
        finally:
            await self.stop()

    async def _give_back(self) -> bool:
        """After a crash of this loop: what it held is nobody's work, though its node lives."""
        async with self._database.write() as tx:
            await runs.give_back(tx, self._members.me)
        return True

    async def take(self) -> int:
        """Start what is queued, as far as hands are free; how many were started."""
        free = ABREAST - len(self._working)
        if free <= 0:
            return 0
        async with self._database.read() as tx:
            queued = [run for run in await runs.open_runs(tx) if run.state is RunState.QUEUED]
        now = self._clock.now()
        held = self._working.values()
        wanted = turns(queued, self._members.share, self._home, now, free, held)
        if not wanted:
            return 0
        async with self._database.write() as tx:
            taken = await runs.take(tx, self._members.me, now, wanted)
        for run in taken:
            task = asyncio.create_task(self._work(run), name=f"run {run.job.value} {run.id}")
            self._working[task] = run.job
            task.add_done_callback(self._ended)
        return len(taken)

    async def _work(self, run: Run) -> object:
        return await self._execute(run)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._working.pop(task, None)
        self._wake.put(None)
        if not task.cancelled() and task.exception() is not None:
            log.error("%s was stopped by a fault", task.get_name(), exc_info=task.exception())

    async def idle(self) -> None:
        """Wait until nothing that was taken is still being done."""
        while self._working:
            await asyncio.wait(tuple(self._working))

    async def stop(self) -> None:
        """Stop what is being done; it goes back into the queue when this node is seen to be gone."""
        working = tuple(self._working)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
