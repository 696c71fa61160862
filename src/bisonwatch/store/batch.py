"""Many rows through one statement: compiled once per schema, and its values converted by a plan made beforehand.

SQLAlchemy's own executemany spends more on a row's parameters than the databases spend on the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Delete, Select, Update, select
from sqlalchemy.engine import Dialect as Driver
from sqlalchemy.sql.dml import ReturningInsert

from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tx import AnyRow, Tx

Convert = Callable[[Any], Any]
STEPS = (256, 64, 16, 4, 1)
"""So many rows of one insert go to SQLite together; few sizes, so that each text is parsed once."""


class Batch:
    """A statement with one set of named parameters per row. `build` is called once per dialect and has to be pure."""

    def __init__(
        self, build: Callable[[Dialect], Upsert | Update | Delete | ReturningInsert[Any] | Select[Any]]
    ) -> None:
        self._build = cache(build)
        self._prepared: dict[tuple[str, str | None, frozenset[str]], _Prepared] = {}

    async def run(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for every row; all of them have the same keys. Nothing is executed for no rows."""
        if not rows:
            return
        prepared = self._ready(tx, list(rows[0]))
        if tx.dialect.arrays:
            await tx.raw(prepared.sql, prepared.by_column(rows))
        else:
            for sql, bound in prepared.in_steps(rows):
                await tx.raw(sql, bound)

    async def answered(
        self, tx: Tx, rows: Sequence[Mapping[str, Any]], key: tuple[str, ...], **fixed: Any
    ) -> list[bool]:
        """As `run`; for each row whether the statement returned its `key`: it was inserted, or was found.

        `fixed` are parameters that are no rows', where rows travel as arrays.
        """
        if not rows:
            return []
        prepared = self._ready(tx, list(rows[0]))
        if not tx.dialect.arrays:
            return await tx.each(prepared.sql, prepared.by_row(rows))
        found = {tuple(row) for row in (await tx.raw(prepared.sql, prepared.by_column(rows, fixed))).all()}
        return [tuple([row[name] for name in key]) in found for row in rows]

    async def rows(self, tx: Tx, rows: Sequence[Mapping[str, Any]], **fixed: Any) -> Sequence[AnyRow]:
        """As `run`, where rows travel as arrays; what the statement returns. `fixed` are parameters that are no rows'."""
        prepared = self._ready(tx, list(rows[0]))
        return (await tx.raw(prepared.sql, prepared.by_column(rows, fixed))).all()

    def _ready(self, tx: Tx, names: list[str]) -> _Prepared:
        key = (tx.dialect.name, tx.schema, frozenset(names))
        prepared = self._prepared.get(key)
        if prepared is None:
            statement = _set_based(self._build(tx.dialect), tx.dialect, names)
            prepared = self._prepared[key] = _Prepared(statement, tx.driver, tx.schema, names)
        return prepared


def _set_based(statement: Any, dialect: Dialect, names: list[str]) -> Any:
    """An insert's rows as a query over arrays, where the database takes them so; what is no plain insert says so itself."""
    if not dialect.arrays or isinstance(statement, Update | Delete | Select) or statement.select is not None:
        return statement
    given = dialect.given({name: statement.table.c[name].type for name in names})
    return statement.from_select(names, select(*given.values()))


class _Prepared:
    """The text of a statement, and how a row becomes its parameters."""

    def __init__(self, statement: Any, driver: Driver, schema: str | None, names: list[str]) -> None:
        translated: Any = {}
        if schema is not None:
            translated = {"schema_translate_map": {None: schema}, "render_schema_translate": True}
        keys = names if statement.is_insert and statement.select is None else None
        compiled: Any = statement.compile(dialect=driver, column_keys=keys, **translated)
        self.sql = str(compiled)
        self._plan: list[tuple[str, Convert | None, Any]] = []
        fixed = compiled.construct_params(_check=False)
        for name in compiled.positiontup:
            convert = compiled.binds[name].type.dialect_impl(driver).bind_processor(driver)
            self._plan.append((name, convert, fixed[name]))
        self._group = f"({', '.join('?' * len(self._plan))})"
        self._texts: dict[int, str] = {}
        self._fixed = {name: fixed[name] for name in compiled.positiontup if name not in names}
        self._picked = itemgetter(
            *compiled.positiontup, compiled.positiontup[0]
        )  # two at least, so that it gives a tuple
        self._convert = [(place, convert) for place, (_, convert, _) in enumerate(self._plan) if convert]

    def by_column(
        self, rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any] | None = None
    ) -> tuple[Any, ...]:
        columns = []
        for name, convert, fixed in self._plan:
            values = [row[name] for row in rows] if name in rows[0] else (told or {}).get(name, fixed)
            columns.append(convert(values) if convert else values)
        return tuple(columns)

    def by_row(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        return [self._one(row) for row in rows]

    def in_steps(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
        """Texts with their parameters. Many rows of an insert go in one step: the driver gives way to other threads after each."""
        bound = self.by_row(rows)
        if self._group not in self.sql:
            yield self.sql, bound
            return
        first = 0
        for size in STEPS:
            while len(bound) - first >= size:
                yield self._widened(size), tuple(chain.from_iterable(bound[first : first + size]))
                first += size

    def _widened(self, size: int) -> str:
        if size not in self._texts:
            self._texts[size] = self.sql.replace(self._group, ", ".join([self._group] * size))
        return self._texts[size]

    def _one(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        values = list(self._picked({**self._fixed, **row} if self._fixed else row))
        del values[-1]
        for place, convert in self._convert:
            if values[place] is not None:
                values[place] = convert(values[place])
        return tuple(values)
