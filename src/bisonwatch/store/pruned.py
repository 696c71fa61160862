"""From which date on a workspace's facts are complete: older ones were removed, and are not counted when they come again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, tuple_

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import cursors as books
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.tables import cursors
from bisonwatch.store.tx import Tx

STREAM = "facts pruned"


async def remember(tx: Tx, workspace: WorkspaceKey, before: datetime, now: datetime) -> None:
    """Facts of this workspace dated before that moment may be gone. It never goes back."""
    await books.move(tx, workspace, STREAM, Cursor(round(before.timestamp()), before, now))


async def horizons(tx: Tx, workspaces: Iterable[WorkspaceKey]) -> dict[WorkspaceKey, datetime]:
    """Of each workspace that lost facts, the moment before which they may be gone."""
    c = cursors.c
    wanted = sorted({(key.instance, key.id) for key in workspaces})
    mine = tuple_(c.instance, c.workspace_id).in_(wanted)
    rows = await tx.rows(select(c.instance, c.workspace_id, c.position_at).where(mine, c.stream == STREAM))
    return {WorkspaceKey(row[0], row[1]): row[2] for row in rows}
