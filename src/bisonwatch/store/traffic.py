"""Deliveries per workspace and minute, and per type: what trends and 24-hour figures are made of.

Beside them, in the same rows, how webhooks were delivered: by what came here (`due`, `prompt`: see `domain.promptness`) and by the
provider's record (`answered`, `refused`, `late`), each by the date of what was delivered. They are kept as it happens, since a recount
of a day's facts takes long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import case, delete, func, literal, select

from bisonwatch.domain.changes import Traffic, TypeCount
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.promptness import Due, Slot
from bisonwatch.domain.record import NOTHING, Record
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import event_types, traffic, workspace_watch
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant

t = traffic.c


@dataclass(frozen=True, slots=True)
class Day:
    """Sums over a window. `polled` are deliveries that a poll brought; `missed` those of them that a webhook should have."""

    webhooks: int
    polled: int
    walks: int
    missed: int
    record: Record = NOTHING


_SUMS = ("webhooks", "polled", "walks", "missed", "answered", "refused", "late")
_COUNTS = (*_SUMS, "due", "prompt")
_NONE_DUE: Mapping[Slot, Due] = MappingProxyType({})


async def add(
    tx: Tx, minutes: Sequence[Traffic], types: Sequence[TypeCount], due: Mapping[Slot, Due] = _NONE_DUE
) -> None:
    """Count a batch. What is due is most often so in the minute in which it came, and then one row says both."""
    rows = {
        (m.workspace, m.minute): _row(m.workspace, m.minute, webhooks=m.webhooks, polled=m.polled)
        for m in minutes
    }
    for slot, counts in due.items():
        row = rows.setdefault(slot, _row(slot.workspace, slot.start))
        row["due"], row["prompt"] = counts
    await _ADD.run(tx, [rows[key] for key in sorted(rows)])
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


async def recorded(tx: Tx, workspace: WorkspaceKey, slots: Mapping[datetime, Record]) -> None:
    """Count what the provider says became of its deliveries to us, by when the event was logged."""
    rows = [_row(workspace, start, **asdict(slots[start])) for start in sorted(slots)]
    await _ADD.run(tx, rows)


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
        select(t.instance, t.workspace_id, *(func.sum(t[name]) for name in _SUMS))
        .where(t.minute >= moment)
        .group_by(t.instance, t.workspace_id)
    )
    return {WorkspaceKey(r[0], r[1]): _day(list(map(int, r[2:]))) for r in await tx.rows(statement)}


def _day(n: Sequence[int]) -> Day:
    return Day(n[0], n[1], n[2], n[3], Record(*n[4:]))


async def arrivals(tx: Tx, first: datetime, last: datetime) -> dict[WorkspaceKey, Due]:
    """Of the slots that begin from `first` to `last`, and since our subscription was first seen: of workspaces that have one.

    Summed workspace by workspace: the slots of one lie together, and a join would make SQLite look for each by its minute.
    """
    w = workspace_watch.c
    since = case((w.subscribed_at > first, w.subscribed_at), else_=literal(first, Instant))
    mine = (t.instance == w.instance, t.workspace_id == w.workspace_id, t.minute >= since, t.minute <= last)
    due, prompt = (
        func.coalesce(select(func.sum(count)).where(*mine).correlate(workspace_watch).scalar_subquery(), 0)
        for count in (t.due, t.prompt)
    )
    statement = select(w.instance, w.workspace_id, due, prompt).where(w.subscribed_at.is_not(None))
    return {WorkspaceKey(row[0], row[1]): Due(int(row[2]), int(row[3])) for row in await tx.rows(statement)}


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
