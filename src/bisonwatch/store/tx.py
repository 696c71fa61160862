"""One open transaction, as the store's functions see it; how its statements reach the database is its maker's business."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row
from sqlalchemy.engine import Dialect as Driver
from sqlalchemy.ext.asyncio import AsyncConnection

from bisonwatch.store.dialect import Dialect

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
AnyRow = Row[*tuple[Any, ...]]
"""A row whose column types the builder knows and mypy cannot."""
P = ParamSpec("P")
T = TypeVar("T")


class Tx(ABC):
    """`schema` is where the tables are; None where a database has no schemas."""

    def __init__(self, dialect: Dialect, schema: str | None) -> None:
        self.dialect = dialect
        self.schema = schema

    async def run(self, statement: Executable, params: Params = None) -> int:
        """Execute; the number of rows it touched, where the driver tells (-1 where not)."""
        return (await self._execute(statement, params)).rowcount

    async def rows(self, statement: Executable, params: Params = None) -> Sequence[AnyRow]:
        return (await self._execute(statement, params)).all()

    async def row(self, statement: Executable, params: Params = None) -> AnyRow | None:
        return (await self._execute(statement, params)).first()

    async def value(self, statement: Executable, params: Params = None) -> Any:
        return (await self._execute(statement, params)).scalar()

    @property
    @abstractmethod
    def driver(self) -> Driver:
        """The driver's own dialect, which compiled statements are made for."""

    @abstractmethod
    async def sync(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call something that wants a plain connection (Alembic, an inspector)."""

    @abstractmethod
    async def raw(self, sql: str, bound: Any = ()) -> CursorResult[Any]:
        """Execute a text in the driver's own words; what it gives is read already."""

    @abstractmethod
    async def each(self, sql: str, bound: Sequence[tuple[Any, ...]]) -> list[bool]:
        """Execute a text once for each set of parameters, where that costs nothing; for each, whether it gave a row."""

    @abstractmethod
    async def _execute(self, statement: Executable, params: Params) -> CursorResult[Any]: ...


class AwaitedTx(Tx):
    """Each statement is awaited on the loop."""

    def __init__(self, connection: AsyncConnection, dialect: Dialect, schema: str | None) -> None:
        super().__init__(dialect, schema)
        self._connection = connection

    @property
    def driver(self) -> Driver:
        return self._connection.dialect

    async def sync(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._connection.run_sync(work, *args, **kwargs)

    async def raw(self, sql: str, bound: Any = ()) -> CursorResult[Any]:
        return await self._connection.exec_driver_sql(sql, bound)

    async def each(self, sql: str, bound: Sequence[tuple[Any, ...]]) -> list[bool]:
        return [(await self.raw(sql, one)).first() is not None for one in bound]

    async def _execute(self, statement: Executable, params: Params) -> CursorResult[Any]:
        return await self._connection.execute(statement, params)


class DirectTx(Tx):
    """Each statement runs where it is called, in the writer's own thread: nothing in it ever waits."""

    def __init__(self, connection: Connection, dialect: Dialect, schema: str | None) -> None:
        super().__init__(dialect, schema)
        self._connection = connection

    @property
    def driver(self) -> Driver:
        return self._connection.dialect

    async def sync(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return work(self._connection, *args, **kwargs)

    async def raw(self, sql: str, bound: Any = ()) -> CursorResult[Any]:
        return self._connection.exec_driver_sql(sql, bound)

    async def each(self, sql: str, bound: Sequence[tuple[Any, ...]]) -> list[bool]:
        cursor = self._connection.connection.cursor()
        try:
            return [cursor.execute(sql, one).fetchone() is not None for one in bound]
        finally:
            cursor.close()

    async def _execute(self, statement: Executable, params: Params) -> CursorResult[Any]:
        return self._connection.execute(statement, params)


class HandedTx(Tx):
    """Each statement is handed to the writer's thread, its rows are read there, and it is awaited."""

    def __init__(self, inner: DirectTx, hand: Callable[..., Any]) -> None:
        super().__init__(inner.dialect, inner.schema)
        self._inner = inner
        self._hand = hand

    @property
    def driver(self) -> Driver:
        return self._inner.driver

    async def sync(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        made: T = await self._hand(self._inner.sync(work, *args, **kwargs))
        return made

    async def run(self, statement: Executable, params: Params = None) -> int:
        touched: int = await self._hand(self._inner.run(statement, params))
        return touched

    async def rows(self, statement: Executable, params: Params = None) -> Sequence[AnyRow]:
        found: Sequence[AnyRow] = await self._hand(self._inner.rows(statement, params))
        return found

    async def row(self, statement: Executable, params: Params = None) -> AnyRow | None:
        found: AnyRow | None = await self._hand(self._inner.row(statement, params))
        return found

    async def value(self, statement: Executable, params: Params = None) -> Any:
        return await self._hand(self._inner.value(statement, params))

    async def raw(self, sql: str, bound: Any = ()) -> CursorResult[Any]:
        result: CursorResult[Any] = await self._hand(self._inner.raw(sql, bound))
        return result

    async def each(self, sql: str, bound: Sequence[tuple[Any, ...]]) -> list[bool]:
        found: list[bool] = await self._hand(self._inner.each(sql, bound))
        return found

    async def _execute(self, statement: Executable, params: Params) -> CursorResult[Any]:
        result: CursorResult[Any] = await self._hand(self._inner._execute(statement, params))
        return result
