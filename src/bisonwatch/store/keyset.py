"""A whole table in the order of its key, page by page; a page ends by rows or by bytes, whichever comes first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, LargeBinary, Table, func, literal, select, tuple_
from sqlalchemy.types import TypeEngine

from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.store.types import Id, Instant

ROWS, BYTES = 2_000, 16 << 20
Key = tuple[Any, ...]
_READ: dict[type[TypeEngine[Any]], Callable[[Any], Any]] = {
    Instant: datetime.fromisoformat,
    Id: UUID,
    Date: date.fromisoformat,
}


async def pages(tx: Tx, table: Table, after: Key | None = None) -> AsyncIterator[Sequence[AnyRow]]:
    """Rows with a key over `after`, every column, in as many pages as it takes; never an empty page."""
    of = key_of(table)
    while page := await _page(tx, table, after):
        yield page
        after = of(page[-1])


def key_of(table: Table) -> Callable[[Sequence[Any]], Key]:
    """How a whole row's key is taken out of it."""
    columns = list(table.c)
    places = [columns.index(column) for column in table.primary_key.columns]
    return lambda row: tuple([row[place] for place in places])


def to_json(key: Key) -> list[str | int]:
    """A key as the books of a copy hold it."""
    return [part if isinstance(part, int) else _text(part) for part in key]


def _text(part: object) -> str:
    return part.isoformat() if isinstance(part, date) else str(part)


def from_json(table: Table, told: Sequence[Any]) -> Key:
    """The other way."""
    columns = table.primary_key.columns
    return tuple([_read(column, part) for column, part in zip(columns, told, strict=True)])


def _read(column: Column[Any], part: Any) -> Any:
    read = _READ.get(type(column.type))
    return read(part) if read else part


async def _page(tx: Tx, table: Table, after: Key | None) -> Sequence[AnyRow]:
    heavy = [column for column in table.c if isinstance(column.type, LargeBinary)]
    rows = await _fitting(tx, table, heavy, after) if heavy else ROWS
    return await tx.rows(_after(table, list(table.c), after, rows)) if rows else []


async def _fitting(tx: Tx, table: Table, heavy: Sequence[Column[Any]], after: Key | None) -> int:
    """How many of the next rows fit into one page; a single row always does."""
    size: Any = func.length(heavy[0])
    for column in heavy[1:]:
        size = size + func.length(column)
    total = fitting = 0
    for (length,) in await tx.rows(_after(table, [size], after, ROWS)):
        total += length or 0
        if fitting and total > BYTES:
            break
        fitting += 1
    return fitting


def _after(table: Table, wanted: Sequence[Any], after: Key | None, limit: int) -> Any:
    keys = list(table.primary_key.columns)
    statement = select(*wanted).order_by(*keys).limit(limit)
    if after is None:
        return statement
    return statement.where(
        keys[0] > after[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*_typed(keys, after))
    )


def _typed(keys: Sequence[Column[Any]], after: Key) -> list[Any]:
    return [literal(part, key.type) for key, part in zip(keys, after, strict=True)]
