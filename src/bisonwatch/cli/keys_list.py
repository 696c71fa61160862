"""`bisonwatch keys list`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import click

from bisonwatch.cli.keys_ring import Asked, Ring, Served, ring
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings

COLUMNS = ("WORKSPACE", "NAME", "KEY", "KIND", "READS", "CHECKED", "STATE")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """Which key serves which workspace: every key is asked now, and masked; exit 1 when one is of no use.

    Example: bisonwatch keys list
    """
    ctx.exit(asyncio.run(_list(settings_of(config_of(ctx)), as_json=as_json)))


async def _list(settings: Settings, *, as_json: bool) -> int:
    async with ring(settings) as found:
        if as_json:
            click.echo(json.dumps(_object(found), ensure_ascii=False))
        else:
            click.echo("\n".join(_table([_row(one) for one in found.served])))
            for one in found.asked:  # a key that failed before it could say whose it is
                if one.error and one.key.own is None:
                    click.echo(f"bisonwatch: instance {one.instance.name}: {one.error}", err=True)
        return 1 if any(one.error for one in found.asked) else 0


def _row(one: Served) -> tuple[str, ...]:
    name = one.name or f"workspace {one.workspace.id}"
    key = one.key
    if key is None:
        return str(one.workspace), name, "-", "-", "-", "-", one.problem or ""
    reads = f"{key.instance}/{key.reads}" if key.reads else "-"
    checked = f"{key.checked_at:%Y-%m-%d %H:%M:%S} UTC" if key.checked_at else "-"
    good = "switched to it when it is read" if key.switches and key.reads != one.workspace.id else "ok"
    return str(one.workspace), name, key.mask, key.kind.value, reads, checked, one.problem or good


def _table(rows: Sequence[tuple[str, ...]]) -> Sequence[str]:
    lines = [COLUMNS, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]])
        for line in lines
    ]


def _object(found: Ring) -> dict[str, object]:
    return {
        "keys": [_key(one) for one in found.asked],
        "workspaces": [
            {
                "instance": one.workspace.instance,
                "workspace": one.workspace.id,
                "name": one.name or None,
                "key": one.key.mask if one.key else None,
                "served": one.problem is None,
                "problem": one.problem,
            }
            for one in found.served
        ],
    }


def _key(one: Asked) -> dict[str, object]:
    key, at = one.key, one.key.checked_at
    return {
        "instance": one.instance.name,
        "workspace": key.own,
        "key": key.mask,
        "kind": key.kind.value,
        "reads": key.reads,
        "sees": sorted(key.sees or ()),
        "switches": key.switches,
        "checked_at": at.isoformat().replace("+00:00", "Z") if at else None,
        "error": one.error,
    }


list = list_  # the word on the command line is the name of the function
