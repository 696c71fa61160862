"""`bisonwatch resync`: the same command as the terminal's key."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from bisonwatch.bus import Bus
from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of, watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState
from bisonwatch.engine import compose
from bisonwatch.errors import CallError
from bisonwatch.store import nodes, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.sync.providers import connected

LOOK_S = 0.5


@click.command()
@click.argument("wanted", metavar="WORKSPACE...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace.")
@click.option("--only", metavar="PARTS", help="leads, accounts, metrics; several with commas.")
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
            alive = any(node.alive(database.clock.now()) for node in await nodes.recent(tx))
        targets = chosen(wanted, everything, known)
        asked = _asked([key for key, _ in targets], parts, database.clock.now())
        names = {run.id: f"{key} {name}" for run, (key, name) in zip(asked, targets, strict=True)}
        if not alive:
            click.echo("no engine is running on this database: this command does it itself")
            return await _do(settings, database, asked, names)
        async with database.write() as tx:
            await runs.queue(tx, asked)
        if not wait:
            count = "1 run" if len(asked) == 1 else f"{len(asked):,} runs"
            click.echo(f"queued {count}; `bisonwatch status` or the terminal shows them")
            return 0
        return await _follow(database, names)


def _asked(keys: Sequence[WorkspaceKey], parts: tuple[Part, ...], now: datetime) -> list[Run]:
    return [Run(uuid7(now), Job.RESYNC, key, parts, "command line", RunState.QUEUED, now) for key in keys]


async def _taken(database: Database, asked: Sequence[Run]) -> list[Run]:
    """Queued and taken at once. What waited already is an engine's work: it is out of the way meanwhile, and waits again after."""
    now, me, nobody = database.clock.now(), uuid7(database.clock.now()), uuid7(database.clock.now())
    async with database.write() as tx:
        await runs.take(tx, nobody, now, [run.id for run in await runs.open_runs(tx)])
        await runs.queue(tx, asked)
        taken = await runs.take(tx, me, now, [run.id for run in asked])
        await runs.give_back(tx, nobody)
    return taken


async def _do(settings: Settings, database: Database, asked: Sequence[Run], names: dict[UUID, str]) -> int:
    clock = database.clock
    providers = connected(settings.instances, clock, timeout=settings.sync.timeout, database=database)
    crew = compose.crew_of(settings, database, providers, clock, Bus(), compose.tempo_of(settings))
    working = [asyncio.create_task(crew.recorder.run(run)) for run in await _taken(database, asked)]
    try:
        return await _follow(database, names)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await providers.close()


async def _follow(database: Database, names: dict[UUID, str]) -> int:
    """One line per change, until all are over."""
    told: dict[UUID, str] = {}
    waiting, failed = set(names), 0
    while waiting:
        async with database.read() as tx:
            found = [run for number in sorted(waiting) if (run := await runs.get(tx, number))]
        for run in found:
            line = _line(run)
            if told.get(run.id) != line:
                told[run.id] = line
                click.echo(f"{names[run.id]}: {line}")
            if run.over:
                waiting.discard(run.id)
                failed += run.outcome is not Outcome.SUCCESS
        await asyncio.sleep(LOOK_S if waiting else 0)
    return 1 if failed else 0


def _line(run: Run) -> str:
    tally = run.tally
    if run.state is RunState.QUEUED:
        return "queued"
    if not run.over:
        far = f" of {tally.total:,} ({tally.done / tally.total:.0%})" if tally.total else ""
        return f"{tally.done:,}{far} rows, {tally.requests:,} requests"
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0.0
    ended = f"{run.outcome.value if run.outcome else 'ended'} in {took:.1f} s"
    rows = (
        f"{tally.rows_read:,} rows read, {tally.rows_written:,} written, {tally.rows_unchanged:,} unchanged"
    )
    return f"{ended}: {rows}, {tally.requests:,} requests" + (f"; {run.error}" if run.error else "")
