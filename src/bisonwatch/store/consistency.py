"""Reports of consistency, kept per workspace, day and metric, and the verdict on each workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select

from bisonwatch.domain.comparison import Report as Report
from bisonwatch.domain.comparison import Standing as Standing
from bisonwatch.domain.drift import Verdict
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.tables import consistency, drifts
from bisonwatch.store.tx import Tx

c, d = consistency.c, drifts.c


async def write(tx: Tx, workspace: WorkspaceKey, reports: Sequence[Report]) -> None:
    """Upsert; a check that is older than the last one changes nothing. What was wrong once keeps its reason when it is healed."""
    insert = tx.dialect.insert(consistency)
    new = insert.excluded
    wrong = or_(c.drift > 0, c.reason.is_not(None), new.reason.is_not(None))
    values: dict[str, Any] = {
        name: new[name] for name in ("counted", "reported", "drift", "as_of", "checked_at")
    }
    values |= {
        "reason": func.coalesce(new.reason, c.reason),
        "healed_at": case(
            (new.drift > 0, None), (wrong, func.coalesce(c.healed_at, new.checked_at)), else_=None
        ),
        "resync_id": func.coalesce(new.resync_id, c.resync_id),
    }
    statement = insert.on_conflict_do_update(
        index_elements=list(consistency.primary_key.columns),
        set_=values,
        where=new.checked_at >= c.checked_at,
    )
    if reports:
        rows = [_row(workspace, report) for report in reports]
        await tx.run(statement, sorted(rows, key=lambda row: (row["day"], row["metric"])))


def _row(workspace: WorkspaceKey, report: Report) -> dict[str, Any]:
    healed = report.checked_at if report.reason is not None and not report.drift else None
    return {
        "instance": workspace.instance,
        "workspace_id": workspace.id,
        **{name: getattr(report, name) for name in _NAMES},
        "healed_at": report.healed_at or healed,
    }


_NAMES = (
    "day",
    "metric",
    "counted",
    "reported",
    "drift",
    "reason",
    "as_of",
    "checked_at",
    "healed_at",
    "resync_id",
)


async def of(tx: Tx, workspace: WorkspaceKey, since: date) -> list[Report]:
    """A workspace's reports from a day on, newest day first."""
    mine = (c.instance == workspace.instance, c.workspace_id == workspace.id, c.day >= since)
    rows = await tx.rows(select(*(c[name] for name in _NAMES)).where(*mine).order_by(c.day.desc(), c.metric))
    return [Report(*row) for row in rows]


_STANDING = (
    d.drift,
    d.metric,
    d.reason,
    d.checked_at,
    d.shift,
    d.over_since,
    d.resync_at,
    d.resync_id,
    d.resync_gaps,
)


async def standing(tx: Tx) -> dict[WorkspaceKey, Standing]:
    """The last verdict on every workspace that was ever checked."""
    rows = await tx.rows(select(d.instance, d.workspace_id, *_STANDING))
    return {WorkspaceKey(row[0], row[1]): Standing(*row[2:]) for row in rows}


async def standing_of(tx: Tx, workspace: WorkspaceKey, *, lock: bool = False) -> Standing | None:
    """`lock`: nobody else judges it until the transaction ends."""
    mine = and_(d.instance == workspace.instance, d.workspace_id == workspace.id)
    statement = select(*_STANDING).where(mine)
    row = await tx.row(statement.with_for_update() if lock else statement)
    return Standing(*row) if row else None


async def begin(tx: Tx, workspace: WorkspaceKey, at: datetime) -> Standing:
    """The verdict so far, held until the transaction ends; made where there is none."""
    insert = tx.dialect.insert(drifts).on_conflict_do_nothing(index_elements=[d.instance, d.workspace_id])
    key = {"instance": workspace.instance, "workspace_id": workspace.id, "checked_at": at}
    await tx.run(insert, [key])
    known = await standing_of(tx, workspace, lock=True)
    assert known is not None
    return known


async def settle(
    tx: Tx, workspace: WorkspaceKey, verdict: Verdict, before: Standing, at: datetime, resync: UUID | None
) -> None:
    """Write the verdict. `over_since` lasts while anything alarms, and while nobody can tell."""
    over = before.over_since
    if verdict.drift is not None or verdict.gaps:
        over = (over or at) if verdict.gaps else None
    shift = before.shift if verdict.shift is None and not verdict.gaps else verdict.shift
    values: dict[str, Any] = {
        "shift": shift,
        "drift": verdict.drift,
        "metric": verdict.metric.value if verdict.metric else None,
        "reason": verdict.reason,
        "checked_at": at,
        "over_since": over,
    }
    if resync is not None:
        values |= {"resync_at": at, "resync_id": resync, "resync_gaps": dict(verdict.gaps)}
    mine = and_(d.instance == workspace.instance, d.workspace_id == workspace.id)
    await tx.run(drifts.update().where(mine).values(**values))
