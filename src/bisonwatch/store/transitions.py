"""Changes of a workspace's health, each a row: what it became, why, since when, until when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, select, update

from bisonwatch.domain.health import Finding, Health, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.tables import transitions
from bisonwatch.store.tx import Tx

c = transitions.c
RULE = "webhook_silence"


async def standing(tx: Tx, rule: str = RULE) -> dict[WorkspaceKey, Standing]:
    """The transition in force for each workspace."""
    statement = select(c.instance, c.workspace_id, c.health, c.reason, c.at).where(
        c.rule == rule, c.ended_at.is_(None)
    )
    rows = await tx.rows(statement)
    return {WorkspaceKey(row[0], row[1]): Standing(Health(row[2]), row[3], row[4]) for row in rows}


async def beside(tx: Tx) -> dict[tuple[str, WorkspaceKey], Standing]:
    """The transitions in force of all other rules, by rule and workspace."""
    statement = select(c.rule, c.instance, c.workspace_id, c.health, c.reason, c.at).where(
        c.rule != RULE, c.ended_at.is_(None)
    )
    rows = await tx.rows(statement)
    return {(row[0], WorkspaceKey(row[1], row[2])): Standing(Health(row[3]), row[4], row[5]) for row in rows}


async def change(tx: Tx, workspace: WorkspaceKey, finding: Finding, at: datetime, rule: str = RULE) -> None:
    """Close the transition in force and open the next one."""
    mine = and_(
        c.instance == workspace.instance, c.workspace_id == workspace.id, c.rule == rule, c.ended_at.is_(None)
    )
    await tx.run(update(transitions).where(mine).values(ended_at=at))
    row = {"instance": workspace.instance, "workspace_id": workspace.id, "at": at, "rule": rule}
    row |= {"health": finding.health.value, "reason": finding.reason}
    insert = tx.dialect.insert(transitions)
    latest = {name: insert.excluded[name] for name in ("health", "reason", "ended_at")}
    key = [c.instance, c.workspace_id, c.at, c.rule]
    await tx.run(insert.on_conflict_do_update(index_elements=key, set_=latest), [row | {"ended_at": None}])


async def reword(tx: Tx, workspace: WorkspaceKey, reason: str, rule: str = RULE) -> None:
    """Same state, newer numbers: the sentence changes, `since` stays."""
    mine = and_(
        c.instance == workspace.instance, c.workspace_id == workspace.id, c.rule == rule, c.ended_at.is_(None)
    )
    await tx.run(update(transitions).where(mine).values(reason=reason))
