"""`bisonwatch runs cancel`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import click

from bisonwatch.cli.consent import agreed
from bisonwatch.cli.looking import opened
from bisonwatch.cli.runs_desk import engine_lives
from bisonwatch.cli.runs_text import whose
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.history import Standing, Wish
from bisonwatch.domain.ids import resolve
from bisonwatch.domain.letter import id_range
from bisonwatch.domain.run import Job, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.engine.history import History
from bisonwatch.errors import CallError
from bisonwatch.store import runs, workspaces
from bisonwatch.store.database import Database

ALONE = "; no engine is running here, so it ends when one starts, unless a command is doing it"


@dataclass(frozen=True, slots=True)
class Call:
    """Which runs a command was called for."""

    words: tuple[str, ...]
    queued: bool
    everything: bool
    job: str | None
    workspace: str | None
    yes: bool

    def __post_init__(self) -> None:
        said = self.queued or self.everything
        if self.words and said:
            raise CallError("name runs, or say --queued or --all, not both")
        if not self.words and not said:
            raise CallError("which runs? give their ids, or say --queued or --all")
        if self.words and (self.job or self.workspace):
            raise CallError("--job and --workspace go with --queued or --all")

    @property
    def standings(self) -> frozenset[Standing]:
        waiting = frozenset[Standing]((RunState.QUEUED,))
        return waiting | {RunState.RUNNING} if self.everything else waiting


@click.command()
@click.argument("words", metavar="[ID]...", nargs=-1)
@click.option("--queued", is_flag=True, help="All that wait for their turn.")
@click.option("--all", "everything", is_flag=True, help="All that wait, and all that run.")
@click.option(
    "--job", type=click.Choice([job.value for job in Job]), metavar="JOB", help="Only those of this job."
)
@click.option("--workspace", metavar="WORKSPACE", help="Only those of one workspace.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def cancel(
    ctx: click.Context,
    words: tuple[str, ...],
    queued: bool,
    everything: bool,
    job: str | None,
    workspace: str | None,
    yes: bool,
) -> None:
    """Take runs out of the queue; one that runs stops at its next page. What was read stays. Exit 1 when one was over already.

    Example: bisonwatch runs cancel 019a4c5e-77b0
    """
    call = Call(words, queued, everything, job, workspace, yes)
    ctx.exit(asyncio.run(_cancel(settings_of(config_of(ctx)), call)))


async def _cancel(settings: Settings, call: Call) -> int:
    async with opened(settings) as database:
        if call.words:
            found, wrong = await _named(database, call.words)
        else:
            found, wrong = await _waiting(database, call), []
            if not found:
                click.echo("no such run is open" if call.everything else "no such run is queued")
                return 0
            if not agreed(f"cancel {_counted(found, call)}?", yes=call.yes):
                return 0
        failed = sum(
            [await _stopped(database, row, only_queued=call.queued and not call.everything) for row in found]
        )
    for error in wrong:
        click.echo(f"bisonwatch: {error}", err=True)
    return 1 if failed or wrong else 0


async def _named(database: Database, words: Sequence[str]) -> tuple[list[RunRow], list[CallError]]:
    """Each once, and what is wrong with the other words. Raises CallError for what is no id."""
    for word in words:
        id_range(word, "run")
    found: dict[object, RunRow] = {}
    wrong: list[CallError] = []
    for word in words:
        try:
            row = await History(database).find(word)
            found[row.run.id] = row
        except CallError as error:
            wrong.append(error)
    return list(found.values()), wrong


async def _waiting(database: Database, call: Call) -> list[RunRow]:
    async with database.read() as tx:
        names = await workspaces.names(tx)
    wish = Wish(
        jobs=frozenset((Job(call.job),)) if call.job else None,
        standings=call.standings,
        workspace=None if call.workspace is None else resolve(call.workspace, names.items()),
    )
    return list(await History(database).open(wish))


async def _stopped(database: Database, row: RunRow, *, only_queued: bool) -> bool:
    """Say what became of it; True when nothing could."""
    what = f"{row.run.job.value} of {whose(row)}"
    now = database.clock.now()
    async with database.write() as tx:
        found = await runs.get(tx, row.run.id)
        state = found.state if found else RunState.DONE
        begun = state is not RunState.QUEUED
        stopping = not (only_queued and begun) and await runs.ask_cancel(tx, row.run.id, now)
    if not begun:
        click.echo(f"{what}: cancelled before it began")
    elif stopping:
        alone = "" if await engine_lives(database) else ALONE
        click.echo(f"{what}: asked to stop{alone}")
    elif only_queued:
        click.echo(f"{what}: has begun meanwhile, and is left to run")
    else:
        click.echo(f"bisonwatch: {what}: it was over already", err=True)
        return True
    return False


def _counted(found: Sequence[RunRow], call: Call) -> str:
    which = "open" if call.everything else "queued"
    return f"1 {which} run" if len(found) == 1 else f"{len(found):,} {which} runs"
