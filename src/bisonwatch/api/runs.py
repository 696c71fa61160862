"""Runs to read: queued and running ones among the finished, in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.answers import told
from bisonwatch.api.paging import PAGE, AfterRow, Limit, Since, row_mark, row_place
from bisonwatch.api.read import Instance, Number, row_of
from bisonwatch.domain.history import Place, RunPage, Standing, Wish, named, run_json
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, RunState
from bisonwatch.domain.snapshot import RunRow, Snapshot
from bisonwatch.errors import NotThere
from bisonwatch.store import history, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx

STANDINGS: dict[str, Standing] = {
    **{one.value: one for one in Outcome},
    **{one.value: one for one in (RunState.QUEUED, RunState.RUNNING)},
}
RunId = Annotated[UUID, Path(description="a run's id")]
JobWord = Annotated[Job | None, Query(description=f"one of {', '.join(Job)}")]
StandingWord = Annotated[
    Literal["success", "partial", "failed", "cancelled", "queued", "running"] | None,
    Query(description=f"one of {', '.join(STANDINGS)}"),
]


class RunReads:
    """The GET handlers."""

    def __init__(self, database: Database, snapshot: Callable[[], Snapshot]) -> None:
        self._database = database
        self._snapshot = snapshot

    async def runs(
        self,
        request: Request,
        limit: Limit = PAGE,
        after: AfterRow = None,
        job: JobWord = None,
        state: StandingWord = None,
        since: Since = None,
    ) -> Response:
        """Every run, the last asked for first; of one `job`, in one `state`, asked for since."""
        return await self._page(request, _wish(None, job, state, since), limit, after)

    async def workspace_runs(
        self,
        request: Request,
        instance: Instance,
        id: Number,
        limit: Limit = PAGE,
        after: AfterRow = None,
        job: JobWord = None,
        state: StandingWord = None,
        since: Since = None,
    ) -> Response:
        """The runs of one workspace alone, the last asked for first."""
        key = row_of(self._snapshot(), WorkspaceKey(instance, id)).key
        return await self._page(request, _wish(key, job, state, since), limit, after)

    async def run(self, request: Request, id: RunId) -> Response:
        """One run as it is now."""
        async with self._database.read() as tx:
            found = await runs.get(tx, id)
            names = await workspaces.names(tx) if found else {}
        if found is None:
            raise NotThere(f"there is no run {id}, or no more")
        return await told(request, run_json(named(found, names)))

    async def _page(self, request: Request, wish: Wish, limit: int, after: str | None) -> Response:
        async with self._database.read() as tx:
            found = await page(tx, wish, limit, row_place(after))
        return await told(
            request,
            {
                "items": [run_json(row) for row in found.rows],
                "next": row_mark(*found.next) if found.next else None,
            },
        )


def _wish(key: WorkspaceKey | None, job: Job | None, state: str | None, since: datetime | None) -> Wish:
    return Wish(
        jobs=None if job is None else frozenset({job}),
        standings=None if state is None else frozenset({STANDINGS[state]}),
        workspace=key,
        since=since,
        everything=True,
    )


async def page(tx: Tx, wish: Wish, limit: int, after: Place | None) -> RunPage:
    """Open runs keep the place that they have when they are over, so each run is met once, whatever becomes of it meanwhile."""
    names = await workspaces.names(tx)
    waiting = (named(run, names) for run in await runs.open_runs(tx))
    unfinished = [row for row in waiting if wish.keeps(row) and (after is None or _place(row) < after)]
    none = wish.outcomes == frozenset()  # only open ones are wanted
    over = RunPage((), None) if none else await history.page(tx, wish, names, limit, after)
    if over.next is not None:
        unfinished = [row for row in unfinished if _place(row) > over.next]
    rows = sorted((*unfinished, *over.rows), key=_place, reverse=True)
    if len(rows) > limit:
        return RunPage(tuple(rows[:limit]), _place(rows[limit - 1]))
    return RunPage(tuple(rows), over.next)


def _place(row: RunRow) -> Place:
    return row.run.queued_at, row.run.id
