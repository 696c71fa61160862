"""Runs: queued rows that any living node takes; screens, logs and alerts read them.

Taking a run raises its fence: what its former holder writes of it afterwards is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column, or_, select, update

from bisonwatch.domain.backfill import Haste, Order
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState, Tally, as_one
from bisonwatch.domain.share import Share
from bisonwatch.domain.totals import Counts, Totals
from bisonwatch.errors import LeaseLost, UnderWay
from bisonwatch.store.tables import nodes, runs
from bisonwatch.store.tx import AnyRow, Tx

c = runs.c
_OVER: ColumnElement[str] = literal_column(
    f"'{RunState.DONE.value}'"
)  # written out, so that the partial indexes serve
_OPEN, DONE = c.state != _OVER, c.state == _OVER
_TALLY = (
    "done",
    "total",
    "rows_read",
    "rows_written",
    "rows_unchanged",
    "rows_removed",
    "requests",
    "retries",
    "workspaces",
    "workspaces_failed",
)


async def queue(tx: Tx, new: Sequence[Run]) -> None:
    """Insert queued runs."""
    if not new:
        return
    await tx.run(
        tx.dialect.insert(runs),
        [
            {
                "id": run.id,
                "job": run.job.value,
                "instance": run.workspace.instance if run.workspace else None,
                "workspace_id": run.workspace.id if run.workspace else None,
                "parts": [part.value for part in run.parts],
                "asked_by": run.asked_by,
                "state": RunState.QUEUED.value,
                "queued_at": run.queued_at,
                "cancel_asked": False,
                "fence": 0,
                "share": run.share.number,
                "shares": run.share.of,
                "first_day": run.order.first if run.order else None,
                "last_day": run.order.last if run.order else None,
                "haste": run.order.haste.value if run.order else None,
                **_tally(run.tally),
            }
            for run in new
        ],
    )


async def queue_once(tx: Tx, run: Run) -> None:
    """Queue a run. Raises UnderWay when its job is queued or running already, for the same workspace or, as it, for all."""
    open_already = [
        other
        for other in await open_runs(tx)
        if other.job is run.job and other.workspace == run.workspace and other.parts == run.parts
    ]
    if open_already:
        state = open_already[0].state.value
        raise UnderWay(f"{run.job.value} is {state} already", hint="`bisonwatch status` shows how far it is")
    await queue(tx, [run])


async def take(tx: Tx, node_id: UUID, at: datetime, wanted: Sequence[UUID]) -> list[Run]:
    """Those of the wanted that are still queued, oldest first, now running on this node; another node cannot take them."""
    free = (
        select(c.id)
        .where(_OPEN, c.state == RunState.QUEUED.value, c.id.in_(wanted))
        .with_for_update(skip_locked=True)
    )
    ids = [row.id for row in await tx.rows(free)] if wanted else []
    if not ids:
        return []
    started = {"state": RunState.RUNNING.value, "node_id": node_id, "started_at": at, "fence": c.fence + 1}
    await tx.run(update(runs).where(c.id.in_(ids)).values(**started))
    return [run_of(row) for row in await tx.rows(select(*c).where(c.id.in_(ids)).order_by(c.queued_at))]


async def progress(tx: Tx, run: Run, tally: Tally) -> bool:
    """Write how far a taken run is; True when somebody asked it to stop. Raises LeaseLost when it was taken from us."""
    await _write(tx, run, _tally(tally))
    return bool(await tx.value(select(c.cancel_asked).where(c.id == run.id)))


async def finish(tx: Tx, run: Run, outcome: Outcome, tally: Tally, error: str | None, at: datetime) -> None:
    """Write how a taken run ended; twice is fine. Raises LeaseLost when it was taken from us."""
    values = _tally(tally)
    values |= {"state": RunState.DONE.value, "outcome": outcome.value, "error": error, "finished_at": at}
    await _write(tx, run, values)


async def _write(tx: Tx, run: Run, values: dict[str, object]) -> None:
    """Where it is still ours: by the node, and by the fence, which grew if the same node took it again."""
    ours = and_(c.id == run.id, c.node_id == run.node_id, c.fence == run.fence)
    if not await tx.run(update(runs).where(ours).values(**values)):
        raise LeaseLost(f"run {run.id} was given to another node")


async def ask_cancel(tx: Tx, run_id: UUID, at: datetime, why: str | None = None) -> bool:
    """A queued run is over at once, with the reason; a running one stops at its next step. False when it is over already."""
    queued = and_(c.id == run_id, c.state == RunState.QUEUED.value)
    over = {
        "state": RunState.DONE.value,
        "outcome": Outcome.CANCELLED.value,
        "finished_at": at,
        "cancel_asked": True,
        "error": why,
    }
    if await tx.run(update(runs).where(queued).values(**over)):
        return True
    running = and_(c.id == run_id, c.state == RunState.RUNNING.value)
    return await tx.run(update(runs).where(running).values(cancel_asked=True)) == 1


async def rescue(tx: Tx, alive_since: datetime, me: UUID) -> int:
    """Put runs of nodes that are gone back into the queue; `me`, who asks, is not."""
    alive = select(nodes.c.id).where(nodes.c.seen_at >= alive_since, nodes.c.stopped_at.is_(None))
    gone = and_(c.node_id != me, c.node_id.not_in(alive))
    lost = and_(_OPEN, c.state == RunState.RUNNING.value, or_(c.node_id.is_(None), gone))
    return await tx.run(
        update(runs).where(lost).values(state=RunState.QUEUED.value, node_id=None, started_at=None)
    )


async def give_back(tx: Tx, node_id: UUID) -> int:
    """At a clean stop: what this node had taken is queued again."""
    mine = and_(c.state == RunState.RUNNING.value, c.node_id == node_id)
    return await tx.run(
        update(runs).where(mine).values(state=RunState.QUEUED.value, node_id=None, started_at=None)
    )


async def get(tx: Tx, run_id: UUID) -> Run | None:
    row = await tx.row(select(*c).where(c.id == run_id))
    return run_of(row) if row else None


async def several(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Run]:
    """Those of them that are kept."""
    wanted = sorted(set(ids))
    rows = await tx.rows(select(*c).where(c.id.in_(wanted))) if wanted else []
    return {row.id: run_of(row) for row in rows}


async def open_runs(tx: Tx) -> list[Run]:
    """Queued and running, oldest first."""
    return [run_of(row) for row in await tx.rows(select(*c).where(_OPEN).order_by(c.queued_at))]


async def recent(tx: Tx, limit: int) -> list[Run]:
    """Finished runs, newest first."""
    statement = select(*c).where(DONE).order_by(c.queued_at.desc()).limit(limit)
    return [run_of(row) for row in await tx.rows(statement)]


async def last_of(
    tx: Tx, job: Job, workspace: WorkspaceKey | None = None, outcome: Outcome | None = None
) -> Run | None:
    """The newest finished run of a job (that ended so) for that workspace; without one, for all workspaces, its shares as one."""
    mine = [c.job == job.value, DONE]
    if outcome is not None:
        mine.append(c.outcome == outcome.value)
    if workspace is None:
        mine.append(c.instance.is_(None))
    else:
        mine += [c.instance == workspace.instance, c.workspace_id == workspace.id]
    row = await tx.row(select(*c).where(*mine).order_by(c.queued_at.desc()).limit(1))
    if row is None or row.shares <= 1:
        return run_of(row) if row else None
    shares = await tx.rows(select(*c).where(*mine, c.queued_at == row.queued_at).order_by(c.share))
    return as_one([run_of(share) for share in shares])


def _tally(tally: Tally) -> dict[str, object]:
    totals = None if tally.totals is None else {n: dict(v) for n, v in _parts(tally.totals)}
    return {name: getattr(tally, name) for name in _TALLY} | {"totals": totals}


def _parts(totals: Totals) -> tuple[tuple[str, Counts], ...]:
    return ("instances", totals.instances), ("workspaces", totals.top)


def _totals(stored: dict[str, dict[str, int]] | None) -> Totals | None:
    """`jsonb` keeps no order of keys: the largest come first again."""
    if stored is None:
        return None
    largest = sorted(stored["workspaces"].items(), key=lambda item: (-item[1], item[0]))
    return Totals(tuple(sorted(stored["instances"].items())), tuple(largest))


def run_of(row: AnyRow) -> Run:
    return Run(
        id=row.id,
        job=Job(row.job),
        workspace=WorkspaceKey(row.instance, row.workspace_id) if row.instance else None,
        parts=tuple(Part(part) for part in row.parts),
        asked_by=row.asked_by,
        state=RunState(row.state),
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        tally=Tally(**{name: getattr(row, name) for name in _TALLY}, totals=_totals(row.totals)),
        error=row.error,
        cancel_asked=row.cancel_asked,
        share=Share(row.share, row.shares),
        node_id=row.node_id,
        fence=row.fence,
        order=Order(row.first_day, row.last_day, Haste(row.haste)) if row.haste else None,
    )
