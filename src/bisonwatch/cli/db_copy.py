"""`bisonwatch db copy`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import click

from bisonwatch.cli.copy_progress import CopyProgress
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.clock import SystemClock
from bisonwatch.config.secrets import DatabaseUrl
from bisonwatch.config.settings import Settings
from bisonwatch.engine import compose
from bisonwatch.errors import CallError, ConfigError, StartError
from bisonwatch.store import copy as copying
from bisonwatch.store import copy_itself, migrate
from bisonwatch.store import copy_standing as standing
from bisonwatch.store.copy import Outcome, Told
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place

Work = Callable[[Database, Database, Told], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one call, and where this node's spool is."""

    replace: bool
    verify_only: bool
    yes: bool
    as_json: bool
    spool: Path


@click.command()
@click.option(
    "--to",
    "url",
    metavar="URL",
    required=True,
    help="The other database; env:NAME keeps its password out of sight.",
)
@click.option("--schema", metavar="NAME", help="Its schema on Postgres; database.schema by default.")
@click.option("--replace", is_flag=True, help="Delete what the target holds and begin anew.")
@click.option("--verify-only", is_flag=True, help="Copy nothing: compare every row of both.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object on stdout.")
@click.pass_context
def copy(
    ctx: click.Context,
    url: str,
    schema: str | None,
    *,
    replace: bool,
    verify_only: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Copy the mirror into another database, SQLite or Postgres, and compare every row.

    Cut off, it goes on where it was: run it again. The source is only read.

    Example: bisonwatch db copy --to postgresql://mirror@db.example/bisonwatch
    """
    settings = settings_of(config_of(ctx))
    place = _place(settings, url, schema)
    asked = Asked(replace, verify_only, yes, as_json, settings.spool.file)
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        code = asyncio.run(_copy(settings, place, asked))
    except KeyboardInterrupt:
        click.echo("\nbisonwatch db copy: cut off; the same command goes on from here", err=True)
        raise
    ctx.exit(code)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _place(settings: Settings, url: str, schema: str | None) -> Place:
    """The target. Raises CallError."""
    try:
        address = DatabaseUrl.parse(url)
    except ValueError as error:
        raise CallError(f"--to: {error}") from None
    changed = {"url": address} | ({"schema_": schema} if schema else {})
    try:
        return compose.place_of(settings.database.model_copy(update=changed))
    except ConfigError as error:
        raise CallError(f"--to: {error}") from None


async def _copy(settings: Settings, place: Place, asked: Asked) -> int:
    async with opened(settings) as source:
        _reachable(place, asked)
        copy_itself.refuse_alike(source.place, place)
        target = Database(place, SystemClock())
        try:
            outcome = await (_verify if asked.verify_only else _carry_over)(source, target, asked)
        finally:
            await target.close()
        _tell(outcome, source.place, place, asked)
        return 1 if outcome.differences else 0


def _reachable(target: Place, asked: Asked) -> None:
    """Raises CallError, or StartError where a copy would make folders that nobody asked for."""
    if target.file is None:
        return
    if asked.verify_only and not target.file.exists():
        raise CallError(f"there is no {target.file} to compare with")
    if not target.file.parent.is_dir():
        raise StartError(f"{target.file} cannot be written: there is no folder {target.file.parent}")


async def _verify(source: Database, target: Database, _asked: Asked) -> Outcome:
    migrate.check(await migrate.state(target), target.place.shown)
    return await _shown(copying.verify, source, target)


async def _carry_over(source: Database, target: Database, asked: Asked) -> Outcome:
    await copying.prepare(target)
    await copy_itself.refuse_one(source, target)
    found = await standing.standing(source, target)
    standing.refuse(found, replace=asked.replace)
    dangers = standing.warnings(found, replace=asked.replace)
    _agreed([*dangers, *standing.spooled(asked.spool, source.place)], asked)
    standing.refuse(await standing.standing(source, target), replace=asked.replace)  # answers take their time
    resumes = found.resumes and not asked.replace
    if resumes:
        click.echo(f"going on with an unfinished copy of {found.source}", err=True)
    return await _shown(partial(copying.copy, anew=not resumes), source, target)


def _agreed(warnings: Sequence[str], asked: Asked) -> None:
    """Raises Abort when a person says no, CallError when nobody can be asked."""
    for warning in warnings:
        if asked.yes:
            click.echo(f"bisonwatch db copy: {warning}", err=True)
        elif not sys.stdin.isatty():
            raise CallError(warning, hint="say --yes if that is meant")
        elif not click.confirm(f"{warning}. Go on?", err=True):
            raise click.Abort


async def _shown(work: Work, source: Database, target: Database) -> Outcome:
    progress = CopyProgress(source.clock)
    try:
        return await work(source, target, progress)
    finally:
        progress.end()


def _tell(outcome: Outcome, source: Place, target: Place, asked: Asked) -> None:
    if asked.as_json:
        click.echo(json.dumps(_object(outcome, source, target), ensure_ascii=False))
        return
    if outcome.again:
        click.echo(f"copied again, since the source had changed meanwhile: {', '.join(outcome.again)}")
    for difference in outcome.differences:
        click.echo(str(difference), err=True)
    if outcome.differences:
        click.echo(f"bisonwatch db copy: {target.shown} is not what {source.shown} is", err=True)
        return
    click.echo(f"{len(outcome.rows)} tables, {sum(outcome.rows.values()):,} rows: equal in both")
    if not asked.verify_only:
        click.echo(
            f"next: set database.url to {target.shown} (`bisonwatch config show` tells where it is set) and start the engine; keep {source.shown} until you trust the new one"
        )


def _object(outcome: Outcome, source: Place, target: Place) -> dict[str, object]:
    return {
        "source": source.shown,
        "target": target.shown,
        "equal": not outcome.differences,
        "rows": dict(outcome.rows),
        "copied_again": list(outcome.again),
        "differences": [str(difference) for difference in outcome.differences],
    }
