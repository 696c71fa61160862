"""SQLite: readers side by side, and one writer with a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bisonwatch.errors import StoreBarred
from bisonwatch.store import dialect as dialects
from bisonwatch.store.place import Place
from bisonwatch.store.tx import DirectTx, HandedTx, Tx
from bisonwatch.store.whereabouts import Whereabouts

T = TypeVar("T")
READERS = 3
STATEMENTS = 512
"""Texts that the writer keeps parsed."""


def readers(place: Place) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=_file(place))
    engine = create_async_engine(url, pool_size=READERS, max_overflow=0, pool_timeout=30)
    _configure(engine.sync_engine, dialects.READER_CACHE, "BEGIN")
    return engine


def _file(place: Place) -> str:
    file = place.file
    if file is None or not file.name:
        raise ArgumentError("an SQLite database needs a file, such as sqlite:///mirror.db")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreBarred(
            f"{place.shown} cannot be made: {file.parent}: {(error.strerror or str(error)).lower()}",
            hint="name a file whose folder we may write to",
        ) from error
    return str(file)


def _configure(engine: Engine, cache: str, begin_with: str) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver's own begins too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        for pragma in (*(() if pages else (dialects.NEW_FILE,)), *dialects.PRAGMAS, cache):
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin_with)


class Writer:
    """The one connection that writes. A transaction handed over whole costs one change of threads, however many statements it has."""

    def __init__(self, place: Place) -> None:
        file = _file(place)
        self._whereabouts = Whereabouts(file)
        self._engine = create_engine(
            URL.create("sqlite", database=file),
            poolclass=NullPool,
            connect_args={"check_same_thread": False, "cached_statements": STATEMENTS},
        )
        _configure(self._engine, dialects.WRITER_CACHE, "BEGIN IMMEDIATE")
        self._dialect = place.dialect
        self._thread: ThreadPoolExecutor | None = None
        self._connection: Connection | None = None

    async def transact(self, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        """One transaction. `work` may await nothing but its own statements. Once begun it is finished, even if nobody waits any more."""
        return await self._call(lambda: self._transact(work))

    def _transact(self, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        connection = self._begin()
        try:
            made = _driven(work(DirectTx(connection, self._dialect, None)))
            self._commit(connection)
        except BaseException:
            self._undo()
            raise
        return made

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """One transaction whose statements are handed over one by one."""
        try:
            connection = await self._call(
                self._begin
            )  # one that nobody waits for any more is begun all the same, and undone
            yield HandedTx(DirectTx(connection, self._dialect, None), self._hand)
            await self._call(lambda: self._commit(connection))
        except BaseException:
            await self._call(self._undo)
            raise

    def in_place(self) -> bool:
        """Whether what it writes into is open, and still what stands at its path."""
        if self._connection is None:
            return False
        try:
            self._whereabouts.check(opened=True)
        except OSError:
            return False
        return True

    async def outside(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work on the connection outside all transactions; the caller has the turn."""
        return await self._call(lambda: self._outside(work))

    def _outside(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
        raw: Any = self._connection.connection.driver_connection
        return work(raw)

    async def close(self) -> None:
        """Let go of the file; a later call opens it again."""
        await self._call(self._close)
        self._whereabouts.forget()
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    def _begin(self) -> Connection:
        opened = self._connection is not None
        self._whereabouts.check(opened=opened)  # else SQLite would make an empty file where ours was
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            self._connection.begin()
        except BaseException:
            self._undo()
            raise
        return self._connection

    def _commit(self, connection: Connection) -> None:
        connection.commit()
        self._whereabouts.check(opened=True)  # durable, unless it went into a file that is gone

    def _undo(self) -> None:
        """Roll back; a connection that cannot is given up, and the next transaction opens another."""
        if self._connection is None:
            return
        try:
            self._connection.rollback()
        except SQLAlchemyError:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        self._whereabouts.closed()
        if connection is not None:
            connection.close()

    async def _hand(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await self._call(lambda: _driven(coroutine))

    def _call(self, work: Callable[[], T]) -> Awaitable[T]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "writer")
        return asyncio.get_running_loop().run_in_executor(self._thread, work)


def _driven(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a transaction handed to the writer may await nothing but its own statements")
