"""Each test has a daemon and, where it needs one, a Postgres of its own that keeps its promises (no fsync=off here)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Door
from tests.support import pgbouncer, postgres
from tests.support.daemon import Daemon


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A Postgres of one's own, as it comes: it may be stopped, killed and filled."""
    with postgres.throwaway("-c max_connections=60") as mine:
        yield mine


@pytest.fixture
def own_door(request: pytest.FixtureRequest, server: postgres.Server) -> Iterator[Door]:
    """What daemons reach that server through: with `--pooler` a pooler."""
    if not request.config.getoption("--pooler"):
        yield server
        return
    with pgbouncer.beside(server) as pooler:
        yield pooler


@pytest.fixture(params=["sqlite", "postgresql"])
def daemon(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Daemon]:
    """Not started; on each kind of database."""
    database = None
    if request.param == "postgresql":
        database = request.getfixturevalue("own_door").url()
    with Daemon(tmp_path, database=database) as mine:
        yield mine


@pytest.fixture
def on_postgres(own_door: Door, tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path, database=own_door.url()) as mine:
        yield mine
