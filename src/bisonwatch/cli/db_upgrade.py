"""`bisonwatch db upgrade`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

from bisonwatch.cli.looking import anything
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.errors import CallError, StoreBusy
from bisonwatch.store import migrate
from bisonwatch.store.database import Database

T = TypeVar("T")
EVERY_S = 10.0
AGAIN_S = 0.2


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
        return await patiently(_in_turn(database, yes))


async def _in_turn(database: Database, yes: bool) -> tuple[str, tuple[str, ...]]:
    """SQLite has one place for a writer, and another upgrade may hold it for minutes: it is waited for, and told once."""
    told = False
    while True:
        try:
            return await _brought_up(database, yes)
        except StoreBusy:
            if not told:
                _tell(f"another program writes to {database.place.shown}, an upgrade perhaps: waiting for it")
            told = True
            await database.clock.sleep(AGAIN_S)


async def _brought_up(database: Database, yes: bool) -> tuple[str, tuple[str, ...]]:
    before = await migrate.state(database)
    if not before.current and not yes:
        _alone(await migrate.living(database, before), database.place.shown)
    after = await migrate.upgrade(database, _tell)
    done = f"schema {before.revision or 'none'} → {after.revision}"
    if before.current:
        done = f"already at schema {after.revision}"
    return f"{database.place.shown}: {done}", after.notices


async def patiently(work: Coroutine[Any, Any, T]) -> T:
    """The work's result; a line every EVERY_S seconds says that it goes on."""
    running = asyncio.ensure_future(work)
    waited = 0.0
    while not (await asyncio.wait({running}, timeout=EVERY_S))[0]:
        waited += EVERY_S
        _tell(f"still at it, {waited:.0f} s")
    return await running


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _alone(engines: list[str], shown: str) -> None:
    """Raises CallError: an engine of the older version cannot work on the newer schema."""
    if engines:
        many = f"{len(engines)} engines run" if len(engines) > 1 else "1 engine runs"
        raise CallError(
            f"{many} on {shown}: {', '.join(engines)}",
            hint="stop what is older than this version first, or say --yes",
        )
