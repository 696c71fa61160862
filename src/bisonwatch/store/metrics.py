"""`client_metrics`: month to date per workspace, under the name and columns that other programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Figures
from bisonwatch.store.tables import client_metrics
from bisonwatch.store.tx import Tx

MONTH_TO_DATE = "mtd"


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One workspace's month, as published."""

    workspace: WorkspaceKey
    figures: Figures
    last_webhook_at: datetime | None
    last_poll_at: datetime | None
    source: str


async def publish(tx: Tx, rows: Sequence[MonthRow], names: Mapping[WorkspaceKey, str], now: datetime) -> None:
    """Write the month's numbers of each workspace as read at `now` or just after; what another node read later stays."""
    known = sorted((row for row in rows if row.workspace in names), key=lambda row: row.workspace)
    values = [_values(row, names[row.workspace], now) for row in known]
    if not values:
        return
    insert = tx.dialect.insert(client_metrics)
    if not tx.dialect.one_writer:
        # two nodes that publish a workspace for the first time: only so does the second wait, instead of being refused for the name's sake
        await tx.run(insert.on_conflict_do_nothing(), values)
    key = list(client_metrics.primary_key.columns)
    set_ = {
        name: insert.excluded[name]
        for name in values[0]
        if name not in ("instance", "workspace_id", "metric_type")
    }
    newer = insert.excluded.updated_at >= client_metrics.c.updated_at
    await tx.run(insert.on_conflict_do_update(index_elements=key, set_=set_, where=newer), values)


async def left_from(tx: Tx, before: datetime) -> frozenset[WorkspaceKey]:
    """Workspaces whose published numbers are from before that moment."""
    c = client_metrics.c
    rows = await tx.rows(select(c.instance, c.workspace_id).where(c.updated_at < before))
    return frozenset(WorkspaceKey(row[0], row[1]) for row in rows)


def _values(row: MonthRow, name: str, now: datetime) -> dict[str, object]:
    figures = row.figures
    return {
        "instance": row.workspace.instance,
        "workspace_id": row.workspace.id,
        "metric_type": MONTH_TO_DATE,
        "workspace_name": name,
        "emails_sent_mtd": figures.sent,
        "opens_mtd": figures.opened,
        "replies_mtd": figures.replied,
        "interested_mtd": figures.interested,
        "positive_replies_mtd": figures.interested,
        "bounces_mtd": figures.bounced,
        "bounced_mtd": figures.bounced,
        "unsubscribes_mtd": figures.unsubscribed,
        "unsubscribed_mtd": figures.unsubscribed,
        "last_webhook_update_at": row.last_webhook_at,
        "last_poll_update_at": row.last_poll_at,
        "update_source": row.source,
        "updated_at": now,
    }
