"""Bodies of processed deliveries, in the order of their receipt, to be trimmed behind the processor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, delete, func, literal_column, or_, select, update

from bisonwatch.domain.delivery import Bodies, DeliveryState
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import cursors
from bisonwatch.store.batch import Batch
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.dialect import Dialect
from bisonwatch.store.retention import forget
from bisonwatch.store.tables import bodies, inbox
from bisonwatch.store.tables import cursors as table
from bisonwatch.store.tx import AnyRow, Tx

LATE = timedelta(minutes=10)
"""What is processed so long after its receipt is trimmed in the same transaction; all else by the next upkeep."""
LAG = LATE + timedelta(minutes=5)
"""Upkeep looks at nothing younger: by then it is done, or will be trimmed when it is."""
BYTES = 8 << 20
"""So much at most is read at a time, or one body."""

_DONE = inbox.c.state == literal_column(f"'{DeliveryState.DONE.value}'")
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk came: the newest delivery it has seen."""

    received_at: datetime
    id: UUID = _FIRST


BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

EVERYWHERE = WorkspaceKey("", 0)
"""Deliveries of all workspaces are walked together: their cursor is of none."""
_STREAMS = {setting: f"bodies {setting.value}" for setting in (Bodies.FULL, Bodies.TEXT, Bodies.NONE)}
"""By the setting that the last walk went by; each is stricter than those before it."""


async def begin(tx: Tx, setting: Bodies) -> Place:
    """Where the last finished walk ended, if it was as strict as this setting: else all that is there is still to be seen."""
    strict = list(_STREAMS).index(setting)
    for stream in list(_STREAMS.values())[strict:]:
        last = await cursors.get(tx, EVERYWHERE, stream)
        if last is not None:
            return Place(last.position_at)
    return Place(BEGINNING)


async def end(tx: Tx, setting: Bodies, until: datetime, now: datetime) -> None:
    """A walk by this setting came to its end; what others came to counts no more."""
    c = cursors.c
    mine = (c.instance == EVERYWHERE.instance, c.workspace_id == EVERYWHERE.id)
    others = [stream for other, stream in _STREAMS.items() if other is not setting]
    await tx.run(delete(table).where(*mine, c.stream.in_(others)))
    position = Cursor(round(until.timestamp()), until, now)
    await cursors.move(tx, EVERYWHERE, _STREAMS[setting], position)


@dataclass(frozen=True, slots=True)
class Page:
    """Some bodies, and how far the walk came with them."""

    bodies: Mapping[UUID, bytes]
    place: Place


async def page(tx: Tx, after: Place, until: datetime, most: int) -> Page | None:
    """The next bodies of processed deliveries received before `until`; None when there are no more."""
    c, size = inbox.c, func.length(bodies.c.body).label("size")
    further = or_(c.received_at > after.received_at, c.id > after.id)
    walk = (
        select(c.id, c.received_at, size)
        .join_from(inbox, bodies, bodies.c.id == c.id)
        .where(_DONE, c.received_at >= after.received_at, c.received_at < until, further)
        .order_by(c.received_at, c.id)
        .limit(most)
    )
    rows = list(_affordable(await tx.rows(walk)))
    if not rows:
        return None
    found = await tx.rows(select(bodies).where(bodies.c.id.in_([row.id for row in rows])))
    return Page({row.id: bytes(row.body) for row in found}, Place(rows[-1].received_at, rows[-1].id))


def _affordable(rows: Sequence[AnyRow]) -> Iterator[AnyRow]:
    room = BYTES
    for number, row in enumerate(rows):
        room -= row.size
        if number and room < 0:
            return
        yield row


async def write(tx: Tx, trimmed: Mapping[UUID, bytes | None]) -> None:
    """Put what is left in place of bodies; None: nothing is left."""
    await _WRITE.run(tx, [{"b_id": id, "b_body": body} for id, body in trimmed.items() if body is not None])
    await forget(tx, [id for id, body in trimmed.items() if body is None])


def _writing(dialect: Dialect) -> Update:
    given = dialect.given({f"b_{name}": bodies.c[name].type for name in ("id", "body")})
    return update(bodies).where(bodies.c.id == given["b_id"]).values(body=given["b_body"])


_WRITE = Batch(_writing)
