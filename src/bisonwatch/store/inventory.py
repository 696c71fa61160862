"""One workspace's mailboxes summed up: by state, provider, reseller and warm-up, with those that lost their connection."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, and_, cast, func, select

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.datasets.infrastructure import LISTED, Inventory, Lost, Lot, Scores
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import account_walks
from bisonwatch.store.tables import account_warmups as warmups
from bisonwatch.store.tables import accounts
from bisonwatch.store.tx import Tx
from bisonwatch.store.volume_days import connected_limits

c, w = accounts.c, warmups.c
_COMMON = (c.status, c.provider, c.reseller, c.warmup_enabled)


async def of(tx: Tx, workspace: WorkspaceKey) -> Inventory:
    """Four statements; each reads the accounts of this workspace only."""
    lots = [Lot(AccountStatus(row[0]), *row[1:]) for row in await tx.rows(_lots(workspace))]
    lost = [Lost(*row) for row in await tx.rows(_lost(workspace))]
    scored, mean, stopped = (await tx.rows(_scores(workspace)))[0]
    walks = await account_walks.get(tx, workspace)
    scores = Scores(scored, None if mean is None else float(mean), stopped)
    return Inventory(lots, lost, scores, walks.walked_at, walks.warmed_at, len(walks.absence.held))


async def capacity(tx: Tx, workspace: WorkspaceKey) -> int | None:
    """What the connected accounts may send a day together; None before a walk over them came to its end."""
    if (await account_walks.get(tx, workspace)).walked_at is None:
        return None
    return int(await tx.value(select(connected_limits()).where(_mine(workspace))))


def _lots(workspace: WorkspaceKey) -> Select[Any]:
    sums = [cast(func.sum(column), BigInteger) for column in (c.daily_limit, c.sent, c.replied, c.bounced)]
    asked = select(*_COMMON, func.count(), *sums).where(_mine(workspace))
    return asked.group_by(*_COMMON)


def _lost(workspace: WorkspaceKey) -> Select[Any]:
    broken = c.status == AccountStatus.DISCONNECTED.value
    wanted = select(c.id, c.email, c.provider, c.reseller, c.known_at).where(_mine(workspace), broken)
    return wanted.order_by(c.id).limit(LISTED)


def _scores(workspace: WorkspaceKey) -> Select[Any]:
    """Of the mailboxes that are there; a warm-up outlives its mailbox."""
    same = and_(w.instance == c.instance, w.id == c.id, w.workspace_id == c.workspace_id)
    mine = and_(w.instance == workspace.instance, w.workspace_id == workspace.id)
    there = c.status != AccountStatus.REMOVED.value
    stopped = func.count().filter(w.disabled_for_bouncing > 0)
    return (
        select(func.count(w.score), func.avg(w.score), stopped)
        .join_from(accounts, warmups, same)
        .where(_mine(workspace), mine, there)
    )


def _mine(workspace: WorkspaceKey) -> Any:
    return and_(c.instance == workspace.instance, c.workspace_id == workspace.id)
