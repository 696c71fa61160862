from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from bisonwatch.clock import SystemClock
from bisonwatch.errors import StoreBarred, StoreError, StoreUnavailable
from bisonwatch.store import migrate
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.place import Place
from bisonwatch.store.postgres import SILENCE_S, unfit
from bisonwatch.store.seam import translate
from bisonwatch.store.tx import Tx
from tests.support import postgres

HBA = """
host postgres plain all trust
host all bison all trust
host all all all scram-sha-256
"""


@pytest.fixture(scope="module")
def strict_server() -> Iterator[postgres.Server]:
    """A server that asks for passwords."""
    with postgres.throwaway() as server:
        (server.data / "pg_hba.conf").write_text(HBA)

        async def prepare() -> None:
            admin = await asyncpg.connect(server.url())
            await admin.execute("CREATE ROLE reader LOGIN PASSWORD 'right'")
            await admin.execute("CREATE ROLE crowded LOGIN PASSWORD 'right' CONNECTION LIMIT 0")
            await admin.execute("CREATE ROLE plain LOGIN")
            await admin.execute("CREATE SCHEMA theirs CREATE TABLE alembic_version (version_num text)")
            await admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
            await admin.close()

        asyncio.run(prepare())
        server.stop()
        server.start()
        yield server


async def refused(url: str, schema: str = "bisonwatch") -> StoreError:
    """What an upgrade says there."""
    database = Database(Place(url, schema), SystemClock())
    with pytest.raises(StoreError) as said:
        await migrate.upgrade(database)
    await database.close()
    assert "\n" not in str(said.value)
    return said.value


@pytest.mark.parametrize(
    ("who", "name", "options", "expected"),
    [
        (
            "reader:wrong",
            "postgres",
            "",
            'refuses us: password authentication failed for user "reader" (check user and password in its URL)',
        ),
        (
            "bison",
            "nowhere",
            "",
            'refuses us: database "nowhere" does not exist (make it with CREATE DATABASE, or name another in the URL)',
        ),
        (
            "reader:right",
            "postgres",
            "",
            "refuses us: permission denied for database postgres (docs/postgres.md names the rights the role needs)",
        ),
        (
            "bison",
            "latin",
            "",
            ": the database's encoding is LATIN1; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        ),
        (
            "bison",
            "postgres",
            "?sslmode=require",
            'cannot be reached safely: PostgreSQL server at "127.0.0.1:PORT" rejected SSL upgrade'
            " (docs/postgres.md has what sslmode asks of a server)",
        ),
    ],
)
async def test_a_server_that_refuses_us(
    strict_server: postgres.Server, who: str, name: str, options: str, expected: str
) -> None:
    """What, where and what to do, in one line without the password; an error of its own kind, since waiting helps nobody."""
    error = await refused(f"postgresql://{who}@127.0.0.1:{strict_server.port}/{name}{options}")
    shown = f"postgresql://{who.replace(':right', ':***').replace(':wrong', ':***')}@127.0.0.1:PORT/{name}{options}"
    assert str(error).replace(str(strict_server.port), "PORT").replace(shown, "").strip() == expected
    assert type(error) is StoreBarred


async def test_a_role_without_rights_on_the_schema(strict_server: postgres.Server) -> None:
    """Somebody else's schema is told from a missing one."""
    error = await refused(f"postgresql://reader:right@127.0.0.1:{strict_server.port}/postgres", "theirs")
    assert error.message.endswith("refuses us: permission denied for schema theirs")
    assert type(error) is StoreBarred


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://crowded:right@127.0.0.1:PORT/postgres",
            'does not answer: too many connections for role "crowded"'
            " (use a smaller database.pool, a pooler, or raise max_connections)",
        ),
        (
            "postgresql://x@127.0.0.1:FREE/postgres",
            "cannot be reached: nothing listens at 127.0.0.1:FREE"
            " (is the server running, and the port in its URL right?)",
        ),
        (
            "postgresql://x@nowhere.invalid/postgres",
            "cannot be reached: no machine is called 'nowhere.invalid' (check the host in its URL)",
        ),
    ],
)
async def test_a_server_that_is_not_there(strict_server: postgres.Server, url: str, expected: str) -> None:
    """It may come back: whoever can wait does."""
    free = str(postgres.free_port())
    error = await refused(url.replace("PORT", str(strict_server.port)).replace("FREE", free))
    assert str(error).replace(free, "FREE").endswith(expected)
    assert type(error) is StoreUnavailable


@pytest.mark.parametrize(
    ("major", "encoding", "expected"),
    [
        (14, "UTF8", None),
        (13, "UTF8", "the server is Postgres 13; bisonwatch needs 14 or newer"),
        (
            16,
            "SQL_ASCII",
            "the database's encoding is SQL_ASCII; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        ),
    ],
)
def test_a_server_that_is_not_fit(major: int, encoding: str, expected: str | None) -> None:
    """Versions that are out of support, and encodings that cannot hold every name, are refused at the door."""
    assert unfit(major, encoding) == expected


async def test_a_connection_that_died_while_idle_is_replaced(postgres_server: postgres.Server) -> None:
    """Nobody's transaction fails for it."""
    database = Database(Place(postgres_server.url(), pool=1), SystemClock())
    admin = await asyncpg.connect(postgres_server.url())

    async def backend() -> int:
        async with database.read() as tx:
            return int(await tx.value(text("SELECT pg_backend_pid()")))

    idle = await backend()
    assert await backend() == idle
    await admin.execute(f"SELECT pg_terminate_backend({idle})")
    async with asyncio.timeout(10):
        while await admin.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {idle}"):
            await asyncio.sleep(0.01)
    assert await backend() != idle
    await admin.close()
    await database.close()


async def test_a_connection_that_died_at_work_is_said_so(on_postgres: Database) -> None:
    """The transaction is lost, the next one is not."""
    with pytest.raises(StoreUnavailable, match="does not answer: "):
        async with on_postgres.write() as tx:
            await tx.value(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with on_postgres.write() as tx:
        assert await tx.value(text("SELECT 1")) == 1


async def test_server_and_role_cannot_change_what_a_transaction_is(
    on_postgres: Database, postgres_server: postgres.Server
) -> None:
    """Whatever isolation or zone is set for the role, ours are the same; a lone statement's, too, without a pooler."""
    name = on_postgres.place.url.rpartition("/")[2]
    async with on_postgres.write() as tx:
        for setting in ("default_transaction_isolation = 'serializable'", "timezone = 'Asia/Tokyo'"):
            await tx.run(text(f"ALTER ROLE bison IN DATABASE {name} SET {setting}"))

    async def told(tx: Tx) -> list[str]:
        return [await tx.value(text(f"SHOW {name}")) for name in ("transaction_isolation", "timezone")]

    through, direct = (
        Database(Place(url), SystemClock()) for url in (on_postgres.place.url, postgres_server.url(name))
    )
    async with through.write() as tx:
        assert await told(tx) == ["read committed", "UTC"]
    assert await direct.at_once(Lane.INBOX, told) == ["read committed", "UTC"]
    await through.close()
    await direct.close()


async def test_a_commit_waits_for_the_disk_whatever_the_server_says(
    on_postgres: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """synchronous_commit = off is put right where we may; behind a pooler it is said, once."""
    name = on_postgres.place.url.rpartition("/")[2]
    async with on_postgres.write() as tx:
        await tx.run(text(f"ALTER ROLE bison IN DATABASE {name} SET synchronous_commit = off"))
    database = Database(on_postgres.place, SystemClock())
    async with database.read() as tx:
        found = await tx.value(text("SHOW synchronous_commit"))
    await database.close()
    said = [line for line in caplog.messages if "synchronous_commit is off" in line]
    assert (found, len(said)) in (("on", 0), ("off", 1))


async def test_a_line_that_went_silent_is_noticed(on_postgres: Database) -> None:
    """The system gives a connection up on which nothing is acknowledged; without that a transaction waits for a quarter of an hour."""

    def options(connection: Connection) -> list[int]:
        driver = connection.connection.driver_connection
        line = driver._transport.get_extra_info("socket")
        told = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE), (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)]
        return [line.getsockopt(*option) for option in told]

    async with on_postgres.read() as tx:
        assert await tx.sync(options) == [1, SILENCE_S * 1000]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("a folder", "unable to open database file (is it a file, in a folder that we may write to?)"),
        ("a letter", "file is not a database (it is no SQLite file; name another in the URL)"),
    ],
)
async def test_a_file_that_is_no_mirror(tmp_path: Path, kind: str, expected: str) -> None:
    """It is left as it is, and one line says what it is."""
    file = tmp_path / "mirror.db"
    if kind == "a folder":
        file.mkdir()
    else:
        file.write_text("Dear reader, " * 1000)
    error = await refused(f"sqlite:///{file}")
    assert str(error) == f"sqlite:///{file} refuses us: {expected}"
    assert type(error) is StoreBarred


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreBarred) as said:
        Database(Place(f"sqlite:///{tmp_path}/data/deep/mirror.db"), SystemClock())
    assert str(said.value) == (
        f"sqlite:///{tmp_path}/data/deep/mirror.db cannot be made: {tmp_path}/data/deep: not a directory"
        " (name a file whose folder we may write to)"
    )


def test_a_file_that_may_only_be_read(sqlite_place: Place) -> None:
    """The driver's own refusal to write becomes a line that says what to do."""
    engine = create_engine(f"sqlite:///file:{sqlite_place.file}?mode=ro&uri=true")
    with engine.connect() as connection, pytest.raises(DBAPIError) as said:
        connection.execute(text("DELETE FROM leases"))
    error = translate(said.value, Place("sqlite:///m.db"))
    assert str(error) == (
        "sqlite:///m.db refuses us: attempt to write a readonly database (make the file and its folder writable)"
    )
    engine.dispose()
