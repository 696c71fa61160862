"""An engine beside a small simulated world."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bisonwatch.store import dialect
from bisonwatch.store.place import Place
from tests.support.story import Story, story


@pytest.fixture(autouse=True)
def _quick_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories kill no machine: their files need not survive one."""
    quick = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in dialect.PRAGMAS]
    monkeypatch.setattr(dialect, "PRAGMAS", quick)


@pytest.fixture
async def told(sqlite_place: Place) -> AsyncIterator[Story]:
    async with story(sqlite_place) as begun:
        yield begun
