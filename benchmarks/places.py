"""The databases of a run: a fresh SQLite file and a fresh Postgres database each time, both as durable as in production."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
from tests.support import postgres

from bisonwatch.clock import SystemClock
from bisonwatch.store import migrate
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place

DURABLE = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c max_connections=100"


@dataclass(frozen=True, slots=True)
class Fresh:
    """An empty, migrated database of the run's own."""

    kind: str
    url: str

    def database(self) -> Database:
        """A door of our own to it."""
        return Database(Place(self.url), SystemClock())


class Places:
    """One Postgres server and one folder for the whole run; `fresh` makes databases in them."""

    kinds = ("SQLite", "Postgres")

    def __init__(self, folder: Path, server: postgres.Server) -> None:
        self._folder = folder
        self._server = server
        self._numbers = count(1)
        self.bin = server.bin

    def fresh(self, kind: str) -> Fresh:
        number = next(self._numbers)
        if kind == "SQLite":
            found = Fresh(kind, f"sqlite:///{self._folder / f'mirror{number}.db'}")
        else:
            asyncio.run(self._create(f"bench{number}"))
            found = Fresh(kind, self._server.url(f"bench{number}"))
        asyncio.run(upgraded(found.url))
        return found

    async def _create(self, name: str) -> None:
        connection = await asyncpg.connect(self._server.url())
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()


async def upgraded(url: str) -> None:
    """Bring a database to the newest schema, as a start on it would."""
    database = Database(Place(url), SystemClock())
    await migrate.upgrade(database)
    await database.close()


@contextmanager
def open_places() -> Iterator[Places]:
    folder = Path(tempfile.mkdtemp(prefix="bisonwatch-bench-"))
    server = postgres.Server(Path(tempfile.mkdtemp(prefix="bisonwatch-bench-pg-")), options=DURABLE)
    server.start()
    try:
        yield Places(folder, server)
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(server.data.parent, ignore_errors=True)
