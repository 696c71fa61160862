"""`bisonwatch check`: the mirror against the provider, now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

import click

from bisonwatch.cli import runs_desk
from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of, watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.comparison import Report, Standing
from bisonwatch.domain.drift import DAYS
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.store import consistency, runs, workspaces
from bisonwatch.store.database import Database

Found = tuple[WorkspaceKey, str, Standing | None, list[Report]]


@click.command()
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def check(ctx: click.Context, wanted: tuple[str, ...], as_json: bool) -> None:
    """Compare workspaces (all of them without a name) with the provider; exit 1 when one drifts over the threshold, or it cannot be told.

    It waits until what was on its way when the provider was asked has arrived: two minutes at most.

    Example: bisonwatch check main/12 --json
    """
    ctx.exit(asyncio.run(_check(watched(settings_of(config_of(ctx))), wanted, as_json=as_json)))


async def _check(settings: Settings, wanted: Sequence[str], *, as_json: bool) -> int:
    async with opened(settings) as database:
        async with database.read() as tx:
            known = sorted((await workspaces.names(tx)).items())
        targets = chosen(wanted, not wanted, known)
        failed = await _run(settings, database, [key for key, _ in targets] if wanted else [None])
        found = [await _found(database, key, name) for key, name in targets]
        threshold = settings.health.thresholds.drift_warning
        click.echo(_json(found, threshold) if as_json else "\n".join(map(_text, found)))
        return 1 if failed or not all(_well(standing, threshold) for _, _, standing, _ in found) else 0


async def _run(settings: Settings, database: Database, keys: Sequence[WorkspaceKey | None]) -> int:
    """The words about runs go to stderr: what was found is what is printed."""
    asked = runs_desk.asked(Job.CONSISTENCY, keys, database)
    names: dict[UUID, str] = {run.id: str(run.workspace or "all workspaces") for run in asked}
    if not await runs_desk.engine_lives(database):
        click.echo(runs_desk.ALONE, err=True)
        return await runs_desk.do(settings, database, asked, names, err=True)
    async with database.write() as tx:
        await runs.queue(tx, asked)
    return await runs_desk.follow(database, names, err=True)


async def _found(database: Database, key: WorkspaceKey, name: str) -> Found:
    async with database.read() as tx:
        standing = await consistency.standing_of(tx, key)
        since = (standing.checked_at if standing else database.clock.now()) - timedelta(days=DAYS)
        return key, name, standing, await consistency.of(tx, key, since.date())


def _over(standing: Standing | None, threshold: float) -> bool:
    return standing is not None and standing.drift is not None and standing.drift > threshold


def _well(standing: Standing | None, threshold: float) -> bool:
    """What could not be told is not well."""
    return standing is not None and standing.drift is not None and standing.drift <= threshold


def _text(found: Found) -> str:
    key, name, standing, reports = found
    if standing is None:
        return f"{key} {name}: never compared"
    drift = "drift not known" if standing.drift is None else f"drift {standing.drift:.2%}"
    head = f"{key} {name}: {drift}" + (f", {standing.reason}" if standing.reason else "")
    return "\n".join([head, *(_line(report) for report in reports if report.drift or report.reason)])


def _line(report: Report) -> str:
    healed = f", healed {report.healed_at:%d %b %H:%M} UTC" if report.healed_at else ""
    numbers = f"{report.counted:,} here, {report.reported:,} at the provider"
    return f"  {report.day} {report.metric:<12} {numbers}{healed}: {report.reason or 'healed'}"


def _json(found: Sequence[Found], threshold: float) -> str:
    items = [
        {
            "instance": key.instance,
            "workspace": key.id,
            "name": name,
            "drift": standing.drift if standing else None,
            "over": _over(standing, threshold),
            "metric": standing.metric if standing else None,
            "reason": standing.reason if standing else None,
            "checked_at": _plain(standing.checked_at) if standing else None,
            "resync": str(standing.resync_id) if standing and standing.resync_id else None,
            "days": [{name: _plain(value) for name, value in asdict(report).items()} for report in reports],
        }
        for key, name, standing, reports in found
    ]
    return json.dumps({"threshold": threshold, "workspaces": items}, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return value if value is None or isinstance(value, int | float | str) else str(value)
