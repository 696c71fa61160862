"""Ingest on each kind of database, with files that need not survive a power cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bisonwatch.store import dialect
from bisonwatch.store.database import Database
from tests.support.house import House
from tests.support.house import house as built


@pytest.fixture(autouse=True)
def _quick_and_by_one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here kills a machine; and a server's own clock cannot be moved by hand, so it is asked for nothing."""
    quick = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in dialect.PRAGMAS]
    monkeypatch.setattr(dialect, "PRAGMAS", quick)
    monkeypatch.setattr(dialect, "POSTGRES", replace(dialect.POSTGRES, now=dialect.SQLITE.now))


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with built(database) as made:
        yield made
