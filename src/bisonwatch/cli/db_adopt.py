"""`bisonwatch db adopt`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from bisonwatch.cli import adopt_text
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.secrets import DatabaseUrl
from bisonwatch.config.settings import Settings
from bisonwatch.domain.adoption import AUTOMATIC, Known, Match, match
from bisonwatch.domain.ids import WorkspaceKey, parse_key
from bisonwatch.engine import compose
from bisonwatch.errors import CallError, ConfigError
from bisonwatch.store.adopt import old, registry, taking
from bisonwatch.store.adopt.old import Old
from bisonwatch.store.adopt.registry import Target
from bisonwatch.store.adopt.tally import Tally
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one call."""

    told: dict[str, WorkspaceKey]
    also: frozenset[str]
    yes: bool
    dry_run: bool
    as_json: bool


@click.command()
@click.argument("url", metavar="URL")
@click.option(
    "--schema", metavar="NAME", default="public", show_default=True, help="The older schema, on Postgres."
)
@click.option(
    "--map", "maps", metavar="OLD=INSTANCE/ID", multiple=True, help="Which workspace an older name is."
)
@click.option("--also", metavar="STAGE", multiple=True, help="Count this automatic stage as a person's too.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be taken over.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object on stdout.")
@click.pass_context
def adopt(
    ctx: click.Context,
    url: str,
    schema: str,
    maps: tuple[str, ...],
    also: tuple[str, ...],
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take stages, KPI targets and unknown leads over from the database of an older system, which is only read.

    Tells first what it would take, then asks. Doing it twice takes nothing the second time. env:NAME as URL keeps its password
    out of sight.

    Example: bisonwatch db adopt postgresql://reader@db.example/portal --dry-run
    """
    settings = settings_of(config_of(ctx))
    asked = Asked(_maps(maps), _stages(also), yes, dry_run, as_json)
    asyncio.run(_adopt(settings, _place(settings, url, schema), asked))


def _place(settings: Settings, url: str, schema: str) -> Place:
    try:
        address = DatabaseUrl.parse(url)
    except ValueError as error:
        raise CallError(f"URL: {error}") from None
    changed = {"url": address, "schema_": schema, "pool": 1}
    try:
        return compose.place_of(settings.database.model_copy(update=changed))
    except ConfigError as error:
        raise CallError(f"URL: {error}") from None


def _maps(words: Sequence[str]) -> dict[str, WorkspaceKey]:
    told = {}
    for word in words:
        name, equals, key = word.rpartition("=")
        if not equals or not name.strip():
            raise CallError(f"--map takes OLD=INSTANCE/ID, not '{word}'")
        told[name.strip()] = parse_key(key.strip())
    return told


def _stages(words: Sequence[str]) -> frozenset[str]:
    stages = frozenset(word.strip().casefold() for word in words)
    wrong = sorted(stages - AUTOMATIC)
    if wrong:
        raise CallError(
            f"--also takes {', '.join(sorted(AUTOMATIC))}, not '{wrong[0]}': other stages are a person's anyway"
        )
    return stages


async def _adopt(settings: Settings, place: Place, asked: Asked) -> None:
    """The older database is let go of while a person thinks."""
    async with opened(settings) as database:
        _refuse(place, database.place)
        async with old.reading(place) as source:
            matches, targets, off = await _matched(source, database, asked)
            tally = await _walk(source, database, matches, asked, take=False)
        report = adopt_text.Report(matches, targets, off, tally)
        if not asked.as_json:
            click.echo("\n".join(adopt_text.lines(report)))
        if asked.dry_run or report.empty:
            _tell(report, asked, done=False)
            return
        _agreed(asked)
        await registry.take(database, targets, off)
        async with old.reading(place) as source:
            taken = await _walk(source, database, matches, asked, take=True)
        _tell(adopt_text.Report(matches, targets, off, taken), asked, done=True)


def _refuse(place: Place, ours: Place) -> None:
    if place.mirror == ours.mirror:
        raise CallError(f"{place.shown} is the mirror itself")


async def _matched(
    source: Old, database: Database, asked: Asked
) -> tuple[list[Match], list[Target], list[Known]]:
    async with database.read() as tx:
        ours = await registry.known(tx)
    if not ours:
        raise CallError("no workspace is known here yet", hint="start the engine once: it discovers them")
    _known(asked, ours)
    matches = [match(item, ours, asked.told) for item in await source.workspaces()]
    unused = sorted(set(asked.told) - {item.old.name for item in matches})
    if unused:
        raise CallError(f"--map: the older database has no workspace '{unused[0]}'")
    return matches, registry.targets(matches, ours), registry.switched_off(matches, ours)


def _known(asked: Asked, ours: Sequence[Known]) -> None:
    keys = {item.key for item in ours}
    wrong = [str(key) for key in asked.told.values() if key not in keys]
    if wrong:
        raise CallError(
            f"--map: there is no workspace {wrong[0]} here", hint="`bisonwatch status` lists them"
        )


async def _walk(
    source: Old, database: Database, matches: Sequence[Match], asked: Asked, *, take: bool
) -> Tally:
    """With a counter on a terminal."""
    told, end = _counter("taking over" if take else "looking at")
    try:
        return await taking.walk(source, database, matches, asked.also, take=take, told=told)
    finally:
        end()


def _counter(doing: str) -> tuple[Callable[[int], None], Callable[[], None]]:
    if not sys.stderr.isatty():
        return (lambda _seen: None), (lambda: None)

    def told(seen: int) -> None:
        click.echo(f"\r{doing} leads: {seen:,}\033[K", nl=False, err=True, color=True)

    return told, lambda: click.echo("\r\033[K", nl=False, err=True, color=True)


def _agreed(asked: Asked) -> None:
    """Raises Abort when a person says no, CallError when nobody can be asked."""
    if asked.yes:
        return
    if asked.as_json or not sys.stdin.isatty():
        raise CallError(
            "nothing was taken over: nobody could be asked", hint="say --yes, or --dry-run to only look"
        )
    if not click.confirm("Take this over?", err=True):
        raise click.Abort


def _tell(report: adopt_text.Report, asked: Asked, *, done: bool) -> None:
    if asked.as_json:
        click.echo(json.dumps(adopt_text.as_json(report, done=done), ensure_ascii=False))
    elif done:
        click.echo(adopt_text.ended(report))
    else:
        click.echo("nothing to take over" if report.empty else "nothing was taken over: --dry-run")
