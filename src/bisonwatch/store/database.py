"""The door to our own database: connections, transactions, and the one place where its errors become ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from bisonwatch.clock import Clock
from bisonwatch.errors import StoreConflict, StoreError
from bisonwatch.metrics import Durations
from bisonwatch.retry import Backoff
from bisonwatch.store import checkpoint, postgres, sessions, sqlite
from bisonwatch.store.lanes import Lane, Turnstile
from bisonwatch.store.place import Place
from bisonwatch.store.seam import translated
from bisonwatch.store.tx import AwaitedTx, Tx

T = TypeVar("T")
Work = Callable[[Tx], Coroutine[Any, Any, T]]
TRIES = 5
FRONT = 2
"""Connections to a Postgres that only take deliveries in: one for the door, one for what drains the spool."""
_CONFLICT = Backoff(first=0.01, most=0.2)


def _front(place: Place, called: str) -> AsyncEngine:
    return postgres.pool(place, called, FRONT, quick=True)


class Database:
    """Reads run side by side; on SQLite writes queue by lane for its one writer. `node`: whose it is; None: no engine's."""

    def __init__(self, place: Place, clock: Clock, node: UUID | None = None) -> None:
        self.place = place
        self.dialect = place.dialect
        self.clock = clock
        self.write_ms = Durations(1024)
        self._turnstile = Turnstile()
        self._schema = None if self.dialect.one_writer else place.schema
        try:
            self._pool = (
                sqlite.readers(place)
                if self.dialect.one_writer
                else postgres.pool(place, sessions.called(node))
            )
            self._front = None if self.dialect.one_writer else _front(place, sessions.called(node))
            self._writer = sqlite.Writer(place) if self.dialect.one_writer else None
        except (ArgumentError, ImportError) as error:
            raise StoreError(f"{place.shown} cannot be used: {error}") from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A consistent view for reading: every statement sees the same moment."""
        with translated(self.place):
            async with self._pool.connect() as connection:
                if self._writer is None:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                yield AwaitedTx(connection, self.dialect, self._schema)

    @asynccontextmanager
    async def write(self, lane: Lane = Lane.JOBS) -> AsyncIterator[Tx]:
        """One transaction: committed at the end, rolled back on any error. Raises StoreUnavailable, StoreConflict, StoreError.

        The processor says in its claim what is said here for the others; what it writes without one is a row that others pass by.
        """
        with translated(self.place):
            if self._writer is None:
                async with self._timed(), self._pool.begin() as connection:
                    if lane is not Lane.PROCESSOR and self.dialect.brief:
                        await connection.exec_driver_sql(self.dialect.brief)
                    yield AwaitedTx(connection, self.dialect, self._schema)
            else:
                async with self._turnstile.turn(lane), self._timed(), self._writer.begin() as tx:
                    yield tx

    async def transact(self, lane: Lane, work: Work[T]) -> T:
        """As `write`, for the hot ways: on SQLite all of `work` runs in the writer's thread, so it may await its statements only.

        When the caller is cancelled, a transaction that was begun there is finished all the same.
        """
        if self._writer is None:
            async with self.write(lane) as tx:
                return await work(tx)
        with translated(self.place):
            await self._turnstile.take(lane)
            async with self._timed():
                running = asyncio.ensure_future(self._writer.transact(work))
                running.add_done_callback(self._handed_back)
                return await asyncio.shield(running)

    async def again(self, lane: Lane, work: Work[T]) -> T:
        """As `transact`, and once more when two writers met (a deadlock, a serialization failure). Raises StoreConflict after TRIES."""
        for attempt in range(1, TRIES):
            try:
                return await self.transact(lane, work)
            except StoreConflict:
                await self.clock.sleep(_CONFLICT.wait(attempt))
        return await self.transact(lane, work)

    def _handed_back(self, running: asyncio.Future[Any]) -> None:
        """A thread cannot be cancelled: the turn is held until it is done, whoever waits."""
        self._turnstile.release()
        if not running.cancelled():
            running.exception()  # asked for here, since whoever waited may have gone

    async def at_once(self, lane: Lane, work: Work[T]) -> T:
        """As `transact`, for deliveries, in one statement: where the server commits a lone statement by itself, nothing else is sent.

        It waits for no other work of ours: its connections are its own.
        """
        if self._front is None:
            return await self.transact(lane, work)
        with translated(self.place):
            async with self._timed(), self._front.connect() as connection:
                alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
                return await work(AwaitedTx(alone, self.dialect, self._schema))

    async def warm(self) -> None:
        """Open the connections of `at_once` before a delivery has to wait for it: over a slow network that takes seconds. Raises StoreUnavailable."""
        if self._front is None:
            return
        with translated(self.place):
            async with AsyncExitStack() as open_ones:
                for _ in range(FRONT):
                    await open_ones.enter_async_context(self._front.connect())

    async def take_over(self, *, cut_off: bool = False) -> bool:
        """Take what stands in SQLite's write-ahead log over into the file, while all goes on; whether nothing is left to take.

        `cut_off`: the log's file becomes empty, in a turn as of any writer. Nothing happens on a server.
        """
        file = self.place.file
        if file is None or self._writer is None:
            return True
        if not self._writer.in_place():
            return False  # else another file than the log belongs to would be written
        async with self._turnstile.turn(Lane.JOBS):
            done = await self._writer.outside(checkpoint.take_over)
            if done and cut_off:
                done = await self._writer.outside(checkpoint.cut_off)
        return done

    @asynccontextmanager
    async def _timed(self) -> AsyncIterator[None]:
        started = self.clock.monotonic()
        yield
        self.write_ms.add((self.clock.monotonic() - started) * 1000)

    async def close(self) -> None:
        await self._pool.dispose()
        if self._front is not None:
            await self._front.dispose()
        if self._writer is not None:
            await self._writer.close()
