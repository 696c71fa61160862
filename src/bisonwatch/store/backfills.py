"""What backfills have read of each list, and how far back each number's history reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, Table, and_, delete, select

from bisonwatch.domain.backfill import Reach, Stretch, basis
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store.tables import backfills, histories
from bisonwatch.store.tx import Tx

b, h = backfills.c, histories.c


async def stretches(tx: Tx, workspace: WorkspaceKey, stream: str) -> list[Stretch]:
    statement = select(b.first_day, b.last_day, b.mark).where(_of(backfills, workspace), b.stream == stream)
    return [Stretch(*row) for row in await tx.rows(statement)]


async def read(tx: Tx, workspace: WorkspaceKey, stream: str, stretch: Stretch, now: datetime) -> None:
    """A stretch was read so far down; it only ever grows."""
    insert = tx.dialect.insert(backfills)
    statement = insert.on_conflict_do_update(
        index_elements=list(backfills.primary_key.columns),
        set_={name: insert.excluded[name] for name in ("first_day", "mark", "read_at")},
        where=insert.excluded.first_day <= b.first_day,
    )
    row = {"instance": workspace.instance, "workspace_id": workspace.id, "stream": stream}
    row |= {"last_day": stretch.last, "first_day": stretch.first, "mark": stretch.mark, "read_at": now}
    await tx.run(statement, [row])


async def forget(tx: Tx, workspace: WorkspaceKey) -> None:
    """Everything is to be read anew; what was counted stays."""
    await tx.run(delete(backfills).where(_of(backfills, workspace)))


async def reaches(
    tx: Tx, workspace: WorkspaceKey, metrics: Iterable[Metric], day: date, now: datetime
) -> None:
    """These metrics' past is known from that day on. It never moves forward."""
    insert = tx.dialect.insert(histories)
    statement = insert.on_conflict_do_update(
        index_elements=list(histories.primary_key.columns),
        set_={name: insert.excluded[name] for name in ("first_day", "basis", "filled_at")},
        where=insert.excluded.first_day <= h.first_day,
    )
    key = {"instance": workspace.instance, "workspace_id": workspace.id, "first_day": day, "filled_at": now}
    rows = [key | {"metric": metric.value, "basis": basis(metric)} for metric in sorted(metrics)]
    if rows:
        await tx.run(statement, rows)


Known = Mapping[WorkspaceKey, Mapping[Metric, Reach]]


async def known(tx: Tx) -> Known:
    """Of every workspace that was ever filled."""
    found: dict[WorkspaceKey, dict[Metric, Reach]] = {}
    for row in await tx.rows(select(h.instance, h.workspace_id, h.metric, h.first_day, h.basis)):
        mine = found.setdefault(WorkspaceKey(row.instance, row.workspace_id), {})
        mine[Metric(row.metric)] = Reach(row.first_day, row.basis)
    return found


def _of(table: Table, workspace: WorkspaceKey) -> ColumnElement[bool]:
    return and_(table.c.instance == workspace.instance, table.c.workspace_id == workspace.id)
