"""`bisonwatch backfill`: a window of history, read once; run again and it goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime

import click

from bisonwatch.cli import backfill_desk, runs_desk
from bisonwatch.cli.choosing import Known, chosen
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of, watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.backfill import Haste, Order
from bisonwatch.domain.run import Job, Part
from bisonwatch.engine import backfilling
from bisonwatch.errors import CallError
from bisonwatch.store import runs, workspaces
from bisonwatch.store.database import Database

PARTS = (Part.SENDS, Part.REPLIES, Part.METRICS)


@click.command()
@click.argument("wanted", metavar="[WORKSPACE...]", nargs=-1)
@click.option("--from", "first", metavar="DAY", required=True, help="The first day, such as 2025-11-22.")
@click.option("--to", "last", metavar="DAY", help="The last day; without it today.")
@click.option("--all", "everything", is_flag=True, help="Every workspace; also where none is named.")
@click.option("--only", metavar="PARTS", help=f"{', '.join(PARTS)}; several with commas.")
@click.option(
    "--pace",
    type=click.Choice([haste.value for haste in Haste]),
    default=Haste.OFF_PEAK.value,
    show_default=True,
    help="off-peak: `sync.backfill_rate` requests a second; full: what the key allows.",
)
@click.option("--anew", is_flag=True, help="Read days again that were read before.")
@click.option("--wait", is_flag=True, help="Wait for the end, with progress; exit 1 when a run failed.")
@click.pass_context
def backfill(
    ctx: click.Context,
    wanted: tuple[str, ...],
    first: str,
    last: str | None,
    everything: bool,
    only: str | None,
    pace: str,
    anew: bool,
    wait: bool,
) -> None:
    """Read months of history once. A living engine does it; where none lives, this command does. Run again, it goes on where it stopped.

    Example: bisonwatch backfill --from 2025-11-22 main/12 --wait
    """
    settings = watched(settings_of(config_of(ctx)))
    today = datetime.now(UTC).date()
    order = _order(settings, _day("--from", first), _day("--to", last) if last else today, today, pace)
    asking = _Asking(settings, order, _parts(only), anew=anew, wait=wait or sys.stdout.isatty())
    ctx.exit(asyncio.run(asking.ask(wanted, everything or not wanted)))


def _day(option: str, word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as problem:
        raise CallError(f"{option} takes a day such as 2025-11-22, not '{word}'") from problem


def _order(settings: Settings, first: date, last: date, today: date, pace: str) -> Order:
    order = Order(first, last, Haste(pace))
    order.check(today, settings.retention.events, ("--from", "--to"))
    return order


def _parts(only: str | None) -> tuple[Part, ...]:
    words = [word.strip() for word in (only or "").split(",") if word.strip()]
    for word in words:
        if word in tuple(Part) and word not in PARTS:
            raise CallError(
                f"{word} have no history: `bisonwatch resync --only {word}` reads them as they are"
            )
        if word not in PARTS:
            raise CallError(f"--only takes {', '.join(PARTS)}, not '{word}'")
    return tuple(Part(word) for word in words)


class _Asking:
    def __init__(
        self, settings: Settings, order: Order, parts: tuple[Part, ...], *, anew: bool, wait: bool
    ) -> None:
        self._settings = settings
        self._order = order
        self._parts = parts
        self._anew = anew
        self._wait = wait

    async def ask(self, wanted: Sequence[str], everything: bool) -> int:
        async with opened(self._settings) as database:
            async with database.read() as tx:
                known = sorted((await workspaces.names(tx)).items())
            targets = chosen(wanted, everything, known)
            if everything:
                targets = await backfilling.old_enough(database, targets, self._order)
            await backfilling.check(database, targets, self._order, "--to")
            alone = not await runs_desk.engine_lives(database)
            await backfilling.clear(database, [key for key, _ in targets], anew=self._anew, alone=alone)
            return await self._do(database, targets, alone=alone)

    async def _do(self, database: Database, targets: Known, *, alone: bool) -> int:
        keys = [key for key, _ in targets]
        asked = runs_desk.asked(Job.BACKFILL, keys, database, self._parts, self._order)
        names = {run.id: f"{key} {name}" for run, (key, name) in zip(asked, targets, strict=True)}
        if alone:
            click.echo(runs_desk.ALONE)
            code = await runs_desk.do(self._settings, database, asked, names)
        else:
            async with database.write() as tx:
                await runs.queue(tx, asked)
            if not self._wait:
                count = "1 run" if len(asked) == 1 else f"{len(asked):,} runs"
                click.echo(f"queued {count}; `bisonwatch runs list` or the terminal shows them")
                return 0
            code = await runs_desk.follow(database, names)
        for line in await backfill_desk.told(database, targets, self._order):
            click.echo(line)
        return code
