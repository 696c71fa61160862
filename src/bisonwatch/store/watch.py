"""What is known of each workspace's news: the last webhook, the last walk of its log, what that walk found missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from bisonwatch.domain.changes import Sighting
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import workspace_watch
from bisonwatch.store.tx import Tx

c = workspace_watch.c


@dataclass(frozen=True, slots=True)
class Watch:
    """`tried_at` is the last walk that failed or was stopped. `missed` and `missing_since` are about the episode of misses that the last finished walk belongs to; one that finds none ends it."""

    workspace: WorkspaceKey
    last_webhook_at: datetime | None = None
    last_event_at: datetime | None = None
    last_poll_at: datetime | None = None
    verified_at: datetime | None = None
    missed: int = 0
    missing_since: datetime | None = None
    poll_failed_since: datetime | None = None
    poll_error: str | None = None
    subscribed_at: datetime | None = None
    tried_at: datetime | None = None


def _upsert(tx: Tx) -> Upsert:
    return tx.dialect.insert(workspace_watch)


def _later(insert: Any, name: str) -> ColumnElement[Any]:
    new, old = insert.excluded[name], c[name]
    return case((or_(old.is_(None), and_(new.is_not(None), new > old)), new), else_=old)


async def saw(tx: Tx, sightings: Sequence[Sighting]) -> None:
    """Webhooks and events were seen; the later moment stays. The first webhook proves that we are subscribed."""
    await _SAW.run(
        tx,
        [
            {
                "instance": s.workspace.instance,
                "workspace_id": s.workspace.id,
                "missed": 0,
                "last_webhook_at": s.last_webhook_at,
                "last_event_at": s.last_event_at,
                "subscribed_at": s.first_webhook_at or s.last_webhook_at,
                "named_at": None if s.name is None else s.name_known_at,
            }
            for s in sightings
        ],
    )


def _seeing(dialect: Dialect) -> Upsert:
    insert = dialect.insert(workspace_watch)
    later = {name: _later(insert, name) for name in ("last_webhook_at", "last_event_at", "named_at")}
    later["subscribed_at"] = func.coalesce(c.subscribed_at, insert.excluded.subscribed_at)
    return insert.on_conflict_do_update(index_elements=[c.instance, c.workspace_id], set_=later)


_SAW = Batch(_seeing)


async def named_at(tx: Tx, workspace: WorkspaceKey, *, lock: bool) -> datetime | None:
    """The newest news that told a name of the workspace; nobody else tells one until this transaction ends."""
    mine = and_(c.instance == workspace.instance, c.workspace_id == workspace.id)
    named = select(c.named_at).where(mine)
    found: datetime | None = await tx.value(named.with_for_update() if lock else named)
    return found


async def _set(tx: Tx, workspace: WorkspaceKey, values: dict[str, Any]) -> None:
    insert = _upsert(tx).on_conflict_do_update(index_elements=[c.instance, c.workspace_id], set_=values)
    row = {"missed": 0, **values, "instance": workspace.instance, "workspace_id": workspace.id}
    await tx.run(insert, [row])


async def walked(
    tx: Tx, workspace: WorkspaceKey, at: datetime, missed: int, missing_since: datetime | None
) -> None:
    """A walk finished. With misses the oldest of the episode stays; without, the workspace is verified at `at`."""
    values: dict[str, Any] = {
        "last_poll_at": at,
        "poll_failed_since": None,
        "poll_error": None,
        "missed": missed,
    }
    values["verified_at"] = at
    values["missing_since"] = missing_since
    await _set(tx, workspace, values)


async def walk_failed(tx: Tx, workspace: WorkspaceKey, at: datetime, error: str) -> None:
    """The log could not be walked; the first failure's moment stays until one succeeds."""
    known = await get(tx, workspace)
    since = known.poll_failed_since if known and known.poll_failed_since else at
    await _set(tx, workspace, {"poll_failed_since": since, "poll_error": error})


async def tried(tx: Tx, workspace: WorkspaceKey, began: datetime) -> None:
    """A walk that began then came to nothing; the next one waits its time, on every node."""
    await _TRIED.run(
        tx,
        [{"instance": workspace.instance, "workspace_id": workspace.id, "missed": 0, "tried_at": began}],
    )


def _trying(dialect: Dialect) -> Upsert:
    insert = dialect.insert(workspace_watch)
    later = {"tried_at": _later(insert, "tried_at")}
    return insert.on_conflict_do_update(index_elements=[c.instance, c.workspace_id], set_=later)


_TRIED = Batch(_trying)


async def subscribed(tx: Tx, workspace: WorkspaceKey, at: datetime | None) -> None:
    """Our webhook subscription was first seen at `at`: events before it are never misses. None: it is gone."""
    await _set(tx, workspace, {"subscribed_at": at})


async def everything(tx: Tx) -> dict[WorkspaceKey, Watch]:
    rows = await tx.rows(select(*_COLUMNS))
    return {WorkspaceKey(row[0], row[1]): Watch(WorkspaceKey(row[0], row[1]), *row[2:]) for row in rows}


async def get(tx: Tx, workspace: WorkspaceKey, *, lock: bool = False) -> Watch | None:
    """`lock`: nobody else changes it until the transaction ends."""
    statement = select(*_COLUMNS).where(c.instance == workspace.instance, c.workspace_id == workspace.id)
    row = await tx.row(statement.with_for_update() if lock else statement)
    return Watch(workspace, *row[2:]) if row else None


_COLUMNS = (
    c.instance,
    c.workspace_id,
    c.last_webhook_at,
    c.last_event_at,
    c.last_poll_at,
    c.verified_at,
    c.missed,
    c.missing_since,
    c.poll_failed_since,
    c.poll_error,
    c.subscribed_at,
    c.tried_at,
)
