"""`bisonwatch resync`: the same command as the terminal's key."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import click

from bisonwatch.cli import runs_desk
from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of, watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.run import Job, Part
from bisonwatch.errors import CallError
from bisonwatch.store import runs, workspaces


@click.command()
@click.argument("wanted", metavar="WORKSPACE...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace.")
@click.option("--only", metavar="PARTS", help=f"{', '.join(Part)}; several with commas.")
@click.option("--wait", is_flag=True, help="Wait for the end, with progress; exit 1 when a run failed.")
@click.pass_context
def resync(
    ctx: click.Context, wanted: tuple[str, ...], everything: bool, only: str | None, wait: bool
) -> None:
    """Read workspaces anew from the provider. A living engine does it; where none lives, this command does.

    Example: bisonwatch resync main/12 --only leads,accounts --wait
    """
    settings = watched(settings_of(config_of(ctx)))
    ctx.exit(
        asyncio.run(_resync(settings, wanted, everything, _parts(only), wait=wait or sys.stdout.isatty()))
    )


def _parts(only: str | None) -> tuple[Part, ...]:
    words = [word.strip() for word in (only or "").split(",") if word.strip()]
    unknown = [word for word in words if word not in tuple(Part)]
    if unknown:
        raise CallError(f"--only takes {', '.join(Part)}, not '{unknown[0]}'")
    return tuple(Part(word) for word in words)


async def _resync(
    settings: Settings, wanted: Sequence[str], everything: bool, parts: tuple[Part, ...], *, wait: bool
) -> int:
    async with opened(settings) as database:
        async with database.read() as tx:
            known = sorted((await workspaces.names(tx)).items())
        targets = chosen(wanted, everything, known)
        asked = runs_desk.asked(Job.RESYNC, [key for key, _ in targets], database, parts)
        names = {run.id: f"{key} {name}" for run, (key, name) in zip(asked, targets, strict=True)}
        if not await runs_desk.engine_lives(database):
            click.echo(runs_desk.ALONE)
            return await runs_desk.do(settings, database, asked, names)
        async with database.write() as tx:
            await runs.queue(tx, asked)
        if not wait:
            count = "1 run" if len(asked) == 1 else f"{len(asked):,} runs"
            click.echo(f"queued {count}; `bisonwatch status` or the terminal shows them")
            return 0
        return await runs_desk.follow(database, names)
