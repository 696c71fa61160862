"""Many rows through one statement: compiled once per schema, and its values converted by a plan made beforehand.

SQLAlchemy's own executemany spends more on a row's parameters than the databases spend on the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Update, select
from sqlalchemy.engine import Dialect as Driver
from sqlalchemy.sql.dml import ReturningInsert

from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tx import AnyRow, Tx

Convert = Callable[[Any], Any]


class Batch:
    """A statement with one set of named parameters per row. `build` is called once per dialect and has to be pure."""

    def __init__(self, build: Callable[[Dialect], Upsert | Update | ReturningInsert[Any]]) -> None:
        self._build = cache(build)
        self._prepared: dict[tuple[str, str | None, frozenset[str]], _Prepared] = {}

    async def run(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for every row; all of them have the same keys. Nothing is executed for no rows."""
        if not rows:
            return
        prepared = self._ready(tx, list(rows[0]))
        bound = prepared.by_column(rows) if tx.dialect.arrays else prepared.by_row(rows)
        await tx.raw(prepared.sql, bound)

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
    """An insert's rows as a query over arrays, where the database takes them so; an update, or an insert out of a query, says so itself."""
    if not dialect.arrays or isinstance(statement, Update) or statement.select is not None:
        return statement
    given = dialect.given({name: statement.table.c[name].type for name in names})
    return statement.from_select(names, select(*given.values()))


class _Prepared:
    """The text of a statement, and how a row becomes its parameters."""

    def __init__(self, statement: Any, driver: Driver, schema: str | None, names: list[str]) -> None:
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

    def by_column(
        self, rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any] | None = None
    ) -> tuple[Any, ...]:
        columns = []
        for name, convert, fixed in self._plan:
            values = [row[name] for row in rows] if name in rows[0] else (told or {}).get(name, fixed)
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
