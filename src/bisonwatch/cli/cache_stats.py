"""`bisonwatch cache stats`."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import click

from bisonwatch.cli.cache_desk import desk
from bisonwatch.cli.letters_text import aligned
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.cached import CacheEntry, CacheStats, stats_json
from bisonwatch.domain.clean import clean
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey

_HEAD = ("WORKSPACE", "DATASET", "AGE", "FRESHNESS", "HIT 1H", "HIT 24H", "PREFETCH", "READ 24H", "FAILED")


@click.command()
@click.argument("words", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def stats(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """How old each stored dataset is, and how well readers were answered in the last hour and day. As it is written: a minute behind.

    Example: bisonwatch cache stats main/12
    """
    ctx.exit(asyncio.run(_stats(settings_of(config_of(ctx)), words, as_json=as_json)))


async def _stats(settings: Settings, words: tuple[str, ...], *, as_json: bool) -> int:
    async with desk(settings, words) as found:
        await found.stock.look()
        told = await found.stock.stats([(key, name) for key in found.wanted for name in DatasetName])
    if as_json:
        click.echo(json.dumps(stats_json(told, found.names), ensure_ascii=False))
        return 0
    rows = [_row(entry, found.names[entry.workspace], told.at) for entry in told.entries]
    click.echo("\n".join([_head(told), "", *aligned([_HEAD, *rows], right=(2, 4, 5, 6, 7, 8))]))
    return 0


def _head(told: CacheStats) -> str:
    kept = f"{told.kept:,} of {len(told.entries):,} datasets are stored and under an hour old"
    return f"{kept}; {_told(told.hour)} in the last hour, {_told(told.day)} in 24 h"


def _told(counts: CacheCounts) -> str:
    if counts.hit_rate is None:
        return "nothing was read"
    return f"{counts.hits + counts.misses:,} read, {counts.hit_rate:.1%} without waiting"


def _row(entry: CacheEntry, name: str, now: datetime) -> tuple[str, ...]:
    return (
        _whose(entry.workspace, name),
        entry.name.value,
        "-" if entry.made_at is None else f"{max(0, int((now - entry.made_at).total_seconds())):,}s",
        "none" if entry.made_at is None else entry.freshness.value.replace("_", " "),
        _share(entry.hour.hit_rate),
        _share(entry.day.hit_rate),
        _share(entry.day.prefetch_rate),
        f"{entry.day.hits + entry.day.misses:,}",
        f"{entry.day.failed:,}",
    )


def _whose(key: WorkspaceKey, name: str) -> str:
    return f"{key} {clean(name)}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
