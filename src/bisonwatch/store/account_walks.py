"""What is remembered of each workspace's walks over its accounts: when, how many, and whose removal is held back.

It is here and not in a process, so that neither a restart nor another node walks twice, or forgets what it held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from bisonwatch.domain.absence import NOTHING, Absence
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.tables import account_walks
from bisonwatch.store.tx import AnyRow, Tx

c = account_walks.c


@dataclass(frozen=True, slots=True)
class AccountWalks:
    """All moments are those at which a walk began.

    `walked_at`: the last that came to its end, and how many accounts it `met` out of how many the provider `told` (None: it did not
    say). `swept_at`: the last complete one after which the absent were asked for. `warmed_at`: the last reading of the warm-up.
    """

    walked_at: datetime | None = None
    swept_at: datetime | None = None
    warmed_at: datetime | None = None
    met: int | None = None
    told: int | None = None
    absence: Absence = NOTHING


async def get(tx: Tx, workspace: WorkspaceKey) -> AccountWalks:
    row = await tx.row(select(*c).where(*_is(workspace)))
    return _walks(row) if row else AccountWalks()


async def everything(tx: Tx) -> dict[WorkspaceKey, AccountWalks]:
    """Of every workspace that was walked."""
    return {WorkspaceKey(row.instance, row.workspace_id): _walks(row) for row in await tx.rows(select(*c))}


async def waiting(tx: Tx) -> dict[WorkspaceKey, Absence]:
    """Where accounts wait for another walk or for a person."""
    found = await everything(tx)
    return {key: walks.absence for key, walks in sorted(found.items()) if walks.absence.waiting}


async def lock(tx: Tx, workspace: WorkspaceKey) -> AccountWalks:
    """As `get`; nobody else changes it until this transaction ends."""
    new = {"instance": workspace.instance, "workspace_id": workspace.id, "held": [], "elsewhere": []}
    insert = tx.dialect.insert(account_walks)
    await tx.run(insert.on_conflict_do_nothing(index_elements=[c.instance, c.workspace_id]), [new])
    row = await tx.row(select(*c).where(*_is(workspace)).with_for_update())
    return _walks(row) if row else AccountWalks()


async def set_absence(tx: Tx, workspace: WorkspaceKey, absence: Absence) -> None:
    """To be written under `lock`."""
    values = {
        "held": sorted(absence.held),
        "held_at": absence.since,
        "held_of": absence.stored or None,
        "elsewhere": sorted(absence.elsewhere),
        "confirmed_at": absence.confirmed_at,
        "confirmed_by": absence.confirmed_by,
    }
    await tx.run(update(account_walks).where(*_is(workspace)).values(**values))


async def walked(tx: Tx, workspace: WorkspaceKey, began: datetime, met: int, told: int | None) -> None:
    """A walk came to its end; an older one that ends later says nothing."""
    await lock(tx, workspace)
    newer = or_(c.walked_at.is_(None), c.walked_at <= began)
    values = {"walked_at": began, "met": met, "told": told}
    await tx.run(update(account_walks).where(*_is(workspace), newer).values(**values))


async def swept(tx: Tx, workspace: WorkspaceKey, began: datetime) -> None:
    await _later(tx, workspace, c.swept_at, began)


async def warmed(tx: Tx, workspace: WorkspaceKey, began: datetime) -> None:
    await _later(tx, workspace, c.warmed_at, began)


async def confirm(tx: Tx, workspace: WorkspaceKey, at: datetime, by: str) -> Absence:
    """A person says that those who wait are gone: the next complete walk asks for them. What waits; nothing, where nothing does."""
    known = (await lock(tx, workspace)).absence
    if known.waiting:
        word = {"confirmed_at": at, "confirmed_by": by}
        await tx.run(update(account_walks).where(*_is(workspace)).values(**word))
    return known


async def _later(tx: Tx, workspace: WorkspaceKey, column: ColumnElement[Any], at: datetime) -> None:
    newer = or_(column.is_(None), column < at)
    await tx.run(update(account_walks).where(and_(*_is(workspace)), newer).values({column: at}))


def _is(workspace: WorkspaceKey) -> tuple[ColumnElement[bool], ...]:
    return c.instance == workspace.instance, c.workspace_id == workspace.id


def _walks(row: AnyRow) -> AccountWalks:
    absence = Absence(
        frozenset(row.held),
        row.held_at,
        row.held_of or 0,
        frozenset(row.elsewhere),
        row.confirmed_at,
        row.confirmed_by,
    )
    return AccountWalks(row.walked_at, row.swept_at, row.warmed_at, row.met, row.told, absence)
