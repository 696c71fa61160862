"""`bisonwatch accounts confirm`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import click

from bisonwatch.cli.accounts_desk import Waiting, waiting
from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.errors import CallError
from bisonwatch.store import absent, nodes, workspaces
from bisonwatch.store.database import Database

WHO = "command line"


@click.command()
@click.argument("wanted", metavar="WORKSPACE...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def confirm(ctx: click.Context, wanted: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Say that the accounts that wait are gone: the next complete walk asks the provider for each, and removes those it does not have.

    Example: bisonwatch accounts confirm main/12
    """
    settings = settings_of(config_of(ctx))
    ctx.exit(asyncio.run(_confirm(settings, wanted, everything=everything, yes=yes)))


async def _confirm(settings: Settings, wanted: Sequence[str], *, everything: bool, yes: bool) -> int:
    async with opened(settings) as database:
        async with database.read() as tx:
            known = sorted((await workspaces.names(tx)).items())
            alive = any(node.alive(database.clock.now()) for node in await nodes.recent(tx))
        keys = {key for key, _ in chosen(wanted, everything, known)}
        found = [item for item in await waiting(database) if item.key in keys]
        if not found:
            click.echo("no account waits to be removed there")
            return 0
        if not _sure(found, yes=yes):
            return 0
        count = await _write(database, found)
    when = "the engine walks now" if alive else "no engine runs on this database: one that starts walks"
    click.echo(f"confirmed {count:,} accounts; {when}")
    return 0


def _count(item: Waiting) -> int:
    return len(item.absence.held | item.absence.elsewhere)


def _sure(found: Sequence[Waiting], *, yes: bool) -> bool:
    """Asked of a person. Raises CallError where nobody can be asked."""
    if yes:
        return True
    question = f"remove {sum(map(_count, found)):,} accounts, as far as the provider does not have them?"
    if not sys.stdin.isatty():
        raise CallError(f"{question} Nobody can be asked here", hint="--yes goes on without asking")
    for item in found:
        click.echo("\n".join(item.lines))
    return click.confirm(question, default=False)


async def _write(database: Database, found: Sequence[Waiting]) -> int:
    """The word, and a run each that acts on it; how many it is about. Raises CallError when others wait by now than were shown."""
    now = database.clock.now()
    async with database.write() as tx:
        return sum([await absent.confirm(tx, item.key, item.absence, now, WHO) for item in found])
