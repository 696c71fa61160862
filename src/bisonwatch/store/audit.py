"""The audit log: a row before anything is done, its end after; what is cut off between them stands there without an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select, tuple_, update

from bisonwatch.domain.audit import Deed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.tables import audit
from bisonwatch.store.tx import AnyRow, Tx

c = audit.c
Place = tuple[datetime, UUID]
"""Where a page ended: the last deed's moment and id."""


async def begin(tx: Tx, deed: Deed) -> None:
    """Somebody asks for it."""
    values = {
        "id": deed.id,
        "at": deed.at,
        "who": deed.who,
        "role": deed.role,
        "address": deed.address,
        "operation": deed.operation,
        "instance": deed.workspace.instance if deed.workspace else None,
        "workspace_id": deed.workspace.id if deed.workspace else None,
        "given": deed.given,
        "status": deed.status,
        "ended_at": deed.ended_at,
        "error": deed.error,
    }
    await tx.run(tx.dialect.insert(audit), [values])


async def end(tx: Tx, deed: UUID, status: int, error: str | None, at: datetime) -> None:
    """How it was answered."""
    await tx.run(update(audit).where(c.id == deed).values(status=status, error=error, ended_at=at))


async def page(tx: Tx, limit: int, after: Place | None = None, since: datetime | None = None) -> list[Deed]:
    """The last first, those before `after`."""
    tests: list[ColumnElement[bool]] = [] if since is None else [c.at >= since]
    if after is not None:
        tests.append(tuple_(c.at, c.id) < tuple_(literal(after[0], c.at.type), literal(after[1], c.id.type)))
    statement: Any = select(*c).where(*tests).order_by(c.at.desc(), c.id.desc()).limit(limit)
    return [_deed(row) for row in await tx.rows(statement)]


def _deed(row: AnyRow) -> Deed:
    return Deed(
        id=row.id,
        at=row.at,
        who=row.who,
        role=row.role,
        address=row.address,
        operation=row.operation,
        workspace=WorkspaceKey(row.instance, row.workspace_id) if row.instance is not None else None,
        given=row.given,
        status=row.status,
        ended_at=row.ended_at,
        error=row.error,
    )
