"""Removing a table's old rows a few at a time, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Table, delete, select, tuple_

from bisonwatch.store.tx import AnyRow, Tx

Condition = ColumnElement[bool]


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
    since: datetime | None = None

    async def take(self, tx: Tx, most: int) -> Sequence[AnyRow]:
        """Remove so many at most; their primary keys and moments. Fewer: nothing is left."""
        key = tuple(self.table.primary_key.columns)
        one = key[0] if len(key) == 1 else tuple_(*key)
        further = () if self.since is None else (self.moment >= self.since,)
        old = select(*key).where(self.moment < self.before, *further, *self.old, *self.still)
        oldest = old.order_by(self.moment).limit(most)
        removing = delete(self.table).where(one.in_(oldest), *self.still).returning(*key, self.moment)
        gone = await tx.rows(removing)
        if gone:
            self.since = max(row[-1] for row in gone)
        return gone

    async def some(self, tx: Tx, most: int) -> int:
        """As `take`; how many."""
        return len(await self.take(tx, most))
