"""`client_registry`: which workspaces there are and what they are called; a rename is recorded, never a new workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Integer, Table, Update, and_, bindparam, case, cast, func, select, tuple_, update

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.workspace import Workspace, display_name
from bisonwatch.store import watch
from bisonwatch.store.tables import accounts, client_leads, client_metrics, client_registry
from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.store.types import Instant

c = client_registry.c
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NAMED = (client_registry, client_leads, client_metrics)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry says of one workspace: our display name, and the month's target."""

    name: str
    kpi_target: int | None


async def entry(tx: Tx, key: WorkspaceKey) -> Entry | None:
    """None: it is not registered."""
    mine = and_(c.instance == key.instance, c.workspace_id == key.id)
    row = await tx.row(select(c.workspace_name, c.kpi_target).where(mine))
    return Entry(*row) if row else None


async def all_of(tx: Tx, urls: Mapping[str, str]) -> list[Workspace]:
    """Every workspace, by key; `urls` gives each instance's base URL from the configuration."""
    statement = select(
        c.instance, c.workspace_id, c.workspace_name, c.provider_name, c.active, c.kpi_target, c.first_seen_at
    ).order_by(c.instance, c.workspace_id)
    return [
        Workspace(
            key=WorkspaceKey(row.instance, row.workspace_id),
            name=row.workspace_name,
            provider_name=row.provider_name,
            url=urls.get(row.instance),
            active=row.active,
            kpi_target=row.kpi_target,
            first_seen_at=row.first_seen_at,
        )
        for row in await tx.rows(statement)
    ]


async def installed(tx: Tx) -> datetime | None:
    """When the first workspace was registered; None while there is none."""
    found: datetime | None = await tx.value(select(func.min(c.first_seen_at, type_=Instant)))
    return found


async def names(tx: Tx) -> dict[WorkspaceKey, str]:
    """Our display names."""
    rows = await tx.rows(select(c.instance, c.workspace_id, c.workspace_name))
    return {WorkspaceKey(row.instance, row.workspace_id): row.workspace_name for row in rows}


# A rename waits for the transaction that asked, and the other way round, in key order: whoever writes a name beside its rows writes
# the one that is true when it commits. Other changes of the registry do not wait for readers. Whoever may rename takes its rows alone
# from the start: two that hold them together, and then each want them alone, would wait for each other.
_NAMES = (
    select(c.instance, c.workspace_id, c.workspace_name, c.provider_name)
    .where(tuple_(c.instance, c.workspace_id).in_(bindparam("keys", expanding=True)))
    .order_by(c.instance, c.workspace_id)
)
_REGISTERED = select(func.count()).where(
    tuple_(c.instance, c.workspace_id).in_(bindparam("all", expanding=True))
)
_NAMES_OF = _NAMES.with_for_update(read=True, key_share=True)
_NAMES_TO_CHANGE = _NAMES.where(_REGISTERED.scalar_subquery() == bindparam("count")).with_for_update(
    key_share=True
)
"""Nothing is locked where one of them is not registered: whoever registers it must hold no other's row meanwhile."""


async def names_of(tx: Tx, keys: Sequence[WorkspaceKey]) -> dict[WorkspaceKey, tuple[str, str]]:
    """As `names`, of these only: our display name and the provider's. They stay so until the transaction ends."""
    if not keys:
        return {}
    return _shown(await tx.rows(_NAMES_OF, {"keys": _bound(keys)}))


async def name_of(tx: Tx, key: WorkspaceKey, seen_at: datetime) -> str:
    """Our display name; a workspace that nobody knows yet is registered. It stays so until the transaction ends."""
    await see(tx, key, None, seen_at)
    return (await names_of(tx, [key]))[key][0]


async def names_to_change(tx: Tx, keys: Sequence[WorkspaceKey]) -> dict[WorkspaceKey, tuple[str, str]]:
    """As `names_of`, for a transaction that may rename them; nothing where one of them is not registered."""
    if not keys:
        return {}
    bound = _bound(keys)
    return _shown(await tx.rows(_NAMES_TO_CHANGE, {"keys": bound, "all": bound, "count": len(bound)}))


def _bound(keys: Sequence[WorkspaceKey]) -> list[tuple[str, int]]:
    return [(key.instance, key.id) for key in keys]


def _shown(rows: Sequence[AnyRow]) -> dict[WorkspaceKey, tuple[str, str]]:
    return {WorkspaceKey(row[0], row[1]): (row[2], row[3]) for row in rows}


async def see(
    tx: Tx,
    key: WorkspaceKey,
    provider_name: str | None,
    known_at: datetime,
    seen_at: datetime | None = None,
) -> str:
    """Register a workspace, or take its newer name; the display name it has now. `known_at` is the name's date by the provider."""
    mine = and_(c.instance == key.instance, c.workspace_id == key.id)
    known = select(c.workspace_name, c.provider_name, c.name_known_at).where(mine)
    stored = await tx.row(known)
    if stored is None:
        return await register(tx, key, provider_name, known_at, seen_at or known_at)
    if provider_name is None or not await _is_news(tx, key, stored, (known_at, provider_name)):
        return str(stored.workspace_name)
    stored = await tx.row(known.with_for_update()) or stored  # before `workspace_watch`, as a batch locks
    if not await _is_news(tx, key, stored, (known_at, provider_name), lock=True):
        return str(stored.workspace_name)
    values = {"provider_name": provider_name, "name_known_at": known_at}
    await tx.run(update(client_registry).where(mine).values(**values))
    if provider_name == stored.provider_name:
        return str(stored.workspace_name)
    name = await _free_name(tx, key, provider_name)
    await _rename(tx, key, name)
    return name


async def _is_news(
    tx: Tx, key: WorkspaceKey, stored: AnyRow, told: tuple[datetime, str], *, lock: bool = False
) -> bool:
    """What is known never gets older, so that what is no news without a lock is none with it."""
    named = await watch.named_at(tx, key, lock=lock)
    return told >= (max(stored.name_known_at, named or stored.name_known_at), stored.provider_name)


async def register(
    tx: Tx, key: WorkspaceKey, provider_name: str | None, known_at: datetime, seen_at: datetime
) -> str:
    """Nothing changes where somebody else was quicker; the name that it would have."""
    name = await _free_name(tx, key, provider_name or f"workspace {key.id}")
    insert = tx.dialect.insert(client_registry).on_conflict_do_nothing(
        index_elements=[c.instance, c.workspace_id]
    )
    values = {
        "instance": key.instance,
        "workspace_id": key.id,
        "workspace_name": name,
        "provider_name": provider_name or f"workspace {key.id}",
        # a name of our own making is older than any of the provider's
        "name_known_at": known_at if provider_name else _NEVER,
        "active": True,
        "first_seen_at": seen_at,
    }
    await tx.run(insert, [values])
    return name


async def _free_name(tx: Tx, key: WorkspaceKey, wanted: str) -> str:
    """Ours alone, even where a stranger named a workspace after another one's key."""
    name = wanted
    while await _taken(tx, key, name):
        name = display_name(name, key, taken=True)
    return name


async def _taken(tx: Tx, key: WorkspaceKey, name: str) -> bool:
    holder = await tx.row(select(c.instance, c.workspace_id).where(c.workspace_name == name))
    return holder is not None and WorkspaceKey(*holder) != key


async def _rename(tx: Tx, key: WorkspaceKey, name: str) -> None:
    if not tx.dialect.one_writer:
        await tx.run(_LEADS_IN_ORDER, {"instance": key.instance, "workspace_id": key.id})
    for table in _NAMED:
        await tx.run(_renaming(table, key, name))


_LEADS_IN_ORDER = (
    select(client_leads.c.lead_email)
    .where(
        client_leads.c.instance == bindparam("instance"),
        client_leads.c.workspace_id == bindparam("workspace_id"),
    )
    .order_by(client_leads.c.lead_email.collate("C"))
    .with_for_update()
)
"""An update of many rows locks them as they lie; whoever writes leads locks them by address, as Python sorts. Two orders make a ring."""


def _renaming(table: Table, key: WorkspaceKey, name: str) -> Update:
    mine = and_(table.c.instance == key.instance, table.c.workspace_id == key.id)
    return update(table).where(mine, table.c.workspace_name != name).values(workspace_name=name)


async def set_target(tx: Tx, key: WorkspaceKey, target: int | None) -> None:
    """The month's KPI target, from the configuration."""
    mine = and_(c.instance == key.instance, c.workspace_id == key.id)
    await tx.run(update(client_registry).where(mine).values(kpi_target=target))


_MOST = 2**31 - 1
"""What the column can hold."""


async def set_daily_limit(tx: Tx, key: WorkspaceKey) -> None:
    """Mails a day that the connected accounts of a workspace may send together; NULL where it has no connected account."""
    a = accounts.c
    connected = a.status == AccountStatus.CONNECTED.value
    total = func.sum(a.daily_limit)
    capped = cast(case((total > _MOST, _MOST), else_=total), Integer)
    limit = (
        select(capped)
        .where(a.instance == key.instance, a.workspace_id == key.id, connected)
        .scalar_subquery()
    )
    mine = and_(c.instance == key.instance, c.workspace_id == key.id)
    changed = c.daily_limit.is_distinct_from(limit)
    await tx.run(update(client_registry).where(mine, changed).values(daily_limit=limit))
