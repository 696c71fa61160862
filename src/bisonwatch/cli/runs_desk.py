"""Runs that a command asks for: a living engine takes them; where none lives, the command does them itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import click

from bisonwatch.bus import Bus
from bisonwatch.config.settings import Settings
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState
from bisonwatch.engine import compose, crews
from bisonwatch.engine.logbook import EVERY_S as LOGBOOK_S
from bisonwatch.engine.logbook import Logbook
from bisonwatch.engine.loops import every
from bisonwatch.errors import LeaseLost
from bisonwatch.metrics import Metrics
from bisonwatch.store import nodes, runs
from bisonwatch.store.database import Database
from bisonwatch.sync.providers import connected

ASKED_BY = "command line"
LOOK_S = 0.5
ALONE = "no engine is running on this database: this command does it itself"


def asked(
    job: Job,
    keys: Sequence[WorkspaceKey | None],
    database: Database,
    parts: tuple[Part, ...] = (),
    order: Order | None = None,
) -> list[Run]:
    """A run for each, as it enters the queue; None is for all workspaces."""
    now = database.clock.now()
    return [Run(uuid7(now), job, key, parts, ASKED_BY, RunState.QUEUED, now, order=order) for key in keys]


async def engine_lives(database: Database) -> bool:
    async with database.read() as tx:
        return any(node.alive(database.clock.now()) for node in await nodes.recent(tx))


def _left(run: Run, now: datetime) -> str:
    """How long it still takes at the pace so far; nothing while that cannot be told."""
    tally = run.tally
    if not tally.total or not tally.done or run.started_at is None or tally.done >= tally.total:
        return ""
    spent = (now - run.started_at).total_seconds()
    minutes = round(spent * (tally.total - tally.done) / tally.done / 60)
    if minutes < 1:
        return ", less than a minute left"
    return f", about {minutes} min left" if minutes < 100 else f", about {round(minutes / 60)} h left"


async def taken(database: Database, asked: Sequence[Run]) -> list[Run]:
    """Queued and taken at once. What waited already is an engine's work: it is out of the way meanwhile, and waits again after."""
    now, me, nobody = database.clock.now(), uuid7(database.clock.now()), uuid7(database.clock.now())
    async with database.write() as tx:
        await runs.take(tx, nobody, now, [run.id for run in await runs.open_runs(tx)])
        await runs.queue(tx, asked)
        taken = await runs.take(tx, me, now, [run.id for run in asked])
        await runs.give_back(tx, nobody)
    return taken


async def do(
    settings: Settings, database: Database, asked: Sequence[Run], names: dict[UUID, str], *, err: bool = False
) -> int:
    """In this process, where no engine lives; 1 when a run failed."""
    clock, metrics = database.clock, Metrics()
    providers = connected(
        settings.instances, clock, timeout=settings.sync.timeout, database=database, metrics=metrics
    )
    logbook = Logbook(database, clock, metrics)
    crew = crews.crew_of(settings, database, providers, clock, Bus(), compose.tempo_of(settings))
    gate = asyncio.Semaphore(settings.sync.concurrency)

    async def work(run: Run) -> None:
        async with gate:
            await crew.recorder.run(run)

    mine = await taken(database, asked)
    keeping = every(logbook.once, LOGBOOK_S, clock, "keeping the API log")
    working = [asyncio.create_task(each) for each in (keeping, *map(work, mine))]
    try:
        return await follow(database, names, err=err)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await providers.close()
        await logbook.close()
        await cancel_open(database, mine)


async def cancel_open(database: Database, mine: Sequence[Run]) -> None:
    """What is not over when the command ends (Ctrl-C) has nobody who does it, unless an engine has started meanwhile and took it."""
    for run in mine:
        with suppress(LeaseLost):
            async with database.write() as tx:
                known = await runs.get(tx, run.id)
                if known is not None and not known.over:
                    await runs.finish(tx, run, Outcome.CANCELLED, known.tally, None, database.clock.now())


async def follow(database: Database, names: dict[UUID, str], *, err: bool = False) -> int:
    """One line per change (on stderr with `err`), until all are over; 1 when a run failed."""
    told: dict[UUID, str] = {}
    waiting, failed = set(names), 0
    while waiting:
        async with database.read() as tx:
            found = [run for number in sorted(waiting) if (run := await runs.get(tx, number))]
        for run in found:
            line = line_of(run, database.clock.now())
            if told.get(run.id) != line:
                told[run.id] = line
                click.echo(f"{names[run.id]}: {line}", err=err)
            if run.over:
                waiting.discard(run.id)
                failed += run.outcome is not Outcome.SUCCESS
        await asyncio.sleep(LOOK_S if waiting else 0)
    return 1 if failed else 0


def line_of(run: Run, now: datetime) -> str:
    tally = run.tally
    if run.state is RunState.QUEUED:
        return "queued"
    if not run.over:
        far = f" of {tally.total:,} ({tally.done / tally.total:.0%})" if tally.total else ""
        return f"{tally.done:,}{far} rows, {tally.requests:,} requests{_left(run, now)}"
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0.0
    ended = f"{run.outcome.value if run.outcome else 'ended'} in {took:.1f} s"
    rows = (
        f"{tally.rows_read:,} rows read, {tally.rows_written:,} written, {tally.rows_unchanged:,} unchanged"
    )
    return f"{ended}: {rows}, {tally.requests:,} requests" + (f"; {run.error}" if run.error else "")
