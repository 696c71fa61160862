"""Removing a table's old rows a few at a time, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, delete, func, or_, select, tuple_

from bisonwatch.store.tx import AnyRow, Tx

Condition = ColumnElement[bool]

BYTES = 4 << 20
"""So much at most is removed together, or one row: freeing it takes SQLite some 20 ms, and a gigabyte would be ten seconds."""


@dataclass(slots=True)
class Sweep:
    """One pass over the rows whose `moment` is from before and to which `old` applies.

    It goes on at the moment where it last removed a row. What it removed stands at the beginning of the index until the
    server has vacuumed, which it cannot while anybody still looks at an older state; to begin there again would be to read all of that once more.
    """

    table: Table
    moment: Column[datetime]
    before: datetime
    old: tuple[Condition, ...] = ()
    still: tuple[Condition, ...] = ()
    """Asked again of a row that somebody changed while it was being removed."""
    size: ColumnElement[int] | None = None
    """Bytes that go with a row; None where rows are small."""
    since: datetime | None = None

    async def take(self, tx: Tx, most: int) -> Sequence[AnyRow]:
        """Remove so many at most, of `BYTES` together; their primary keys and moments. None: nothing is left."""
        key = tuple(self.table.primary_key.columns)
        one = key[0] if len(key) == 1 else tuple_(*key)
        oldest = self._oldest(key, most) if self.size is None else self._affordable(key, self.size, most)
        removing = delete(self.table).where(one.in_(oldest), *self.still).returning(*key, self.moment)
        gone = await tx.rows(removing)
        if gone:
            self.since = max(row[-1] for row in gone)
        return gone

    def _oldest(self, wanted: Sequence[ColumnElement[Any]], most: int) -> Select[Any]:
        further = () if self.since is None else (self.moment >= self.since,)
        old = select(*wanted).where(self.moment < self.before, *further, *self.old, *self.still)
        return old.order_by(self.moment).limit(most)

    def _affordable(self, key: Sequence[Column[Any]], size: ColumnElement[int], most: int) -> Select[Any]:
        """The first of the oldest, as long as they are `BYTES` together; one, however large."""
        oldest = self._oldest((*key, self.moment, size.label("size")), most).subquery("oldest")
        o = oldest.c
        order = (o[self.moment.key], *(o[column.key] for column in key))
        together = func.sum(o.size).over(order_by=order, rows=(None, 0))
        some = select(*(o[column.key] for column in key), o.size, together.label("together")).subquery("some")
        first = or_(some.c.together <= BYTES, some.c.together == some.c.size)
        return select(*(some.c[column.key] for column in key)).where(first)

    async def some(self, tx: Tx, most: int) -> int:
        """As `take`; how many."""
        return len(await self.take(tx, most))
