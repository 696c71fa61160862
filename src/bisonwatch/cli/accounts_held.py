"""`bisonwatch accounts held`."""

from __future__ import annotations

import asyncio
import json

import click

from bisonwatch.cli.accounts_desk import waiting
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def held(ctx: click.Context, as_json: bool) -> None:
    """Accounts that complete walks do not meet any more and that are not removed yet, with the reason why they wait.

    Example: bisonwatch accounts held
    """
    click.echo(asyncio.run(_held(settings_of(config_of(ctx)), as_json=as_json)))


async def _held(settings: Settings, *, as_json: bool) -> str:
    async with opened(settings) as database:
        found = await waiting(database)
    if as_json:
        return json.dumps({"items": [item.json for item in found]}, ensure_ascii=False)
    return "\n".join(line for item in found for line in item.lines) or "no account waits to be removed"
