"""`bisonwatch webhooks register`."""

from __future__ import annotations

import asyncio

import click

from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.cli.webhooks_desk import Asked, Desk, Told, each
from bisonwatch.domain.ids import WorkspaceKey


@click.command()
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def register(ctx: click.Context, wanted: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Make sure the provider sends us all its events; doing it twice changes nothing, others' subscriptions are never touched.

    Example: bisonwatch webhooks register --all
    """
    asked = Asked(wanted, everything, as_json)
    ctx.exit(asyncio.run(each(settings_of(config_of(ctx)), asked, _register)))


async def _register(desk: Desk, key: WorkspaceKey) -> Told:
    result = await desk.subscriptions.register(key)
    number, types = result.subscription.id, result.subscription.events
    spare = [item.id for item in result.spare]
    lines = [f"{result.change.value}: subscription {number} with {len(types)} types"]
    lines += [f"spare: subscription {one} has our address too and brings every event twice" for one in spare]
    return Told(lines, {"change": result.change.value, "id": number, "types": list(types), "spare": spare})
