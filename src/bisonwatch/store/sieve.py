"""Pages of what no index tells: rows are taken out of a window that an index finds, so that a rare wish never reads a whole table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, select
from sqlalchemy.sql import ColumnCollection

from bisonwatch.store.tx import AnyRow, Tx

WINDOW = 5_000
"""So far one page looks: what is rarer comes in short pages, each with its `next`."""

Columns = ColumnCollection[str, Any]


@dataclass(frozen=True, slots=True)
class Sieve:
    """`key` names the columns that order the rows, all upwards or all downwards; an index begins with them after what `window` asks."""

    key: tuple[Column[Any], ...]
    down: bool = False

    async def page(
        self,
        tx: Tx,
        window: Select[Any],
        tests: Callable[[Columns], Sequence[ColumnElement[bool]]],
        limit: int,
    ) -> tuple[Sequence[AnyRow], AnyRow | None]:
        """At most `limit` rows, and after which row to go on; None: that was the end. Fewer, with a next, where they are rare."""
        ordered = window.order_by(*self._order(self.key))
        some = ordered.limit(WINDOW).subquery("some").c
        wanted = list(tests(some))
        if not wanted:
            rows = await tx.rows(ordered.limit(limit + 1))
            return rows[:limit], rows[limit - 1] if len(rows) > limit else None
        order = self._order([some[column.key] for column in self.key])
        rows = await tx.rows(select(*some).where(*wanted).order_by(*order).limit(limit + 1))
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1]
        last = ordered.with_only_columns(*self.key).offset(WINDOW - 1).limit(1)
        return rows, await tx.row(last)

    def _order(self, columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        return [column.desc() if self.down else column.asc() for column in columns]
