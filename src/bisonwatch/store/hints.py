"""Objects that want to be read again: any number of hints for one object is one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, select, update

from bisonwatch.domain.changes import Hint, HintKind
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import hints
from bisonwatch.store.tx import Tx

c = hints.c


@dataclass(frozen=True, slots=True)
class Asked:
    """A hint that waits for its object to be read."""

    hint: Hint
    asked_at: datetime
    attempts: int


def _asking(dialect: Dialect) -> Upsert:
    insert = dialect.insert(hints)
    new = insert.excluded
    later = case((new.known_at > c.known_at, new.known_at), else_=c.known_at)
    again = {name: new[name] for name in ("asked_at", "attempts", "next_try_at")}
    return insert.on_conflict_do_update(
        index_elements=[c.instance, c.workspace_id, c.kind, c.object_id], set_={"known_at": later, **again}
    )


_ASK = Batch(_asking)


async def ask(tx: Tx, wanted: Sequence[Hint], now: datetime) -> None:
    """Queue re-reads; a newer hint for the same object makes it due again."""
    await _ASK.run(
        tx,
        [
            {
                "instance": hint.workspace.instance,
                "workspace_id": hint.workspace.id,
                "kind": hint.kind.value,
                "object_id": hint.object_id,
                "known_at": hint.known_at,
                "asked_at": now,
                "attempts": 0,
                "next_try_at": now,
            }
            for hint in wanted
        ],
    )


async def due(tx: Tx, now: datetime, limit: int) -> list[Asked]:
    statement = select(c.instance, c.workspace_id, c.kind, c.object_id, c.known_at, c.asked_at, c.attempts)
    statement = statement.where(c.next_try_at <= now).order_by(c.next_try_at).limit(limit)
    return [
        Asked(Hint(WorkspaceKey(row[0], row[1]), HintKind(row[2]), row[3], row[4]), row[5], row[6])
        for row in await tx.rows(statement)
    ]


def _is(hint: Hint) -> tuple[ColumnElement[bool], ...]:
    return (
        c.instance == hint.workspace.instance,
        c.workspace_id == hint.workspace.id,
        c.kind == hint.kind.value,
        c.object_id == hint.object_id,
    )


async def answered(tx: Tx, asked: Asked) -> None:
    """The object was read; the hint goes, unless it was asked again meanwhile."""
    await tx.run(delete(hints).where(and_(*_is(asked.hint), c.asked_at == asked.asked_at)))


async def put_off(tx: Tx, asked: Asked, until: datetime) -> None:
    """Reading failed; try again at `until`."""
    again = update(hints).where(and_(*_is(asked.hint), c.asked_at == asked.asked_at))
    await tx.run(again.values(attempts=asked.attempts + 1, next_try_at=until))
