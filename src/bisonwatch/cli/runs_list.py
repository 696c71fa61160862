"""`bisonwatch runs list`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from bisonwatch.cli.looking import opened
from bisonwatch.cli.runs_text import runs_text
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.cli.when import moment_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.history import Place, Standing, Wish, run_json
from bisonwatch.domain.ids import WorkspaceKey, resolve
from bisonwatch.domain.run import Job, Outcome, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.engine.history import History
from bisonwatch.store import workspaces

STANDINGS: dict[str, Standing] = {
    **{one.value: one for one in Outcome},
    **{one.value: one for one in (RunState.QUEUED, RunState.RUNNING)},
}


@dataclass(frozen=True, slots=True)
class Call:
    """What a person asked for."""

    jobs: tuple[str, ...]
    workspace: str | None
    outcomes: tuple[str, ...]
    since: str | None
    text: tuple[str, ...]
    everything: bool
    limit: int
    as_json: bool


@click.command("list")
@click.option("--job", "jobs", multiple=True, type=click.Choice([job.value for job in Job]), metavar="JOB",
              help="Only runs of this job; may be given several times.")  # fmt: skip
@click.option("--workspace", metavar="WORKSPACE", help="Only runs of one workspace.")
@click.option("--outcome", "outcomes", multiple=True, type=click.Choice(list(STANDINGS)),
              help="Only runs that ended, or stand, so; may be given several times.")  # fmt: skip
@click.option(
    "--since", metavar="WHEN", help="Only runs asked for since: `24h`, `3d`, a day, or a moment (UTC)."
)
@click.option(
    "--text", multiple=True, metavar="TEXT", help="Only runs that say this: who asked, the error, a name."
)
@click.option(
    "--all", "everything", is_flag=True, help="Scheduled runs without a fault too; there are thousands a day."
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def list_(
    ctx: click.Context,
    jobs: tuple[str, ...],
    workspace: str | None,
    outcomes: tuple[str, ...],
    since: str | None,
    text: tuple[str, ...],
    everything: bool,
    limit: int,
    as_json: bool,
) -> None:
    """What is queued and running, then what is over, the newest first. What went well by the schedule is left out, unless its job or outcome is named.

    Example: bisonwatch runs list --job accounts --since 24h --json
    """
    call = Call(jobs, workspace, outcomes, since, text, everything, limit, as_json)
    click.echo(asyncio.run(_listed(settings_of(config_of(ctx)), call)))


async def _listed(settings: Settings, call: Call) -> str:
    async with opened(settings) as database:
        async with database.read() as tx:
            names = await workspaces.names(tx)
        now = database.clock.now()
        key = None if call.workspace is None else resolve(call.workspace, names.items())
        wish = _wish(call, key, now)
        history = History(database)
        rows, more = await _rows(history, wish, call.limit)
    if call.as_json:
        return json.dumps({"items": [run_json(row) for row in rows], "more": more}, ensure_ascii=False)
    return runs_text(rows, now, more=more, folded=wish.folds)


async def _rows(history: History, wish: Wish, limit: int) -> tuple[Sequence[RunRow], bool]:
    """Those that are open, the newest of the others, and whether there may be more."""
    rows = [*await history.open(wish)]
    place: Place | None = None
    while len(rows) < limit:
        page = await history.page(wish, place, limit - len(rows))
        rows += page.rows
        if page.next is None:
            return rows, False
        place = page.next
    return rows[:limit], True


def _wish(call: Call, workspace: WorkspaceKey | None, now: datetime) -> Wish:
    return Wish(
        jobs=frozenset(map(Job, call.jobs)) or None,
        standings=frozenset(STANDINGS[word] for word in call.outcomes) or None,
        workspace=workspace,
        since=None if call.since is None else moment_of(call.since, now),
        words=call.text,
        everything=call.everything,
    )


list = list_  # the word on the command line is the name of the function
