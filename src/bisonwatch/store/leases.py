"""Leases: a row with holder, expiry and fencing number, in the database's clock only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, or_, select, update

from bisonwatch.errors import LeaseLost
from bisonwatch.store.tables import leases
from bisonwatch.store.tx import Tx

c = leases.c


@dataclass(frozen=True, slots=True)
class Lease:
    """Held until it expires; `fence` grows with each change of holder."""

    name: str
    holder: UUID
    fence: int


async def acquire(tx: Tx, name: str, holder: UUID, ttl_us: int, machine_now: datetime) -> Lease | None:
    """Take, or renew, the lease; None while another holds it."""
    now = tx.dialect.now(machine_now)
    insert = tx.dialect.insert(leases)
    mine, over = c.holder == holder, c.expires_at <= now
    statement = insert.on_conflict_do_update(
        index_elements=[c.name],
        set_={
            "holder": insert.excluded.holder,
            "fence": case((mine, c.fence), else_=c.fence + 1),
            "expires_at": insert.excluded.expires_at,
        },
        where=or_(mine, over),
    ).returning(c.fence)
    row = await tx.row(
        statement.values(name=name, holder=holder, fence=1, expires_at=now + tx.dialect.span(ttl_us))
    )
    return Lease(name, holder, row.fence) if row else None


async def release(tx: Tx, lease: Lease, machine_now: datetime) -> None:
    """Give it back at once; nothing happens when it is lost already."""
    mine = and_(c.name == lease.name, c.holder == lease.holder, c.fence == lease.fence)
    await tx.run(update(leases).where(mine).values(expires_at=tx.dialect.now(machine_now)))


async def check(tx: Tx, lease: Lease, machine_now: datetime) -> None:
    """Inside the transaction of a write that needs the lease. Raises LeaseLost when another node has it."""
    mine = and_(c.name == lease.name, c.holder == lease.holder, c.fence == lease.fence)
    alive = c.expires_at > tx.dialect.now(machine_now)
    if await tx.row(select(c.fence).where(mine, alive).with_for_update()) is None:
        raise LeaseLost(f"the lease '{lease.name}' went to another node")


async def holder(tx: Tx, name: str, machine_now: datetime) -> UUID | None:
    """Who holds it now."""
    held: UUID | None = await tx.value(
        select(c.holder).where(c.name == name, c.expires_at > tx.dialect.now(machine_now))
    )
    return held
