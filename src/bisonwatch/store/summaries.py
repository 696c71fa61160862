"""The provider's summary of each month: numbers of leads among them, which cannot be summed over days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.tables import summaries
from bisonwatch.store.tx import Tx

c = summaries.c


@dataclass(frozen=True, slots=True)
class MonthSummary:
    """From the first of the month to `until`, which is included, true as of `as_of` in the provider's clock; None: it does not tell.

    `opened` counts opens; `leads_contacted`, `unique_opens` and `unique_replies` count leads.
    """

    month: date
    until: date
    sent: int
    leads_contacted: int | None
    opened: int | None
    unique_opens: int | None
    unique_replies: int | None
    bounced: int | None
    unsubscribed: int | None
    interested: int | None
    as_of: datetime


_NAMES = tuple(MonthSummary.__dataclass_fields__)


async def write(tx: Tx, workspace: WorkspaceKey, told: MonthSummary) -> None:
    """Older news never overwrites newer."""
    insert = tx.dialect.insert(summaries)
    statement = insert.on_conflict_do_update(
        index_elements=list(summaries.primary_key.columns),
        set_={name: insert.excluded[name] for name in _NAMES[1:]},
        where=insert.excluded.as_of >= c.as_of,
    )
    row = {name: getattr(told, name) for name in _NAMES}
    await tx.run(statement, [{"instance": workspace.instance, "workspace_id": workspace.id, **row}])


async def of(tx: Tx, workspace: WorkspaceKey, month: date) -> MonthSummary | None:
    mine = (c.instance == workspace.instance, c.workspace_id == workspace.id, c.month == month)
    row = await tx.row(select(*(c[name] for name in _NAMES)).where(*mine))
    return MonthSummary(*row) if row else None
