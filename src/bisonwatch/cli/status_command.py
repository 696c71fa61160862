"""`bisonwatch status`: what the terminal's first screen says, from any process."""

from __future__ import annotations

import asyncio
import json
import time

import click

from bisonwatch.cli.looking import look, opened
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.cli.status_away import told
from bisonwatch.cli.text import status_text
from bisonwatch.config.settings import Settings
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.domain.status import status_json
from bisonwatch.errors import StoreUnavailable

WATCH_S = 2.0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/status.md describes it.")
@click.option("--watch", is_flag=True, help="Again every two seconds, until Ctrl+C.")
@click.pass_context
def status(ctx: click.Context, as_json: bool, watch: bool) -> None:
    """What the terminal's first screen says, as text or JSON.

    Example: bisonwatch status --json | jq '.workspaces[] | select(.health != "healthy")'
    """
    settings = settings_of(config_of(ctx))
    while True:
        said, trouble = asyncio.run(_said(settings, as_json))
        if watch and not as_json:
            click.clear()
        if said is not None:
            click.echo(said)
        if trouble is not None and not watch:
            raise trouble
        if trouble is not None:
            click.echo(f"bisonwatch: {trouble}", err=True)
        if not watch:
            return
        time.sleep(WATCH_S)


async def _said(settings: Settings, as_json: bool) -> tuple[str | None, StoreUnavailable | None]:
    """What is known, and why it is not all: while the mirror cannot be read, a daemon here tells of itself."""
    try:
        return _written(await _look(settings), as_json), None
    except StoreUnavailable as error:
        return await told(settings.api, as_json=as_json), error


async def _look(settings: Settings) -> Snapshot:
    async with opened(settings) as database:
        return await look(settings, database)


def _written(picture: Snapshot, as_json: bool) -> str:
    if as_json:
        return json.dumps(status_json(picture, picture.at), ensure_ascii=False)
    return status_text(picture, picture.at)
