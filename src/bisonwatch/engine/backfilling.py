"""A backfill is asked for: which workspaces have something in the window, and one backfill of a workspace at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Part, RunState
from bisonwatch.engine.scheduler import new_run
from bisonwatch.errors import CallError, UnderWay
from bisonwatch.store import backfills, campaigns, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import ALIVE_FOR

Known = Sequence[tuple[WorkspaceKey, str]]
"""Workspaces with their names."""
CUT_OFF = "what did it was cut off; the same was asked for again"


async def _begin(database: Database, workspace: WorkspaceKey) -> date | None:
    """The day of its first campaign, as far as the mirror knows."""
    async with database.read() as tx:
        made = await campaigns.first_made(tx, workspace)
    return made.date() if made else None


async def old_enough(database: Database, targets: Known, order: Order) -> list[tuple[WorkspaceKey, str]]:
    """Of all workspaces those that had a campaign in the window; all where none had, so that the reason can be told."""
    begins = {key: await _begin(database, key) for key, _ in targets}
    found = [(key, name) for key, name in targets if (begin := begins[key]) is None or begin <= order.last]
    return found or list(targets)


async def check(database: Database, targets: Known, order: Order, name: str = "to") -> None:
    """Raises CallError for a workspace that has nothing in the window; `name` is what the asker calls its last day."""
    for key, _ in targets:
        begin = await _begin(database, key)
        if begin is not None and begin > order.last:
            raise CallError(f"{name} {order.last} is too far back: the first campaign of {key} is of {begin}")


async def clear(database: Database, keys: Sequence[WorkspaceKey], *, anew: bool, alone: bool) -> None:
    """One backfill of a workspace at a time. Raises UnderWay; what a command left that was killed is put away."""
    now = database.clock.now()
    async with database.write() as tx:
        if alone:
            await runs.rescue(tx, now - ALIVE_FOR, uuid7(now))
        for run in await runs.open_runs(tx):
            if run.job is not Job.BACKFILL or run.workspace not in keys:
                continue
            if not alone or run.state is not RunState.QUEUED:
                raise UnderWay(
                    f"a backfill of {run.workspace} is {run.state.value} already",
                    hint=f"`bisonwatch runs cancel {run.id}` stops it; what it has read stays",
                )
            await runs.ask_cancel(tx, run.id, now, CUT_OFF)
        for key in keys if anew else ():
            await backfills.forget(tx, key)


class Backfilling:
    """For who asks an engine. `keeps` is how long events are kept."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, keeps: timedelta) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._keeps = keeps

    async def ask(
        self, wanted: Sequence[WorkspaceKey], order: Order, parts: tuple[Part, ...], by: str, *, anew: bool
    ) -> tuple[UUID, ...]:
        """Queue a run for each workspace; nobody wanted: for all that had a campaign then. Raises CallError, UnderWay."""
        now = self._clock.now()
        order.check(now.date(), self._keeps)
        keys = await self._with_something(wanted, order)
        await clear(self._database, keys, anew=anew, alone=False)
        asked = [replace(new_run(Job.BACKFILL, key, parts, by, now), order=order) for key in keys]
        async with self._database.write() as tx:
            await runs.queue(tx, asked)
        self._bus.publish(Topic.RUNS)
        self._bus.publish(Topic.CHANGED)
        return tuple(run.id for run in asked)

    async def _with_something(self, wanted: Sequence[WorkspaceKey], order: Order) -> list[WorkspaceKey]:
        if wanted:
            await check(self._database, [(key, "") for key in wanted], order)
            return list(wanted)
        async with self._database.read() as tx:
            known = sorted((await workspaces.names(tx)).items())
        return [key for key, _ in await old_enough(self._database, known, order)]
