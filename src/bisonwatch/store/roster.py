"""Reads of the sender accounts for who looks at all of them: marks that tell what changed, rows of a workspace, one account whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from sys import intern
from typing import Any

from sqlalchemy import Select, and_, func, select

from bisonwatch.domain.account import Account, AccountStatus, Warmup
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import AccountCard, Mark, RosterRow
from bisonwatch.store import account_walks, workspaces
from bisonwatch.store.tables import account_walks as walks
from bisonwatch.store.tables import account_warmups as warmups
from bisonwatch.store.tables import accounts
from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.store.types import Instant

PAGE = 500
_DIGEST = 1_000_003
"""Hashes are summed up modulo this prime: as they are, their sum would go over what a database can count."""
c, w = accounts.c, warmups.c
_LISTED = (
    c.id,
    c.email,
    c.status,
    c.provider,
    c.reseller,
    c.tags,
    c.daily_limit,
    c.warmup_enabled,
    c.sent,
    c.replied,
    c.bounced,
    c.known_at,
)


async def marks(tx: Tx) -> dict[WorkspaceKey, Mark]:
    """Of every workspace with accounts: the one question that is asked again and again, answered in a row per workspace."""
    newest = func.max(c.known_at, type_=Instant)
    asked = select(c.instance, c.workspace_id, func.count(), newest, func.sum(c.row_hash % _DIGEST))
    warmed = await tx.rows(select(walks.c.instance, walks.c.workspace_id, walks.c.warmed_at))
    at: dict[tuple[str, int], datetime | None] = {(row[0], row[1]): row[2] for row in warmed}
    return {
        WorkspaceKey(row[0], row[1]): Mark(row[2], row[3], int(row[4]), at.get((row[0], row[1])))
        for row in await tx.rows(asked.group_by(c.instance, c.workspace_id))
    }


async def of(tx: Tx, workspace: WorkspaceKey) -> list[RosterRow]:
    """A workspace's accounts by id, removed ones too."""
    return [row async for page in pages(tx, workspace) for row in page]


async def pages(tx: Tx, workspace: WorkspaceKey, size: int = PAGE) -> AsyncIterator[list[RosterRow]]:
    after: int | None = None
    while True:
        found = await tx.rows(page_of(workspace, after, size))
        if found:
            scores = await _scores(tx, workspace.instance, [row.id for row in found])
            yield [_listed(workspace, row, scores.get(row.id)) for row in found]
            after = found[-1].id
        if len(found) < size:
            return


def page_of(workspace: WorkspaceKey, after: int | None, size: int) -> Select[Any]:
    """The next accounts of a workspace."""
    mine = and_(c.instance == workspace.instance, c.workspace_id == workspace.id)
    asked = select(*_LISTED).where(mine).order_by(c.id).limit(size)
    return asked if after is None else asked.where(c.id > after)


def scores_of(instance: str, ids: Sequence[int]) -> Select[Any]:
    """The warm-ups' scores of accounts. Not joined to them: a planner would rather read the whole table of warm-ups."""
    return select(w.id, w.score).where(w.instance == instance, w.id.in_(ids))


async def _scores(tx: Tx, instance: str, ids: Sequence[int]) -> dict[int, float | None]:
    return {row.id: row.score for row in await tx.rows(scores_of(instance, ids))}


async def card(tx: Tx, instance: str, number: int) -> AccountCard | None:
    """One account with its warm-up, its workspace's name, and who waits there."""
    row = await tx.row(select(*c).where(c.instance == instance, c.id == number))
    if row is None:
        return None
    key = WorkspaceKey(instance, row.workspace_id)
    warm = await tx.row(select(*w).where(w.instance == instance, w.id == number))
    names = await workspaces.names(tx)
    absence = (await account_walks.get(tx, key)).absence
    warmup = _warmup(key, warm) if warm else None
    return AccountCard(
        _account(key, row), row.provider, row.reseller, row.seen_at, names.get(key, ""), warmup, absence
    )


def _listed(workspace: WorkspaceKey, row: AnyRow, score: float | None) -> RosterRow:
    return RosterRow(
        workspace,
        row.id,
        row.email,
        AccountStatus(row.status),
        intern(row.provider),
        row.reseller,
        tuple(map(intern, row.tags)),
        row.daily_limit,
        row.warmup_enabled,
        score,
        row.sent,
        row.replied,
        row.bounced,
        row.known_at,
    )


def _account(workspace: WorkspaceKey, row: AnyRow) -> Account:
    return Account(
        workspace,
        row.id,
        row.email,
        row.name,
        AccountStatus(row.status),
        row.type,
        tuple(row.tags),
        row.daily_limit,
        row.warmup_enabled,
        row.sent,
        row.replied,
        row.bounced,
        row.known_at,
        row.opened,
        row.unsubscribed,
        row.interested,
        row.contacted,
        row.unique_replied,
        row.unique_opened,
    )


def _warmup(workspace: WorkspaceKey, row: AnyRow) -> Warmup:
    return Warmup(
        workspace,
        row.id,
        row.score,
        row.sent,
        row.replied,
        row.saved_from_spam,
        row.bounces_received,
        row.bounces_caused,
        row.disabled_for_bouncing,
        row.known_at,
    )
