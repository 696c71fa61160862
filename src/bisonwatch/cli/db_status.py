"""`bisonwatch db status`."""

from __future__ import annotations

import asyncio

import click

from bisonwatch.cli.looking import anything
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.engine import compose
from bisonwatch.errors import StoreNewer, StoreOlder
from bisonwatch.store import copies, migrate, space
from bisonwatch.store.database import Database


@click.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Which schema the database has and which this version needs; exit 1 when they differ.

    Example: bisonwatch db status
    """
    text, current = asyncio.run(_status(settings_of(config_of(ctx))))
    click.echo(text)
    ctx.exit(0 if current else 1)


async def _status(settings: Settings) -> tuple[str, bool]:
    place = compose.place_of(settings.database)
    if place.file is not None and not place.file.exists():
        return (
            f"{place.shown}: no database yet (needs schema {migrate.HEAD}; `bisonwatch db upgrade` makes it)",
            False,
        )
    async with anything(settings) as database:
        schema = await migrate.state(database)
        begun = await _begun(database) if schema.current else None
        size = _size(await space.look(database)) if schema.current else ""
    try:
        migrate.check(schema, place.shown)
    except (StoreNewer, StoreOlder) as error:
        return str(error), False
    if begun is not None:
        return (
            f"{place.shown}: schema {schema.revision}; an unfinished copy of {begun}: `bisonwatch db copy` goes on",
            False,
        )
    return f"{place.shown}: {schema.server}, schema {schema.revision}, up to date{size}", True


def _size(found: space.Space | None) -> str:
    """What an SQLite file takes; a server's operator has better tools."""
    if found is None:
        return ""
    size, free, beside = (f"{number / 1e6:.1f} MB" for number in (found.size, found.free, found.log))
    return f"; {size}, of which {free} are free, and {beside} of write-ahead log"


async def _begun(database: Database) -> str | None:
    async with database.read() as tx:
        return await copies.unfinished(tx)
