"""Ingest on each kind of database (`house`), and where the database does not matter, on SQLite (`door`)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support.house import House
from tests.support.house import house as built


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with built(database) as made:
        yield made


@pytest.fixture
async def small(sqlite_place: Place) -> AsyncIterator[Database]:
    """An SQLite database, for what does not depend on the kind."""
    database = Database(sqlite_place, SystemClock())
    yield database
    await database.close()


@pytest.fixture
async def door(small: Database) -> AsyncIterator[House]:
    async with built(small) as made:
        yield made
