"""`bisonwatch db upgrade`."""

from __future__ import annotations

import asyncio

import click

from bisonwatch.cli.looking import anything
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.errors import CallError
from bisonwatch.store import migrate


@click.command()
@click.option("--yes", is_flag=True, help="also while engines of the older version are running")
@click.pass_context
def upgrade(ctx: click.Context, yes: bool) -> None:
    """Bring the schema up to this version; safe to run twice, and from two machines at once.

    Example: bisonwatch db upgrade
    """
    done, notices = asyncio.run(_upgrade(settings_of(config_of(ctx)), yes))
    click.echo(done)
    for notice in notices:
        click.echo(f"bisonwatch: {notice}", err=True)


async def _upgrade(settings: Settings, yes: bool) -> tuple[str, tuple[str, ...]]:
    async with anything(settings) as database:
        before = await migrate.state(database)
        if not before.current and not yes:
            _alone(await migrate.living(database, before), database.place.shown)
        after = await migrate.upgrade(database, lambda line: click.echo(line, err=True))
        done = f"schema {before.revision or 'none'} → {after.revision}"
        if before.current:
            done = f"already at schema {after.revision}"
        return f"{database.place.shown}: {done}", after.notices


def _alone(engines: list[str], shown: str) -> None:
    """Raises CallError: an engine of the older version cannot work on the newer schema."""
    if engines:
        many = f"{len(engines)} engines run" if len(engines) > 1 else "1 engine runs"
        raise CallError(
            f"{many} on {shown}: {', '.join(engines)}",
            hint="stop what is older than this version first, or say --yes",
        )
