"""`bisonwatch runs`: what is queued, running and done, and stopping it."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from uuid import UUID

import click

from bisonwatch.cli import runs_desk
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of, watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.run import Job, Run
from bisonwatch.errors import CallError
from bisonwatch.store import runs as store
from bisonwatch.store.database import Database


@click.group()
def runs() -> None:
    """What is queued, running and done.

    Example: bisonwatch runs list
    """


@runs.command(name="list")
@click.option("--job", metavar="NAME", help="Only runs of this job, such as backfill.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Finished ones.")
@click.option("--json", "as_json", is_flag=True, help="`runs`: the same as objects.")
@click.pass_context
def list_(ctx: click.Context, job: str | None, limit: int, as_json: bool) -> None:
    """Queued and running ones, oldest first, then the newest finished ones.

    Example: bisonwatch runs list --job backfill
    """
    settings = watched(settings_of(config_of(ctx)))
    ctx.exit(asyncio.run(_list(settings, _job(job), limit, as_json=as_json)))


@runs.command()
@click.argument("wanted", metavar="[RUN...]", nargs=-1)
@click.option("--job", metavar="NAME", help="Every queued or running run of this job, such as backfill.")
@click.pass_context
def cancel(ctx: click.Context, wanted: tuple[str, ...], job: str | None) -> None:
    """Stop runs: a queued one is over at once, a running one at its next page. What they have read stays.

    Example: bisonwatch runs cancel --job backfill
    """
    if bool(wanted) == (job is not None):
        raise CallError("which runs? name them by their ids, or say --job")
    settings = watched(settings_of(config_of(ctx)))
    ctx.exit(asyncio.run(_cancel(settings, [_id(word) for word in wanted], _job(job))))


def _job(word: str | None) -> Job | None:
    if word is not None and word not in tuple(Job):
        raise CallError(f"there is no job '{word}': {', '.join(Job)}")
    return None if word is None else Job(word)


def _id(word: str) -> UUID:
    try:
        return UUID(word)
    except ValueError as problem:
        raise CallError(f"'{word}' is no run's id; `bisonwatch runs list` shows them") from problem


async def _list(settings: Settings, job: Job | None, limit: int, *, as_json: bool) -> int:
    async with opened(settings) as database:
        now = database.clock.now()
        async with database.read() as tx:
            every = [*await store.open_runs(tx), *await store.recent(tx, 1000 if job else limit)]
    found = [run for run in every if job in (None, run.job)]
    over = [run for run in found if run.over][:limit]
    shown = [run for run in found if not run.over] + over
    if as_json:
        click.echo(json.dumps({"runs": [_json(run) for run in shown]}, ensure_ascii=False))
    else:
        click.echo("\n".join(_line(run, now) for run in shown) or "none")
    return 0


def _line(run: Run, now: datetime) -> str:
    days = f" {run.order.first} to {run.order.last}" if run.order else ""
    return f"{run.id}  {run.job.value:<12} {run.workspace or 'all'!s:<12}{days} {runs_desk.line_of(run, now)}"


def _json(run: Run) -> dict[str, object]:
    tally, at = run.tally, {"queued": run.queued_at, "started": run.started_at, "finished": run.finished_at}
    return {
        "id": str(run.id),
        "job": run.job.value,
        "workspace": str(run.workspace) if run.workspace else None,
        "from": run.order.first.isoformat() if run.order else None,
        "to": run.order.last.isoformat() if run.order else None,
        "state": run.state.value,
        "outcome": run.outcome.value if run.outcome else None,
        **{f"{name}_at": moment.isoformat() if moment else None for name, moment in at.items()},
        "done": tally.done,
        "total": tally.total,
        "rows_read": tally.rows_read,
        "requests": tally.requests,
        "error": run.error,
    }


async def _cancel(settings: Settings, wanted: list[UUID], job: Job | None) -> int:
    async with opened(settings) as database:
        if job is not None:
            async with database.read() as tx:
                wanted = [run.id for run in await store.open_runs(tx) if run.job is job]
        stopped = [run for run in wanted if await _stop(database, run)]
    late = len(wanted) - len(stopped)
    click.echo(f"stopped {len(stopped)}" + (f"; {late} were over already, or never were" if late else ""))
    return 1 if late and not stopped else 0


async def _stop(database: Database, run: UUID) -> bool:
    async with database.write() as tx:
        return await store.ask_cancel(tx, run, database.clock.now())
