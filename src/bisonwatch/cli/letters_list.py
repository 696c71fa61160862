"""`bisonwatch letters list`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import click

from bisonwatch.cli.letters_desk import desk
from bisonwatch.cli.letters_text import shelf_text
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.letter import WAYS, Wanted, shelf_json


@click.command("list")
@click.option("--workspace", metavar="WORKSPACE", help="Only those of one workspace.")
@click.option("--reason", metavar="TEXT", help="Only those whose reason is this, or begins with it.")
@click.option(
    "--state",
    type=click.Choice(list(WAYS)),
    default="dead",
    show_default=True,
    help="Those set aside; those that failed and wait for another try; those discarded.",
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def list_(
    ctx: click.Context, workspace: str | None, reason: str | None, state: str, limit: int, as_json: bool
) -> None:
    """The newest dead letters, and how many there are of each kind of reason.

    Example: bisonwatch letters list --workspace main/12 --reason "the body has no event type"
    """
    settings = settings_of(config_of(ctx))
    click.echo(
        asyncio.run(_listed(settings, Wanted(reason, state=WAYS[state]), workspace, limit, as_json=as_json))
    )


async def _listed(
    settings: Settings, wanted: Wanted, workspace: str | None, limit: int, *, as_json: bool
) -> str:
    async with desk(settings) as found:
        key = found.workspace(workspace)
        if key is not None:
            wanted = replace(wanted, instance=key.instance, workspace_id=key.id)
        shelf = await found.letters.shelf(wanted, limit)
        if as_json:
            return json.dumps(shelf_json(shelf), ensure_ascii=False)
        return shelf_text(shelf, found.names, wanted.state)


list = list_  # the word on the command line is the name of the function
