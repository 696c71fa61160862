"""`bisonwatch webhooks remove`."""

from __future__ import annotations

import asyncio

import click

from bisonwatch.cli.consent import agreed
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.cli.webhooks_desk import Asked, Desk, Told, each
from bisonwatch.domain.ids import WorkspaceKey


@click.command()
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def remove(ctx: click.Context, wanted: tuple[str, ...], everything: bool, yes: bool, as_json: bool) -> None:
    """Take our subscriptions away: the workspaces are only polled from then on. Others' subscriptions are never touched.

    Example: bisonwatch webhooks remove main/12
    """
    settings = settings_of(config_of(ctx))
    whose = "every workspace" if everything else ", ".join(wanted)
    question = f"take our webhook subscription away from {whose}, which is only polled then?"
    if whose and not agreed(question, yes=yes):
        ctx.exit(1)
    ctx.exit(asyncio.run(each(settings, Asked(wanted, everything, as_json), _remove)))


async def _remove(desk: Desk, key: WorkspaceKey) -> Told:
    removed = await desk.subscriptions.remove(key)
    words = {0: "nothing of ours was there", 1: "removed"}.get(removed, f"removed {removed} subscriptions")
    return Told([words], {"removed": removed})
