"""The datasets as they were made last. The newest wins, whoever made it; a row without a value says when it was cleared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import datasets
from bisonwatch.store.tx import AnyRow, Tx

c = datasets.c
Key = tuple[WorkspaceKey, DatasetName]
TOGETHER = 100
_NAMES = frozenset(name.value for name in DatasetName)


@dataclass(frozen=True, slots=True)
class Stored:
    """`value` as readers get it."""

    workspace: WorkspaceKey
    name: DatasetName
    made_at: datetime
    expires_at: datetime
    value: Mapping[str, Json]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """When what is stored was made; or, `cleared`, when it was thrown away."""

    made_at: datetime
    cleared: bool


async def write(tx: Tx, rows: Iterable[Stored]) -> None:
    """Older ones change nothing; in key order, so that two nodes cannot deadlock."""
    ordered = sorted(rows, key=lambda row: (row.workspace, row.name))
    await _WRITE.run(tx, [_row(row) for row in ordered])


async def clear(tx: Tx, workspaces: Iterable[WorkspaceKey], at: datetime) -> int:
    """Of these workspaces nothing that was made before is given any more, by whatever process; how many values were stored."""
    keys = sorted((workspace, name) for workspace in set(workspaces) for name in DatasetName)
    found = 0
    for some in _pages(keys):
        held = select(func.count()).where(_among(some), c.value.is_not(None))
        found += int(await tx.value(held) or 0)
        gone = [_key(key) | {"made_at": at, "expires_at": at, "value": None, "warnings": []} for key in some]
        await _WRITE.run(tx, gone)
    return found


async def marks(tx: Tx) -> dict[Key, Mark]:
    """Of every row, without its value. Names of a later version are passed by."""
    rows = await tx.rows(select(c.instance, c.workspace_id, c.name, c.made_at, c.value.is_(None)))
    return {
        (WorkspaceKey(row[0], row[1]), DatasetName(row[2])): Mark(row[3], bool(row[4]))
        for row in rows
        if row[2] in _NAMES
    }


async def some(tx: Tx, keys: Iterable[Key]) -> list[Stored]:
    """Those of them that have a value."""
    found: list[Stored] = []
    for few in _pages(sorted(set(keys))):
        columns = (c.instance, c.workspace_id, c.name, c.made_at, c.expires_at, c.value, c.warnings)
        rows = await tx.rows(select(*columns).where(_among(few), c.value.is_not(None)))
        found += [_stored(row) for row in rows]
    return found


def _pages(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    return (keys[first : first + TOGETHER] for first in range(0, len(keys), TOGETHER))


def _among(keys: Sequence[Key]) -> ColumnElement[bool]:
    """Each looked up by itself: for a list of tuples SQLite reads the whole table."""
    each = (
        and_(c.instance == workspace.instance, c.workspace_id == workspace.id, c.name == name.value)
        for workspace, name in keys
    )
    return or_(*each)


def _writing(dialect: Dialect) -> Upsert:
    insert = dialect.insert(datasets)
    newest = {name: insert.excluded[name] for name in ("made_at", "expires_at", "value", "warnings")}
    return insert.on_conflict_do_update(
        index_elements=list(datasets.primary_key.columns),
        set_=newest,
        where=insert.excluded.made_at > c.made_at,
    )


_WRITE = Batch(_writing)


def _key(key: Key) -> dict[str, object]:
    return {"instance": key[0].instance, "workspace_id": key[0].id, "name": key[1].value}


def _row(row: Stored) -> dict[str, object]:
    moments = {"made_at": row.made_at, "expires_at": row.expires_at}
    return _key((row.workspace, row.name)) | moments | {"value": row.value, "warnings": list(row.warnings)}


def _stored(row: AnyRow) -> Stored:
    key = WorkspaceKey(row[0], row[1])
    return Stored(key, DatasetName(row[2]), row[3], row[4], row[5], tuple(row[6]))
