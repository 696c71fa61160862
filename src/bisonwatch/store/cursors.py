"""How far each stream of a workspace was walked; a cursor moves only after a finished walk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.tables import cursors
from bisonwatch.store.tx import Tx

c = cursors.c


@dataclass(frozen=True, slots=True)
class Cursor:
    """The highest id of the last finished walk, its date, and when that walk was finished."""

    position: int
    position_at: datetime
    walked_at: datetime


async def get(tx: Tx, workspace: WorkspaceKey, stream: str) -> Cursor | None:
    statement = select(c.position, c.position_at, c.walked_at).where(
        c.instance == workspace.instance, c.workspace_id == workspace.id, c.stream == stream
    )
    row = await tx.row(statement)
    return Cursor(*row) if row else None


async def move(tx: Tx, workspace: WorkspaceKey, stream: str, cursor: Cursor) -> None:
    """Set the cursor; it never goes back."""
    insert = tx.dialect.insert(cursors)
    statement = insert.on_conflict_do_update(
        index_elements=[c.instance, c.workspace_id, c.stream],
        set_={name: insert.excluded[name] for name in ("position", "position_at", "walked_at")},
        where=insert.excluded.position >= c.position,
    )
    row = {"instance": workspace.instance, "workspace_id": workspace.id, "stream": stream}
    row |= {"position": cursor.position, "position_at": cursor.position_at, "walked_at": cursor.walked_at}
    await tx.run(statement, [row])
