"""Looking at the mirror from a process that is no engine."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bisonwatch.bus import Bus
from bisonwatch.cache.snapshot import SnapshotMaker
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.engine import compose
from bisonwatch.engine.agreement import Agreement
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import migrate
from bisonwatch.store.database import Database


@asynccontextmanager
async def anything(settings: Settings) -> AsyncIterator[Database]:
    """The database, whatever is in it."""
    database = Database(compose.place_of(settings.database), SystemClock())
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The mirror, when it is there and of a schema this code knows. Raises StoreError saying what to run."""
    place = compose.place_of(settings.database)
    if place.file is not None and not place.file.exists():
        raise StoreUnavailable(
            f"there is no mirror at {place.file} yet", hint="`bisonwatch` or `bisonwatch --daemon` makes it"
        )
    clock = AgreedClock(SystemClock())
    database = Database(place, clock)
    try:
        migrate.check(await migrate.state(database), place.shown)
        await Agreement(database, clock).once()
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def made(settings: Settings) -> AsyncIterator[Database]:
    """The mirror, made where there is none yet. Raises StoreError for a schema that must be upgraded first."""
    place = compose.place_of(settings.database)
    clock = AgreedClock(SystemClock())
    database = Database(place, clock)
    try:
        schema = await migrate.state(database)
        migrate.check(await migrate.upgrade(database) if schema.revision is None else schema, place.shown)
        await Agreement(database, clock).once()
        yield database
    finally:
        await database.close()


async def look(settings: Settings, database: Database) -> Snapshot:
    """The picture from the database alone. Raises StoreError."""
    me = await compose.watcher(settings, database, socket.gethostname())
    tempo = compose.tempo_of(settings)
    urls = compose.urls_of(settings)
    picture = await SnapshotMaker(
        database, Bus(), database.clock, me=lambda: me, urls=urls, promptness=tempo.promptness
    ).once()
    if not picture.database.ok:  # an engine would show its last picture; here there is none
        raise StoreUnavailable(
            f"{database.place.shown} could not be read to the end",
            hint="try again; `bisonwatch db status` looks at its schema",
        )
    return picture
