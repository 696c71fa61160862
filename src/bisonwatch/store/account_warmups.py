"""The warm-up of sender accounts, beside `accounts` since it is read by another walk. Unchanged rows are only dated anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from bisonwatch.domain.account import Warmup
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.accounts import Written
from bisonwatch.store.tables import account_warmups
from bisonwatch.store.tx import Tx

c = account_warmups.c
_MOST = 2**63 - 1
_SAID = (
    "workspace_id",
    "score",
    "sent",
    "replied",
    "saved_from_spam",
    "bounces_received",
    "bounces_caused",
    "disabled_for_bouncing",
)


async def write(tx: Tx, items: Sequence[Warmup]) -> Written:
    """Upsert the warm-up of accounts of one instance; older news never overwrites newer."""
    rows = [_values(item) for item in sorted(items, key=lambda item: item.id)]
    if not rows:
        return Written(0, 0)
    ours = select(*c).where(c.instance == rows[0]["instance"], c.id.in_([row["id"] for row in rows]))
    before = {row.id: row for row in await tx.rows(ours)}
    news = [row for row in rows if row["id"] not in before or row["known_at"] >= before[row["id"]].known_at]
    changed = [row for row in news if row["id"] not in before or _differ(row, before[row["id"]])]
    same = [row for row in news if row["id"] in before and not _differ(row, before[row["id"]])]
    if changed:
        insert = tx.dialect.insert(account_warmups)
        values = {name: insert.excluded[name] for name in (*_SAID, "known_at")}
        newer = insert.excluded.known_at >= c.known_at
        await tx.run(
            insert.on_conflict_do_update(index_elements=[c.instance, c.id], set_=values, where=newer), changed
        )
    await _dated(tx, same)
    return Written(len(changed), len(rows) - len(changed))


async def of(tx: Tx, workspace: WorkspaceKey) -> list[Warmup]:
    """A workspace's, by account."""
    mine = select(*c).where(c.instance == workspace.instance, c.workspace_id == workspace.id)
    return [
        Warmup(workspace, row.id, *(getattr(row, name) for name in (*_SAID[1:], "known_at")))
        for row in await tx.rows(mine.order_by(c.id))
    ]


def _values(item: Warmup) -> dict[str, Any]:
    counts = {name: min(getattr(item, name), _MOST) for name in _SAID[2:]}
    key = {"instance": item.workspace.instance, "id": item.id, "workspace_id": item.workspace.id}
    return key | {"score": item.score, "known_at": item.known_at} | counts


def _differ(row: dict[str, Any], stored: Any) -> bool:
    return any(row[name] != getattr(stored, name) for name in _SAID)


async def _dated(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    mine = (c.instance == bindparam("b_instance"), c.id == bindparam("b_id"), c.known_at < bindparam("b_at"))
    dated = update(account_warmups).where(*mine).values(known_at=bindparam("b_at"))
    await tx.run(
        dated, [{"b_instance": row["instance"], "b_id": row["id"], "b_at": row["known_at"]} for row in rows]
    )
