"""What every test may ask for."""

from __future__ import annotations

import gc
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zlib import crc32

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support import pgbouncer, places, postgres

Door = postgres.Server | pgbouncer.Pooler


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pooler", action="store_true", help="reach Postgres through PgBouncer, transaction mode"
    )
    parser.addoption("--postgres", action="store_true", help="only what reaches Postgres")


DOORS = {"postgres_door", "own_door", "pooler"}
"""What leads through a pooler, where there is one."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files in a mixed order, always the same: those that wait (the terminal's) beside those that reckon. And where it is asked for only
    what reaches Postgres, through a door that may be a pooler or by itself: the rest would be the same again."""
    items.sort(key=lambda item: crc32(item.nodeid.partition("::")[0].encode()))
    if not (config.getoption("--pooler") or config.getoption("--postgres")):
        return
    kept = [item for item in items if _through_a_door(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def pytest_collection_finish() -> None:
    """Thousands of tests are alive by now, and stay so: the collector need not go through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _through_a_door(item: pytest.Item) -> bool:
    chosen = getattr(item, "callspec", None)
    on_postgres = chosen is not None and "postgresql" in chosen.params.values()
    return on_postgres or bool(DOORS & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.throwaway() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_door(request: pytest.FixtureRequest, postgres_server: postgres.Server) -> Iterator[Door]:
    """What Postgres is reached through: with `--pooler` a pooler, which we are not told of and have to notice."""
    if not request.config.getoption("--pooler"):
        yield postgres_server
        return
    with pgbouncer.beside(postgres_server) as pooler:
        yield pooler


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> postgres.Server:
    """A server with a migrated database to copy."""
    places.postgres_template(postgres_server)
    return postgres_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    return places.sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place where nothing is yet, on each kind of database; on Postgres a schema of its own."""
    if request.param == "sqlite":
        return Place(f"sqlite:///{tmp_path / 'mirror.db'}")
    door: Door = request.getfixturevalue("postgres_door")
    return Place(door.url(), schema=f"t{uuid.uuid4().hex[:12]}")


@pytest.fixture
def sqlite_place(sqlite_template: Path, tmp_path: Path) -> Place:
    return places.sqlite_copy(sqlite_template, tmp_path)


@pytest.fixture
def postgres_place(postgres_template: postgres.Server, postgres_door: Door) -> Iterator[Place]:
    with places.postgres_copy(postgres_template, postgres_door) as place:
        yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    """A migrated place of one's own, on each kind of database."""
    kind = "sqlite_place" if request.param == "sqlite" else "postgres_place"
    found: Place = request.getfixturevalue(kind)
    return found


@pytest.fixture
async def empty_database(empty_place: Place) -> AsyncIterator[Database]:
    database = Database(empty_place, SystemClock())
    yield database
    await database.close()


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    """Migrated to the newest schema; a test that asks for it runs on each kind of database."""
    database = Database(place, SystemClock())
    yield database
    await database.close()


@pytest.fixture
async def on_postgres(postgres_place: Place) -> AsyncIterator[Database]:
    """As `database`, for what only Postgres can show."""
    database = Database(postgres_place, SystemClock())
    yield database
    await database.close()
