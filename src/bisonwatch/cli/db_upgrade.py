"""`bisonwatch db upgrade`."""

from __future__ import annotations

import asyncio

import click

from bisonwatch.cli.looking import anything
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.store import migrate


@click.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the schema up to this version; safe to run twice.

    Example: bisonwatch db upgrade
    """
    click.echo(asyncio.run(_upgrade(settings_of(config_of(ctx)))))


async def _upgrade(settings: Settings) -> str:
    async with anything(settings) as database:
        before = await migrate.state(database)
        after = await migrate.upgrade(database)
        if before.current:
            return f"{database.place.shown}: already at schema {after.revision}"
        return f"{database.place.shown}: schema {before.revision or 'none'} → {after.revision}"
