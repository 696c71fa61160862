"""What the cache of datasets did, per workspace, minute and dataset. Several nodes add up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BigInteger, cast, func, select

from bisonwatch.domain.cache_counts import COUNTED, CacheCounts, Slot
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import cache_minutes
from bisonwatch.store.tx import Tx

c = cache_minutes.c
Key = tuple[WorkspaceKey, DatasetName]
_NAMES = frozenset(name.value for name in DatasetName)
MOST = 500_000
"""Rows that are summed together: an hour of 2,000 workspaces."""
_SUMS = [cast(func.sum(c[name]), BigInteger) for name in COUNTED]


async def add(tx: Tx, slots: Mapping[Slot, CacheCounts]) -> None:
    """In key order, so that two nodes cannot deadlock."""
    await _ADD.run(tx, [_row(slot, slots[slot]) for slot in sorted(slots)])


async def sums(tx: Tx, since: datetime) -> dict[Key, CacheCounts]:
    """Of each dataset of each workspace, over the minutes that began then or later: of two days' rows one is read, and so all may be."""
    key = (c.instance, c.workspace_id, c.name)
    rows = await tx.rows(select(*key, *_SUMS).where(c.minute >= since).group_by(*key))
    return {
        (WorkspaceKey(row[0], row[1]), DatasetName(row[2])): CacheCounts(*row[3:])
        for row in rows
        if row[2] in _NAMES
    }


async def of_workspaces(tx: Tx, since: datetime) -> dict[WorkspaceKey, CacheCounts]:
    """All datasets of each workspace together, over the few last minutes: SQLite would read all of them in the order of the groups."""
    last = select(cache_minutes).where(c.minute >= since).order_by(c.minute.desc()).limit(MOST)
    found = last.subquery("some").c
    key = (found.instance, found.workspace_id)
    sums = [cast(func.sum(found[name]), BigInteger) for name in COUNTED]
    rows = await tx.rows(select(*key, *sums).group_by(*key))
    return {WorkspaceKey(row[0], row[1]): CacheCounts(*row[2:]) for row in rows}


def _adding(dialect: Dialect) -> Upsert:
    insert = dialect.insert(cache_minutes)
    summed = {name: c[name] + insert.excluded[name] for name in COUNTED}
    return insert.on_conflict_do_update(index_elements=list(cache_minutes.primary_key.columns), set_=summed)


_ADD = Batch(_adding)


def _row(slot: Slot, counts: CacheCounts) -> dict[str, object]:
    where = {"instance": slot.workspace.instance, "workspace_id": slot.workspace.id}
    when = {"minute": slot.minute, "name": slot.name.value}
    return {**where, **when, **{name: getattr(counts, name) for name in COUNTED}}
