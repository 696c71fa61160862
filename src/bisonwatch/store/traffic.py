"""Deliveries per workspace and minute, and per type: what trends and 24-hour figures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, select

from bisonwatch.domain.changes import Traffic, TypeCount
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import event_types, traffic
from bisonwatch.store.tx import Tx

t = traffic.c


@dataclass(frozen=True, slots=True)
class Day:
    """Sums over a window. `polled` are deliveries that a poll brought; `missed` those of them that a webhook should have."""

    webhooks: int
    polled: int
    walks: int
    missed: int


_COUNTS = ("webhooks", "polled", "walks", "missed")


async def add(tx: Tx, minutes: Sequence[Traffic], types: Sequence[TypeCount]) -> None:
    """Count a batch."""
    await _ADD.run(tx, [_row(m.workspace, m.minute, webhooks=m.webhooks, polled=m.polled) for m in minutes])
    await _COUNT.run(
        tx,
        [
            {
                "instance": item.workspace.instance,
                "workspace_id": item.workspace.id,
                "type": item.type,
                "n": item.count,
                "last_at": item.last_at,
            }
            for item in types
        ],
    )


async def walked(tx: Tx, workspace: WorkspaceKey, at: datetime, missed: int) -> None:
    """Count a finished walk of the event log and what it found missing."""
    await _ADD.run(tx, [_row(workspace, at.replace(second=0, microsecond=0), walks=1, missed=missed)])


def _row(workspace: WorkspaceKey, minute: datetime, **counts: int) -> dict[str, object]:
    where = {"instance": workspace.instance, "workspace_id": workspace.id, "minute": minute}
    return {**where, **dict.fromkeys(_COUNTS, 0), **counts}


def _adding(dialect: Dialect) -> Upsert:
    insert = dialect.insert(traffic)
    sums = {name: t[name] + insert.excluded[name] for name in _COUNTS}
    return insert.on_conflict_do_update(index_elements=[t.instance, t.workspace_id, t.minute], set_=sums)


def _counting(dialect: Dialect) -> Upsert:
    insert = dialect.insert(event_types)
    old, new = event_types.c, insert.excluded
    later = case((new.last_at > old.last_at, new.last_at), else_=old.last_at)
    return insert.on_conflict_do_update(
        index_elements=list(event_types.primary_key.columns), set_={"n": old.n + new.n, "last_at": later}
    )


_ADD, _COUNT = Batch(_adding), Batch(_counting)


async def since(tx: Tx, moment: datetime) -> dict[WorkspaceKey, Day]:
    """Sums per workspace since a moment."""
    statement = (
        select(t.instance, t.workspace_id, *(func.sum(t[name]) for name in _COUNTS))
        .where(t.minute >= moment)
        .group_by(t.instance, t.workspace_id)
    )
    return {WorkspaceKey(r[0], r[1]): Day(*map(int, r[2:])) for r in await tx.rows(statement)}


async def minutes(tx: Tx, moment: datetime) -> dict[WorkspaceKey, dict[datetime, int]]:
    """Deliveries of each minute since a moment, per workspace."""
    statement = select(t.instance, t.workspace_id, t.minute, t.webhooks + t.polled).where(t.minute >= moment)
    counts: dict[WorkspaceKey, dict[datetime, int]] = {}
    for row in await tx.rows(statement):
        counts.setdefault(WorkspaceKey(row[0], row[1]), {})[row[2]] = row[3]
    return counts


async def processed(tx: Tx) -> int:
    """All deliveries ever processed."""
    return int(await tx.value(select(func.coalesce(func.sum(event_types.c.n), 0))))


async def prune(tx: Tx, before: datetime) -> None:
    await tx.run(delete(traffic).where(t.minute < before))
