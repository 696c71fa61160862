"""`bisonwatch cache clear`."""

from __future__ import annotations

import asyncio
import json

import click

from bisonwatch.cli.cache_desk import Desk, desk
from bisonwatch.cli.consent import agreed
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings


@click.command()
@click.argument("words", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def clear(ctx: click.Context, words: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Throw away the datasets that are kept, of all workspaces without a name, on every node. They are made anew from the mirror.

    Example: bisonwatch cache clear main/12
    """
    ctx.exit(asyncio.run(_clear(settings_of(config_of(ctx)), words, yes=yes, as_json=as_json)))


async def _clear(settings: Settings, words: tuple[str, ...], *, yes: bool, as_json: bool) -> int:
    async with desk(settings, words) as found:
        if not agreed(_question(found), yes=yes):
            return 0
        gone = await found.stock.clear(found.wanted)
    if as_json:
        click.echo(json.dumps({"workspaces": len(found.wanted), "cleared": gone}))
    else:
        click.echo(f"threw away {gone:,} {'dataset' if gone == 1 else 'datasets'}{found.soon}")
    return 0


def _question(found: Desk) -> str:
    count = len(found.wanted)
    whose = f"{count:,} workspaces" if count > 1 else f"{found.wanted[0]}"
    return f"clear the datasets of {whose}?"
