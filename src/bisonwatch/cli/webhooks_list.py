"""`bisonwatch webhooks list`."""

from __future__ import annotations

import asyncio
from datetime import datetime

import click

from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.cli.webhooks_desk import Asked, Desk, Told, each, masked
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.subscription import Standing
from bisonwatch.store import subscriptions
from bisonwatch.sync.subscriptions import Listed


@click.command("list")
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace, as without a name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def list_(ctx: click.Context, wanted: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Every subscription of the workspaces (all of them without a name), ours marked, and what is wrong with ours.

    Example: bisonwatch webhooks list main/12
    """
    asked = Asked(wanted, everything or not wanted, as_json)
    ctx.exit(asyncio.run(each(settings_of(config_of(ctx)), asked, _list)))


async def _list(desk: Desk, key: WorkspaceKey) -> Told:
    found = await desk.subscriptions.list(key)
    async with desk.database.read() as tx:
        standing = await subscriptions.get(tx, key) or Standing(key)
    lines = [_line(item) for item in found]
    if not any(item.ours for item in found):
        lines.append("no subscription leads here: nothing is pushed, this workspace is only polled")
    if standing.remark:
        lines.append(standing.remark)
    return Told(lines, _members(found, standing))


def _line(item: Listed) -> str:
    whose = "ours " if item.ours else "other"
    types = len(item.subscription.events)
    return f"{whose} {item.subscription.id:>6} {types:>2} {'type ' if types == 1 else 'types'}  {masked(item.subscription.url, ours=item.ours)}"


def _members(found: tuple[Listed, ...], standing: Standing) -> dict[str, object]:
    look = standing.look
    return {
        "state": look.state.value if look else None,
        "since": _iso(standing.since),
        "wrong": look.wrong if look else None,
        "canary": {
            "arrived_at": _iso(standing.canary_arrived_at),
            "failed_since": _iso(standing.canary_failed_since),
            "error": standing.canary_error,
        },
        "subscriptions": [
            {
                "id": item.subscription.id,
                "ours": item.ours,
                "url": masked(item.subscription.url, ours=item.ours),
                "types": [*item.subscription.events],
            }
            for item in found
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


list = list_  # the word on the command line is the name of the function
