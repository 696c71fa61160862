"""Databases for tests: empty ones, and migrated ones that are copies of one made beforehand."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from bisonwatch.clock import SystemClock
from bisonwatch.store import migrate
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support import postgres
from tests.support.pgbouncer import Pooler

TEMPLATE = "migrated"


async def _migrate(place: Place) -> None:
    database = Database(place, SystemClock())
    await migrate.upgrade(database)
    await database.close()


async def _administrate(server: postgres.Server, statement: str) -> None:
    connection = await asyncpg.connect(server.url())
    await connection.execute(statement)
    await connection.close()


def sqlite_template(folder: Path) -> Path:
    """A migrated file to copy."""
    file = folder / "template.db"
    asyncio.run(_migrate(Place(f"sqlite:///{file}")))
    return file


def postgres_template(server: postgres.Server) -> None:
    """A migrated database to copy."""
    asyncio.run(_administrate(server, f"CREATE DATABASE {TEMPLATE}"))
    asyncio.run(_migrate(Place(server.url(TEMPLATE))))


def sqlite_copy(template: Path, folder: Path) -> Place:
    shutil.copy(template, folder / "mirror.db")
    return Place(f"sqlite:///{folder / 'mirror.db'}")


@contextmanager
def postgres_copy(server: postgres.Server, door: postgres.Server | Pooler) -> Iterator[Place]:
    """A migrated database of one's own, gone afterwards; `door` is what it is reached through."""
    name = f"t{uuid.uuid4().hex[:12]}"
    asyncio.run(_administrate(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    yield Place(door.url(name))
    asyncio.run(_administrate(server, f"DROP DATABASE {name} WITH (FORCE)"))
