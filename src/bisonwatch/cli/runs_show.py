"""`bisonwatch runs show`."""

from __future__ import annotations

import asyncio
import json

import click

from bisonwatch.cli.looking import opened
from bisonwatch.cli.runs_text import run_text
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.history import run_json
from bisonwatch.engine.history import History


@click.command()
@click.argument("word", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as in `runs list --json`.")
@click.pass_context
def show(ctx: click.Context, word: str, as_json: bool) -> None:
    """One run: who asked, how far it is or how it ended, what it read and wrote. ID may be its first 8 or more characters.

    Example: bisonwatch runs show 019a4c5e-77b0
    """
    click.echo(asyncio.run(_shown(settings_of(config_of(ctx)), word, as_json=as_json)))


async def _shown(settings: Settings, word: str, *, as_json: bool) -> str:
    async with opened(settings) as database:
        row = await History(database).find(word)
        now = database.clock.now()
    return json.dumps(run_json(row), ensure_ascii=False) if as_json else run_text(row, now)
