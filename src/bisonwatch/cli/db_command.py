"""`bisonwatch db`: the mirror's database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.clock import SystemClock
from bisonwatch.config.settings import Settings
from bisonwatch.engine import compose
from bisonwatch.errors import StoreNewer, StoreOlder
from bisonwatch.store import migrate
from bisonwatch.store.database import Database


@click.group()
def db() -> None:
    """The mirror's database.

    Example: bisonwatch db status
    """


@db.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the schema up to this version; safe to run twice.

    Example: bisonwatch db upgrade
    """
    click.echo(asyncio.run(_upgrade(settings_of(config_of(ctx)))))


@db.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Which schema the database has and which this version needs; exit 1 when they differ.

    Example: bisonwatch db status
    """
    text, current = asyncio.run(_status(settings_of(config_of(ctx))))
    click.echo(text)
    ctx.exit(0 if current else 1)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(compose.place_of(settings.database), SystemClock())
    try:
        yield database
    finally:
        await database.close()


async def _upgrade(settings: Settings) -> str:
    async with _database(settings) as database:
        before = await migrate.state(database)
        after = await migrate.upgrade(database)
        if before.current:
            return f"{database.place.shown}: already at schema {after.revision}"
        return f"{database.place.shown}: schema {before.revision or 'none'} → {after.revision}"


async def _status(settings: Settings) -> tuple[str, bool]:
    place = compose.place_of(settings.database)
    if place.file is not None and not place.file.exists():
        return (
            f"{place.shown}: no database yet (needs schema {migrate.HEAD}; `bisonwatch db upgrade` makes it)",
            False,
        )
    async with _database(settings) as database:
        schema = await migrate.state(database)
    try:
        migrate.check(schema, place.shown)
    except (StoreNewer, StoreOlder) as error:
        return str(error), False
    return f"{place.shown}: schema {schema.revision}, up to date", True
