"""Many rows through one statement: compiled once per schema, and its values converted by a plan made beforehand.

SQLAlchemy's own executemany spends more on a row's parameters than the databases spend on the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Update, select
from sqlalchemy.engine import Dialect as Driver

from bisonwatch.store.database import Tx
from bisonwatch.store.dialect import Dialect, Upsert

Convert = Callable[[Any], Any]


class Batch:
    """A statement with one set of named parameters per row. `build` is called once per dialect and has to be pure."""

    def __init__(self, build: Callable[[Dialect], Upsert | Update]) -> None:
        self._build = cache(build)
        self._prepared: dict[tuple[str, str | None, frozenset[str]], _Prepared] = {}

    async def run(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for every row; all of them have the same keys. Nothing is executed for no rows."""
        if not rows:
            return
        connection = tx.connection
        key = (tx.dialect.name, tx.schema, frozenset(rows[0]))
        prepared = self._prepared.get(key)
        if prepared is None:
            statement = _set_based(self._build(tx.dialect), tx.dialect, list(rows[0]))
            prepared = _Prepared(statement, connection.dialect, tx.schema, list(rows[0]))
            self._prepared[key] = prepared
        bound = prepared.by_column(rows) if tx.dialect.arrays else prepared.by_row(rows)
        await connection.exec_driver_sql(prepared.sql, bound)


def _set_based(statement: Upsert | Update, dialect: Dialect, names: list[str]) -> Upsert | Update:
    """An insert's rows as a query over arrays, where the database takes them so; an update says so itself."""
    if not dialect.arrays or isinstance(statement, Update):
        return statement
    given = dialect.given({name: statement.table.c[name].type for name in names})
    return statement.from_select(names, select(*given.values()))


class _Prepared:
    """The text of a statement, and how a row becomes its parameters."""

    def __init__(
        self, statement: Upsert | Update, driver: Driver, schema: str | None, names: list[str]
    ) -> None:
        translated: Any = {}
        if schema is not None:
            translated = {"schema_translate_map": {None: schema}, "render_schema_translate": True}
        keys = None if statement.is_update or statement.select is not None else names
        compiled: Any = statement.compile(dialect=driver, column_keys=keys, **translated)
        self.sql = str(compiled)
        self._plan: list[tuple[str, Convert | None, Any]] = []
        fixed = compiled.construct_params(_check=False)
        for name in compiled.positiontup:
            convert = compiled.binds[name].type.dialect_impl(driver).bind_processor(driver)
            self._plan.append((name, convert, fixed[name]))

    def by_column(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        columns = []
        for name, convert, fixed in self._plan:
            values = [row[name] for row in rows] if name in rows[0] else fixed
            columns.append(convert(values) if convert else values)
        return tuple(columns)

    def by_row(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        return [
            tuple(
                [
                    convert(row.get(name, fixed)) if convert else row.get(name, fixed)
                    for name, convert, fixed in self._plan
                ]
            )
            for row in rows
        ]
