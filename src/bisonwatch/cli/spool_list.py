"""`bisonwatch db spool list`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from bisonwatch.cli.spool_desk import Desk, deliveries, desk, shown
from bisonwatch.domain.clean import clean
from bisonwatch.domain.status import Json, instant
from bisonwatch.store import spool_desk
from bisonwatch.store.spool_desk import Kept, Refusal


@click.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="So many refused at most."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def list_(ctx: click.Context, limit: int, as_json: bool) -> None:
    """For which database deliveries are kept, and which were refused and why, the newest first.

    Example: bisonwatch db spool list
    """
    found = desk(ctx)
    kept, refusals = found.kept(), spool_desk.refusals(found.path, limit)
    if as_json:
        click.echo(json.dumps(_object(found, kept, refusals), ensure_ascii=False))
        return
    click.echo("\n".join(_lines(found, kept, refusals)))


def _lines(found: Desk, kept: Sequence[Kept], refusals: Sequence[Refusal]) -> Iterator[str]:
    if not kept:
        yield f"the spool {found.path} holds nothing"
    for one in kept:
        ours = " (this database.url)" if one.mirror == found.ours else ""
        yield (
            f"{deliveries(one.count)} for {shown(one.mirror)}{ours}: "
            f"{one.waiting:,} waiting, {one.refused:,} refused, {one.size:,} bytes"
        )
    if any(one.mirror != found.ours for one in kept):
        yield "`bisonwatch db spool adopt MIRROR` hands what is for another mirror over to this database.url"
    yield from map(_line, refusals)


def _line(refusal: Refusal) -> str:
    at = f"{refusal.at:%Y-%m-%d %H:%M:%S}" if refusal.at else "?"
    return f"refused {refusal.id}  {at} UTC  {refusal.size:,} bytes  {clean(refusal.reason or '(no reason)')}"


def _object(found: Desk, kept: Sequence[Kept], refusals: Sequence[Refusal]) -> dict[str, Json]:
    return {
        "path": str(found.path),
        "mirrors": [
            {
                "mirror": shown(one.mirror),
                "ours": one.mirror == found.ours,
                "waiting": one.waiting,
                "refused": one.refused,
                "size": one.size,
            }
            for one in kept
        ],
        "refused": [
            {
                "id": one.id,
                "mirror": shown(one.mirror),
                "refused_at": instant(one.at),
                "reason": one.reason and clean(one.reason),
                "size": one.size,
            }
            for one in refusals
        ],
    }


list = list_  # the word on the command line is the name of the function
