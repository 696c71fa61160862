"""`bisonwatch jobs`: what the engine does by itself, when it comes next, and doing it now."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from bisonwatch.cli import runs_desk
from bisonwatch.cli.letters_text import aligned
from bisonwatch.cli.looking import look, opened
from bisonwatch.cli.setup import config_of, settings_of, watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.run import Job
from bisonwatch.domain.snapshot import JobRow
from bisonwatch.domain.status import status_json
from bisonwatch.engine import compose
from bisonwatch.errors import CallError
from bisonwatch.store import runs


@click.group()
def jobs() -> None:
    """What the engine does by itself: polls, readings, the nightly full sync.

    Example: bisonwatch jobs run full
    """


@jobs.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="`jobs` as in `bisonwatch status --json`.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """Every job with its rhythm, its last run and when it comes next.

    Example: bisonwatch jobs list
    """
    ctx.exit(asyncio.run(_list(watched(settings_of(config_of(ctx))), as_json=as_json)))


@jobs.command()
@click.argument("name")
@click.option("--wait", is_flag=True, help="Wait for the end, with progress; exit 1 when it failed.")
@click.pass_context
def run(ctx: click.Context, name: str, wait: bool) -> None:
    """Do a job now, for all workspaces. A living engine does it; where none lives, this command does.

    Example: bisonwatch jobs run full --wait
    """
    settings = watched(settings_of(config_of(ctx)))
    ctx.exit(asyncio.run(_run(settings, name, wait=wait or sys.stdout.isatty())))


async def _list(settings: Settings, *, as_json: bool) -> int:
    async with opened(settings) as database:
        picture = await look(settings, database)
    if as_json:
        click.echo(json.dumps({"jobs": status_json(picture, picture.at)["jobs"]}, ensure_ascii=False))
    else:
        click.echo("\n".join([*aligned([_row(row) for row in picture.jobs]), *_zone(settings)]))
    return 0


def _row(row: JobRow) -> tuple[str, ...]:
    last = "never ran"
    if row.last_at is not None:
        last = f"{row.last_outcome or 'ended'} {row.last_at:%Y-%m-%d %H:%M} UTC"
    coming = f"next {row.next_at:%Y-%m-%d %H:%M} UTC" if row.next_at else "no engine is running"
    return row.name, row.schedule, last, coming


def _zone(settings: Settings) -> list[str]:
    """Moments are UTC everywhere; only cron expressions are not."""
    return [] if settings.timezone == "UTC" else ["", f"cron expressions are read in {settings.timezone}"]


async def _run(settings: Settings, name: str, *, wait: bool) -> int:
    job = _job(settings, name)
    async with opened(settings) as database:
        asked = runs_desk.asked(job, [None], database)
        names = {one.id: job.value for one in asked}
        if not await runs_desk.engine_lives(database):
            click.echo(runs_desk.ALONE)
            return await runs_desk.do(settings, database, asked, names)
        async with database.write() as tx:
            await runs.queue_once(tx, asked[0])
        if wait:
            return await runs_desk.follow(database, names)
        click.echo(f"queued {job.value}; `bisonwatch status` or the terminal shows it")
        return 0


def _job(settings: Settings, name: str) -> Job:
    known = compose.plan_of(settings, compose.tempo_of(settings)).rhythms
    found = next((job for job in known if job.value == name), None)
    if found is None:
        words = ", ".join(job.value for job in known)
        raise CallError(f"there is no job '{name}': {words}")
    return found
