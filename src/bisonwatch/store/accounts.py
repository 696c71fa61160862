"""Sender accounts: (instance, provider id), which may move between workspaces. Unchanged rows are not written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, select, tuple_, update

from bisonwatch.domain.account import Account, AccountStatus, Said, kept
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.sieve import Columns, Sieve
from bisonwatch.store.tables import accounts
from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.store.types import Instant

c = accounts.c
_TOMBSTONE = 2**63 - 1
"""In place of a removed account's hash: the greatest, so that a removal outranks every reading of the same moment."""
_UNREAD = -(2**63)
"""In place of the hash of an account whose state an event told: the least, so that any reading of that moment outranks it."""
_MOST_A_DAY = 2**31 - 1
"""What the column can hold; a stranger's larger limit is no more than this."""
_ASKED = 500
_SIEVE = Sieve((c.id,))
_COUNTERS = ("opened", "unsubscribed", "interested", "contacted", "unique_replied", "unique_opened")


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """One account, as the API shows it."""

    id: int
    email: str
    name: str | None
    status: str
    type: str
    provider: str
    reseller: str | None
    tags: list[str]
    daily_limit: int
    warmup_enabled: bool | None
    sent: int
    replied: int
    bounced: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Labelled:
    """An account with the provider and reseller that its tags and its type mean."""

    account: Account
    provider: str
    reseller: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """`unchanged`: the row said the same, or something newer was known."""

    written: int
    unchanged: int


def _values(item: Labelled) -> dict[str, Any]:
    account = item.account
    values: dict[str, Any] = {
        "instance": account.workspace.instance,
        "id": account.id,
        "workspace_id": account.workspace.id,
        "email": account.email,
        "name": account.name,
        "status": account.status.value,
        "type": account.type,
        "provider": item.provider,
        "reseller": item.reseller,
        "tags": list(account.tags),
        "daily_limit": min(account.daily_limit, _MOST_A_DAY),
        "warmup_enabled": account.warmup_enabled,
        "sent": account.sent,
        "replied": account.replied,
        "bounced": account.bounced,
        **{name: getattr(account, name) for name in _COUNTERS},
    }
    digest = blake2b(repr(sorted(values.items())).encode(), digest_size=8).digest()
    return values | {
        "row_hash": int.from_bytes(digest, "big", signed=True),
        "known_at": account.known_at,
        "seen_at": account.known_at,
    }


async def write(tx: Tx, items: Sequence[Labelled]) -> Written:
    """Upsert accounts of one instance as read; older news never overwrites newer, rows that say the same are only marked as seen."""
    if not items:
        return Written(0, 0)
    before = await _stored(tx, items)
    rows = [_values(_kept(item, before)) for item in sorted(items, key=lambda item: item.account.id)]
    news = [row for row in rows if row["id"] not in before or _version(row) >= _of(before[row["id"]])]
    changed = [
        row for row in news if row["id"] not in before or row["row_hash"] != before[row["id"]].row_hash
    ]
    same = [row for row in news if row["id"] in before and row["row_hash"] == before[row["id"]].row_hash]
    if changed:
        insert = tx.dialect.insert(accounts)
        values = {
            column.name: insert.excluded[column.name] for column in c if column.name not in ("instance", "id")
        }
        guarded = insert.on_conflict_do_update(
            index_elements=[c.instance, c.id],
            set_=values,
            where=tuple_(insert.excluded.known_at, insert.excluded.row_hash)
            >= tuple_(c.known_at, c.row_hash),
        )
        await tx.run(guarded, changed)
    if same:
        await _seen(tx, same)
    return Written(len(changed), len(rows) - len(changed))


async def _stored(tx: Tx, items: Sequence[Labelled]) -> dict[int, AnyRow]:
    ids, instance = [item.account.id for item in items], items[0].account.workspace.instance
    wanted = select(c.id, c.known_at, c.row_hash, c.provider, c.reseller)
    return {row.id: row for row in await tx.rows(wanted.where(c.instance == instance, c.id.in_(ids)))}


def _kept(item: Labelled, before: Mapping[int, AnyRow]) -> Labelled:
    known = before.get(item.account.id)
    if known is None:
        return item
    labels = kept(item.provider, item.reseller, item.account.tags, (known.provider, known.reseller))
    return Labelled(item.account, *labels)


def _of(row: AnyRow) -> tuple[datetime, int]:
    return row.known_at, row.row_hash


def _version(row: dict[str, Any]) -> tuple[datetime, int]:
    """What of two readings wins: the newer; of one moment, always the same one."""
    return row["known_at"], row["row_hash"]


async def _seen(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    mine = (c.instance == bindparam("b_instance"), c.id == bindparam("b_id"), c.known_at <= bindparam("b_at"))
    seen = update(accounts).where(*mine).values(seen_at=bindparam("b_at"), known_at=bindparam("b_at"))
    await tx.run(
        seen, [{"b_instance": row["instance"], "b_id": row["id"], "b_at": row["known_at"]} for row in rows]
    )


async def gone(tx: Tx, workspace: WorkspaceKey, account_id: int, known_at: datetime) -> bool:
    """The provider answered 404 for it: removed, softly, unless something newer is known, or another workspace has it."""
    here = and_(c.instance == workspace.instance, c.id == account_id, c.workspace_id == workspace.id)
    mine = and_(here, c.known_at <= known_at)
    alive = c.status != AccountStatus.REMOVED.value
    values = {"status": AccountStatus.REMOVED.value, "known_at": known_at, "row_hash": _TOMBSTONE}
    return await tx.run(update(accounts).where(mine, alive).values(**values)) == 1


async def say(tx: Tx, items: Sequence[Said]) -> None:
    """What events say of accounts that are there: their state at once, all else when they are read again.

    An event older than what was read last says nothing, and none brings back what was removed.
    """
    at: BindParameter[Any] = bindparam("b_at")
    here = and_(c.instance == bindparam("b_instance"), c.workspace_id == bindparam("b_workspace"))
    other = and_(c.status != AccountStatus.REMOVED.value, c.status != bindparam("b_status"))
    told = update(accounts).where(here, c.id == bindparam("b_id"), c.known_at < at, other)
    rows = [
        {
            "b_instance": said.workspace.instance,
            "b_workspace": said.workspace.id,
            "b_id": said.id,
            "b_status": said.status.value,
            "b_at": said.known_at,
        }
        for said in items
    ]
    if rows:
        values = {"status": bindparam("b_status"), "known_at": at, "row_hash": _UNREAD}
        await tx.run(told.values(**values), rows)


async def figures(tx: Tx) -> dict[WorkspaceKey, tuple[int, int]]:
    """Per workspace: accounts that are there, and how many of them are connected."""
    connected = func.count().filter(c.status == AccountStatus.CONNECTED.value)
    statement = (
        select(c.instance, c.workspace_id, func.count(), connected)
        .where(c.status != AccountStatus.REMOVED.value)
        .group_by(c.instance, c.workspace_id)
    )
    return {WorkspaceKey(row[0], row[1]): (row[2], row[3]) for row in await tx.rows(statement)}


async def page(tx: Tx, workspace: WorkspaceKey, after: int | None, limit: int) -> list[StoredAccount]:
    """Accounts of a workspace by id, after the one given."""
    names = [field.name for field in fields(StoredAccount)]
    statement = select(*(c[name] for name in names)).where(
        c.instance == workspace.instance,
        c.workspace_id == workspace.id,
        c.id > (-1 if after is None else after),
    )
    return [StoredAccount(*row) for row in await tx.rows(statement.order_by(c.id).limit(limit))]


async def search(
    tx: Tx, workspace: WorkspaceKey, after: int | None, limit: int, *, status: AccountStatus | None = None
) -> tuple[list[StoredAccount], int | None]:
    """Accounts by id that stand so; after which id to go on, None: that was the end."""

    def wanted(some: Columns) -> list[ColumnElement[bool]]:
        return [] if status is None else [some.status == status.value]

    mine = [c.instance == workspace.instance, c.workspace_id == workspace.id]
    if after is not None:
        mine.append(c.id > after)
    window = select(*(c[field.name] for field in fields(StoredAccount))).where(*mine)
    rows, last = await _SIEVE.page(tx, window, wanted, limit)
    return [StoredAccount(*row) for row in rows], last.id if last else None


async def count(tx: Tx, workspace: WorkspaceKey) -> int:
    """Accounts of a workspace that are not removed."""
    mine = and_(c.instance == workspace.instance, c.workspace_id == workspace.id)
    statement = (
        select(func.count()).select_from(accounts).where(mine, c.status != AccountStatus.REMOVED.value)
    )
    return await tx.value(statement) or 0


async def newest(tx: Tx, workspace: WorkspaceKey) -> datetime | None:
    """When the newest knowledge of any of a workspace's accounts was true."""
    mine = and_(c.instance == workspace.instance, c.workspace_id == workspace.id)
    found: datetime | None = await tx.value(select(func.max(c.known_at, type_=Instant)).where(mine))
    return found


async def addresses(tx: Tx, workspace: WorkspaceKey, ids: Collection[int]) -> dict[int, str]:
    """By id, of those of a workspace's accounts; few at a time, since each is a parameter."""
    found, wanted = dict[int, str](), sorted(ids)
    for first in range(0, len(wanted), _ASKED):
        some = and_(c.instance == workspace.instance, c.id.in_(wanted[first : first + _ASKED]))
        found |= {row.id: row.email for row in await tx.rows(select(c.id, c.email).where(some))}
    return found


async def unseen(tx: Tx, workspace: WorkspaceKey, before: datetime) -> list[int]:
    """Ids of a workspace's accounts that are there by our books, and of which nothing was read since `before`."""
    mine = and_(c.instance == workspace.instance, c.workspace_id == workspace.id)
    old = and_(c.status != AccountStatus.REMOVED.value, c.known_at < before)
    return [row.id for row in await tx.rows(select(c.id).where(mine, old).order_by(c.id))]
