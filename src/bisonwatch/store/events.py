"""What happened in a workspace, to read: its facts, the last learnt first, each with whom it is about while the delivery is in the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, select, tuple_

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store.sieve import Columns, Sieve
from bisonwatch.store.tables import facts, inbox
from bisonwatch.store.tx import Tx

c = facts.c
Place = tuple[datetime, str, str]
"""Where a page ended: the last event's `seen_at`, type and key."""
_KEY = (c.seen_at, c.type, c.key)
_SIEVE = Sieve(_KEY, down=True)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One fact. `subject` is None when the delivery that told it is no longer in the log, or was none."""

    type: str
    key: str
    at: datetime
    source: str
    seen_at: datetime
    logged_at: datetime | None
    webhook_at: datetime | None
    delivery_id: UUID
    subject: str | None


async def page(
    tx: Tx,
    workspace: WorkspaceKey,
    limit: int,
    after: Place | None = None,
    *,
    type: Metric | None = None,
    since: datetime | None = None,
) -> tuple[list[StoredEvent], Place | None]:
    """The last learnt first; `since` is about when they were learnt. Where to go on; None: that was the end."""

    def wanted(some: Columns) -> list[ColumnElement[bool]]:
        return [] if type is None else [some.type == type.value]

    rows, last = await _SIEVE.page(tx, _window(workspace, after, since), wanted, limit)
    subjects = await _subjects(tx, [row.delivery_id for row in rows])
    found = [StoredEvent(**row._mapping, subject=subjects.get(row.delivery_id)) for row in rows]
    return found, (last.seen_at, last.type, last.key) if last else None


def _window(workspace: WorkspaceKey, after: Place | None, since: datetime | None) -> Select[Any]:
    columns = (c.type, c.key, c.at, c.source, c.seen_at, c.logged_at, c.webhook_at, c.delivery_id)
    mine = [c.instance == workspace.instance, c.workspace_id == workspace.id]
    if since is not None:
        mine.append(c.seen_at >= since)
    if after is not None:
        place = tuple_(*(literal(part, column.type) for part, column in zip(after, _KEY, strict=True)))
        mine.append(tuple_(*_KEY) < place)
    return select(*columns).where(*mine)


async def _subjects(tx: Tx, deliveries: list[UUID]) -> dict[UUID, str]:
    """Of those that are in the log."""
    wanted, found = sorted(set(deliveries)), dict[UUID, str]()
    for first in range(0, len(wanted), _BATCH):
        some = inbox.c.id.in_(wanted[first : first + _BATCH])
        rows = await tx.rows(select(inbox.c.id, inbox.c.subject).where(some))
        found |= {row.id: row.subject for row in rows if row.subject}
    return found
