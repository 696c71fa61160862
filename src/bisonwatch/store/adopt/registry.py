"""What of the older registry is taken: KPI targets where we have none, and which workspaces were switched off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select, update

from bisonwatch.domain.adoption import Known, Match
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tables import client_registry
from bisonwatch.store.tx import Tx

r = client_registry.c
_MINE = and_(r.instance == bindparam("b_instance"), r.workspace_id == bindparam("b_id"))
_TARGET = (
    update(client_registry).where(_MINE, r.kpi_target.is_(None)).values(kpi_target=bindparam("b_target"))
)
_OFF = update(client_registry).where(_MINE).values(active=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A KPI target that differs: taken where we have none."""

    workspace: WorkspaceKey
    name: str
    ours: int | None
    theirs: int

    @property
    def taken(self) -> bool:
        return self.ours is None


async def known(tx: Tx) -> list[Known]:
    """Our workspaces, by key."""
    statement = select(r.instance, r.workspace_id, r.workspace_name, r.provider_name, r.kpi_target, r.active)
    rows = await tx.rows(statement.order_by(r.instance, r.workspace_id))
    return [Known(WorkspaceKey(row[0], row[1]), *row[2:]) for row in rows]


def targets(matches: Sequence[Match], ours: Sequence[Known]) -> list[Target]:
    """Targets that differ from ours, one a workspace; an older target of 0 is none."""
    here = {item.key: item for item in ours}
    found: dict[WorkspaceKey, Target] = {}
    for match in matches:
        wanted = match.old.target
        if match.key in here and wanted and wanted != here[match.key].target:
            item = here[match.key]
            found.setdefault(item.key, Target(item.key, item.name, item.target, wanted))
    return list(found.values())


def switched_off(matches: Sequence[Match], ours: Sequence[Known]) -> list[Known]:
    """Ours that are on here and off there; where several older names are one of ours, all that say something have to say so."""
    off = {match.key for match in matches if match.old.active is False}
    on = {match.key for match in matches if match.old.active}
    return [item for item in ours if item.active and item.key in off - on]


async def take(database: Database, wanted: Sequence[Target], off: Sequence[Known]) -> None:
    """Targets only where there is none yet."""
    numbers = [_of(item.workspace) | {"b_target": item.theirs} for item in wanted if item.taken]
    async with database.write(Lane.JOBS) as tx:
        if numbers:
            await tx.run(_TARGET, numbers)
        if off:
            await tx.run(_OFF, [_of(item.key) for item in off])


def _of(key: WorkspaceKey) -> dict[str, object]:
    return {"b_instance": key.instance, "b_id": key.id}
