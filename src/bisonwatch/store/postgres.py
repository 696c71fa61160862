"""Postgres: one pool for reading and writing, and what a server has to be before a connection to it is used."""

from __future__ import annotations

import logging
import socket
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from bisonwatch.errors import StoreBarred
from bisonwatch.store.place import Place
from bisonwatch.store.url_options import tls, whereabouts

log = logging.getLogger(__name__)

OLDEST = 14
"""The oldest major version of a server that is tried; tests run on 15 and 16."""

CONNECT_S = 10.0
WAIT_S = 10.0
"""How long anybody waits for a free connection; the inbox has a shorter deadline of its own."""

SILENCE_S = 20
"""A line on which the server acknowledges nothing for so long is dead: no answer will come on it."""

KEEPING = {
    "TCP_KEEPIDLE": SILENCE_S // 2,
    "TCP_KEEPINTVL": SILENCE_S // 4,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": SILENCE_S * 1000,
}

UNNAMED = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}
"""Through a transaction pooler the next transaction may meet another server, which knows nothing that was prepared."""


ALONE = {"default_transaction_isolation": "read committed"}
"""For statements without a BEGIN, which would say it; a pooler would refuse to be told so."""


def pool(
    place: Place, called: str = "bisonwatch", size: int | None = None, *, quick: bool = False
) -> AsyncEngine:
    """`called`: the name under which the server knows its sessions. `quick`: each knows on opening what else its first statement asks for."""
    told = make_url(place.url)
    url = told.set(drivername="postgresql+asyncpg", query=whereabouts(told.query))
    engine = create_async_engine(
        url,
        pool_size=size or place.pool,
        max_overflow=0,
        pool_timeout=WAIT_S,
        pool_pre_ping=False,
        json_serializer=lambda value: orjson.dumps(
            value
        ).decode(),  # one notion of JSON on either database: no NaN in it
        json_deserializer=orjson.loads,
        isolation_level="READ COMMITTED",  # said in each BEGIN, so that neither server nor role can choose another
        connect_args={
            "timeout": CONNECT_S,
            "server_settings": {"application_name": called, "timezone": "UTC"},
        }
        | tls(told.query),
        execution_options={"schema_translate_map": {None: place.schema}},
    )
    door = _Door(place, quick)
    event.listen(engine.sync_engine, "do_connect", door.connect)
    event.listen(engine.sync_engine, "connect", door.connected)
    event.listen(engine.sync_engine, "checkout", _living)
    return engine


def _living(_raw: Any, record: Any, _proxy: Any) -> None:
    """A connection that died while it waited is replaced; asking the server first would cost every transaction a round trip."""
    if record.driver_connection.is_closed():
        raise DisconnectionError


def _kept(line: socket.socket) -> None:
    """Let the death of a connection be noticed, also where no packet says so."""
    if line.family not in (socket.AF_INET, socket.AF_INET6):
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPING.items():
        if hasattr(socket, name):  # each system has some of them
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class _Door:
    """Opens connections; the first one tells whether a pooler stands between, where we were not told."""

    def __init__(self, place: Place, quick: bool) -> None:
        self._shown = place.shown
        self._quick = quick
        self._pooled = place.pooled
        self._told = False

    def connect(self, dialect: Dialect, _record: Any, told: Any, named: dict[str, Any]) -> Any:
        if self._pooled is not False:
            connection = self._checked(dialect.connect(*told, **named, **UNNAMED))
            if self._pooled is None:
                self._pooled = await_only(_through_a_pooler(connection.driver_connection))
            if self._pooled:
                self._waits_for_the_disk(connection)
                return connection
            connection.close()
        settings = named["server_settings"] | ALONE
        connection = self._checked(dialect.connect(*told, **named | {"server_settings": settings}))
        if not self._waits_for_the_disk(connection):
            await_only(connection.driver_connection.execute("SET synchronous_commit = on"))
        return connection

    def connected(self, connection: Any, _record: Any) -> None:
        """After SQLAlchemy has said how JSON is read, which makes the driver forget what it knew of arrays."""
        if self._pooled or self._quick:
            await_only(_learn_arrays(connection.driver_connection))

    def _waits_for_the_disk(self, connection: Any) -> bool:
        """Whether a commit here is durable; what is answered 200 has to be. Behind a pooler we can only say that it is not."""
        if await_only(connection.driver_connection.fetchval("SHOW synchronous_commit")) != "off":
            return True
        if self._pooled and not self._told:
            self._told = True
            log.error(
                "%s: synchronous_commit is off, so a crash of the server loses what was answered 200; "
                "run ALTER ROLE … SET synchronous_commit = on",
                self._shown,
            )
        return False

    def _checked(self, connection: Any) -> Any:
        raw = connection.driver_connection
        wrong = unfit(raw.get_server_version().major, getattr(raw.get_settings(), "server_encoding", "UTF8"))
        if wrong:
            connection.close()
            raise StoreBarred(f"{self._shown}: {wrong}")
        _kept(raw._transport.get_extra_info("socket"))  # the driver has no door to it
        return connection


async def _through_a_pooler(raw: Any) -> bool:
    """A pooler hands out numbers of its own; a server says the number of the process that answers."""
    return bool(await raw.fetchval("SELECT pg_backend_pid()") != raw.get_server_pid())


_TYPES = (
    "uuid",
    "text",
    "varchar",
    "smallint",
    "integer",
    "bigint",
    "boolean",
    "bytea",
    "date",
    "timestamptz",
    "jsonb",
)


async def _learn_arrays(raw: Any) -> None:
    """Let the driver ask what the arrays are that rows travel in, which it does once for each connection.

    It switches JIT off for that question, which costs seconds with it. Outside a transaction a pooler may ask another server than
    the one that was told so, and then a first delivery is late.
    """
    told = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, 1))
    async with raw.transaction():
        await raw.fetch(f"SELECT {told}", *[None] * len(_TYPES))


def unfit(major: int, encoding: str) -> str | None:
    """Why a server of this version, with a database of this encoding, cannot hold the mirror."""
    if major < OLDEST:
        return f"the server is Postgres {major}; bisonwatch needs {OLDEST} or newer"
    if encoding.upper() != "UTF8":
        return f"the database's encoding is {encoding}; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    return None
