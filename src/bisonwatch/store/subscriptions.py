"""How our webhook subscriptions stand: one row per workspace that was looked at, written by looks and by test events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.subscription import Look, Standing, SubscriptionState
from bisonwatch.store.tables import subscriptions
from bisonwatch.store.tx import AnyRow, Tx

c = subscriptions.c


async def looked(tx: Tx, workspace: WorkspaceKey, look: Look, at: datetime) -> None:
    """A look at the provider; a state keeps the moment it began."""
    insert = tx.dialect.insert(subscriptions)
    same = and_(c.state == insert.excluded.state, c.since.is_not(None))
    upsert = insert.on_conflict_do_update(
        index_elements=[c.instance, c.workspace_id],
        set_={
            "state": insert.excluded.state,
            "number": insert.excluded.number,
            "wrong": insert.excluded.wrong,
            "since": case((same, c.since), else_=insert.excluded.since),
            "checked_at": insert.excluded.checked_at,
        },
    )
    row = _key(workspace) | {"state": look.state.value, "number": look.number, "wrong": look.wrong}
    await tx.run(upsert, [row | {"since": at, "checked_at": at}])


async def arrived(tx: Tx, workspace: WorkspaceKey, sent_at: datetime, at: datetime) -> None:
    """A test event came the whole way."""
    values = {"canary_sent_at": sent_at, "canary_arrived_at": at, "canary_failed_since": None}
    await _set(tx, workspace, values | {"canary_error": None})


async def lost(tx: Tx, workspace: WorkspaceKey, sent_at: datetime, error: str) -> None:
    """A test event did not come; the first failure's moment stays until one does."""
    insert = tx.dialect.insert(subscriptions)
    upsert = insert.on_conflict_do_update(
        index_elements=[c.instance, c.workspace_id],
        set_={
            "canary_sent_at": insert.excluded.canary_sent_at,
            "canary_failed_since": func.coalesce(c.canary_failed_since, insert.excluded.canary_failed_since),
            "canary_error": insert.excluded.canary_error,
        },
    )
    row = {"canary_sent_at": sent_at, "canary_failed_since": sent_at, "canary_error": error}
    await tx.run(upsert, [_key(workspace) | row])


async def get(tx: Tx, workspace: WorkspaceKey) -> Standing | None:
    row = await tx.row(
        select(subscriptions).where(c.instance == workspace.instance, c.workspace_id == workspace.id)
    )
    return _standing(row) if row else None


async def everything(tx: Tx) -> dict[WorkspaceKey, Standing]:
    found = [_standing(row) for row in await tx.rows(select(subscriptions))]
    return {standing.workspace: standing for standing in found}


async def _set(tx: Tx, workspace: WorkspaceKey, values: dict[str, Any]) -> None:
    insert = tx.dialect.insert(subscriptions)
    upsert = insert.on_conflict_do_update(index_elements=[c.instance, c.workspace_id], set_=values)
    await tx.run(upsert, [_key(workspace) | values])


def _key(workspace: WorkspaceKey) -> dict[str, Any]:
    return {"instance": workspace.instance, "workspace_id": workspace.id}


def _standing(row: AnyRow) -> Standing:
    look = Look(SubscriptionState(row.state), row.number, row.wrong) if row.state else None
    return Standing(
        WorkspaceKey(row.instance, row.workspace_id),
        look,
        row.since,
        row.checked_at,
        row.canary_sent_at,
        row.canary_arrived_at,
        row.canary_failed_since,
        row.canary_error,
    )
