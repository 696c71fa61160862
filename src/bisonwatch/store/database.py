"""The door to our own database: connections, transactions, and the one place where its errors become ours."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, Row, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bisonwatch.clock import Clock
from bisonwatch.errors import StoreConflict, StoreError, StoreUnavailable
from bisonwatch.metrics import Durations
from bisonwatch.store import dialect as dialects
from bisonwatch.store.dialect import Dialect
from bisonwatch.store.lanes import Lane, Turnstile

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
_CONFLICTS = ("40P01", "40001")
_AWAY = ("08", "53", "57P", "25006")
"""SQLSTATEs (or their classes) of a server that is starting, stopping, full or read-only: it says nothing about the data."""

AnyRow = Row[*tuple[Any, ...]]
"""A row whose column types the builder knows and mypy cannot."""


@dataclass(frozen=True, slots=True)
class Tx:
    """One open transaction, and which database it is on."""

    connection: AsyncConnection
    dialect: Dialect
    schema: str | None
    """Where the tables are; None where a database has no schemas."""

    async def run(self, statement: Executable, params: Params = None) -> int:
        """Execute; the number of rows it touched, where the driver tells (-1 where not)."""
        return (await self.connection.execute(statement, params)).rowcount

    async def rows(self, statement: Executable, params: Params = None) -> Sequence[AnyRow]:
        return (await self.connection.execute(statement, params)).all()

    async def row(self, statement: Executable, params: Params = None) -> AnyRow | None:
        return (await self.connection.execute(statement, params)).first()

    async def value(self, statement: Executable, params: Params = None) -> Any:
        return (await self.connection.execute(statement, params)).scalar()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the database is. `schema` and the pool's settings matter on Postgres only."""

    url: str
    schema: str = "bisonwatch"
    pool: int = 5
    pooled: bool = False
    """Behind a transaction pooler (PgBouncer, Supabase's 6543): no prepared statements that outlive a transaction."""

    @property
    def dialect(self) -> Dialect:
        return dialects.of(self.url)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        if not self.dialect.one_writer:
            return None
        return Path(make_url(self.url).database or "").expanduser()

    @property
    def shown(self) -> str:
        """The URL without its password; nothing of what is no URL, since a password may be in it."""
        try:
            return make_url(self.url).render_as_string(hide_password=True)
        except ArgumentError:
            return "(not a URL)"


class Database:
    """Reads run side by side; on SQLite writes queue by lane on one connection."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self.place = place
        self.dialect = place.dialect
        self.clock = clock
        self.write_ms = Durations(1024)
        self._turnstile = Turnstile() if self.dialect.one_writer else None
        self._schema = None if self.dialect.one_writer else place.schema
        try:
            self._reader = _engine(place, writer=False)
            self._writer = _engine(place, writer=True) if self._turnstile else self._reader
        except (ArgumentError, ImportError) as error:
            raise StoreError(f"database.url {place.shown!r} cannot be used: {error}") from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A consistent view for reading."""
        with _translated(self.place):
            async with self._reader.connect() as connection:
                yield Tx(connection, self.dialect, self._schema)

    @asynccontextmanager
    async def write(self, lane: Lane = Lane.JOBS) -> AsyncIterator[Tx]:
        """One transaction: committed at the end, rolled back on any error. Raises StoreUnavailable, StoreConflict, StoreError."""
        with _translated(self.place):
            if self._turnstile is None:
                async with self._transaction() as tx:
                    yield tx
            else:
                async with self._turnstile.turn(lane), self._transaction() as tx:
                    yield tx

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Tx]:
        started = self.clock.monotonic()
        async with self._writer.begin() as connection:
            yield Tx(connection, self.dialect, self._schema)
        self.write_ms.add((self.clock.monotonic() - started) * 1000)

    async def close(self) -> None:
        await self._reader.dispose()
        if self._writer is not self._reader:
            await self._writer.dispose()


def _engine(place: Place, *, writer: bool) -> AsyncEngine:
    return _sqlite(place, writer=writer) if place.dialect.one_writer else _postgres(place)


def _sqlite(place: Place, *, writer: bool) -> AsyncEngine:
    file = place.file
    if file is None or not file.name:
        raise ArgumentError("an SQLite database needs a file, such as sqlite:///mirror.db")
    file.parent.mkdir(parents=True, exist_ok=True)
    url = URL.create("sqlite+aiosqlite", database=str(file))
    engine = create_async_engine(url, pool_size=1 if writer else 3, max_overflow=0, pool_timeout=30)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver's own begins too late
        cursor = connection.cursor()
        for pragma in (*dialects.PRAGMAS, dialects.WRITER_CACHE if writer else dialects.READER_CACHE):
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _options(told: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a Postgres URL as the driver takes them: `sslmode`, as everybody writes it, is its `ssl`."""
    options = {"ssl" if name == "sslmode" else name: value for name, value in told.items()}
    for name in sorted(options.keys() - {"ssl", "host", "port"}):
        raise ArgumentError(f"its option '{name}' is not known; sslmode, host and port are")
    return options


def _postgres(place: Place) -> AsyncEngine:
    url = make_url(place.url).set(drivername="postgresql+asyncpg", query=_options(make_url(place.url).query))
    connect_args: dict[str, Any] = {
        "timeout": 10,
        "server_settings": {"application_name": "bisonwatch", "timezone": "UTC"},
    }
    if place.pooled:
        connect_args |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
        connect_args["prepared_statement_name_func"] = lambda: ""
    return create_async_engine(
        url,
        pool_size=place.pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        connect_args=connect_args,
        execution_options={"schema_translate_map": {None: place.schema}},
    )


class _translated:
    """The one seam: the driver's errors become ours, with a message for people."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        ours = translate(error, self._place)
        if ours is not None:
            raise ours from error


def translate(error: BaseException | None, place: Place) -> StoreError | None:
    """Ours for the driver's; None for what is not the database's (it passes unchanged)."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable(f"no free connection to {place.shown} within the deadline")
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        said = _first_line(error.orig)
        if code in _CONFLICTS:
            return StoreConflict(f"two writers met in {place.shown}: {said}")
        away = isinstance(code, str) and code.startswith(_AWAY)
        if away or error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError)):
            return StoreUnavailable(f"{place.shown} does not answer: {said}")
        return StoreError(f"{place.shown} refused: {said}")
    if isinstance(error, SQLAlchemyError):
        return StoreError(f"{place.shown}: {_first_line(error)}")
    if isinstance(error, (OverflowError, UnicodeError)):  # SQLite's driver lets these through as they are
        return StoreError(f"{place.shown} refused: {_first_line(error)}")
    if isinstance(error, (OSError, asyncio.TimeoutError)):
        return StoreUnavailable(f"{place.shown} cannot be reached: {_first_line(error)}")
    return None


def _first_line(error: object) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return re.sub(r"^<class '[^']+'>: ", "", line)
