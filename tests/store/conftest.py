"""Every store test runs on both databases."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.store import migrate
from bisonwatch.store.database import Database, Place
from tests.support import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place where nothing is yet; on Postgres a schema of its own."""
    if request.param == "sqlite":
        return Place(f"sqlite:///{tmp_path / 'mirror.db'}")
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return Place(server.url(), schema=f"t{uuid.uuid4().hex[:12]}")


@pytest.fixture
async def empty_database(empty_place: Place) -> AsyncIterator[Database]:
    database = Database(empty_place, SystemClock())
    yield database
    await database.close()


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """Migrated to the newest schema."""
    await migrate.upgrade(empty_database)
    return empty_database
