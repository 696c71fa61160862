"""`bisonwatch cache refresh`."""

from __future__ import annotations

import asyncio
import json

import click

from bisonwatch.cli.cache_desk import Desk, desk
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.clean import clean
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import CallError


@click.command()
@click.argument("words", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--only", metavar="DATASETS", help=f"{', '.join(DatasetName)}; several with commas.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def refresh(ctx: click.Context, words: tuple[str, ...], only: str | None, as_json: bool) -> None:
    """Make datasets now, of all workspaces without a name, and store them. Exit 1 when one could not be made.

    Example: bisonwatch cache refresh main/12 --only kpi,volume
    """
    names = _names(only)
    ctx.exit(asyncio.run(_refresh(settings_of(config_of(ctx)), words, names, as_json=as_json)))


def _names(only: str | None) -> tuple[DatasetName, ...]:
    words = [word.strip().lower() for word in (only or "").split(",") if word.strip()]
    unknown = [word for word in words if word not in tuple(DatasetName)]
    if unknown:
        raise CallError(f"--only takes {', '.join(DatasetName)}, not '{clean(unknown[0])}'")
    return tuple(dict.fromkeys(DatasetName(word) for word in words)) or tuple(DatasetName)


async def _refresh(
    settings: Settings, words: tuple[str, ...], names: tuple[DatasetName, ...], *, as_json: bool
) -> int:
    async with desk(settings, words) as found:
        asked = len(found.wanted) * len(names)
        made = await found.stock.refresh(found.wanted, names)
        failed = _failed(found, names)
    if as_json:
        rows = [
            {"instance": key.instance, "workspace": key.id, "dataset": name.value, "error": error}
            for (key, name), error in failed.items()
        ]
        click.echo(json.dumps({"asked": asked, "made": made, "failed": rows}, ensure_ascii=False))
    else:
        for (key, name), error in failed.items():
            click.echo(f"bisonwatch: {name.value} of {key} {clean(found.names[key])}: {error}", err=True)
        click.echo(f"made {made:,} of {asked:,} datasets{found.soon}")
    return 0 if made == asked else 1


def _failed(found: Desk, names: tuple[DatasetName, ...]) -> dict[tuple[WorkspaceKey, DatasetName], str]:
    keys = [(key, name) for key in found.wanted for name in names]
    return {key: error for key in keys if (error := found.cache.entry(key, None, None).error) is not None}
