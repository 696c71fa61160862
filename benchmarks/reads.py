"""Every read behind a screen, and what dashboards ask of the named tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import TextClause
from tests.support.dashboards import asked

from bisonwatch.cache import readings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.promptness import TEN_MINUTES
from bisonwatch.domain.run import Job
from bisonwatch.store import (
    accounts,
    counts,
    daily,
    deliveries,
    facts,
    inventory,
    leads,
    letters,
    nodes,
    runs,
    traffic,
    transitions,
    watch,
    workspaces,
)
from bisonwatch.store.database import Database
from bisonwatch.store.letters import Wanted
from bisonwatch.store.tx import Tx

SOME = WorkspaceKey("main", 1)

Read = Callable[[Tx, datetime], Awaitable[object]]
READS: dict[str, Read] = {
    "workspaces.all_of": lambda tx, _now: workspaces.all_of(tx, {}),
    "watch.everything": lambda tx, _now: watch.everything(tx),
    "transitions.standing": lambda tx, _now: transitions.standing(tx),
    "deliveries.backlog": lambda tx, _now: deliveries.backlog(tx),
    "deliveries.newest": lambda tx, _now: deliveries.newest(tx, readings.TAIL),
    "runs.open_runs": lambda tx, _now: runs.open_runs(tx),
    "runs.recent": lambda tx, _now: runs.recent(tx, readings.FINISHED_RUNS),
    "nodes.recent": lambda tx, _now: nodes.recent(tx),
    "counts.month_to": lambda tx, now: counts.month_to(tx, now.date()),
    "facts.after_reports": lambda tx, now: facts.after_reports(tx, _midnight(now)),
    "traffic.since": lambda tx, now: traffic.since(tx, now - timedelta(hours=24)),
    "traffic.minutes": lambda tx, now: traffic.minutes(tx, now - timedelta(minutes=61)),
    "deliveries.dead_since": lambda tx, now: deliveries.dead_since(tx, now - timedelta(hours=24)),
    "deliveries.oldest_pending": lambda tx, _now: deliveries.oldest_pending(tx),
    "accounts.figures": lambda tx, _now: accounts.figures(tx),
    "traffic.processed": lambda tx, _now: traffic.processed(tx),
    "runs.last_of": lambda tx, _now: _last_runs(tx),
    "traffic.arrivals": lambda tx, now: traffic.arrivals(tx, *TEN_MINUTES.day(now)),
    "daily.of": lambda tx, now: daily.of(tx, SOME, (now - timedelta(days=60)).date(), now.date()),
    "inventory.of": lambda tx, _now: inventory.of(tx, SOME),
    "leads.page": lambda tx, _now: leads.page(tx, SOME, None, 101),
    "accounts.page": lambda tx, _now: accounts.page(tx, SOME, None, 101),
    "letters.page": lambda tx, _now: letters.page(tx, Wanted(), 100),
    "letters.groups": lambda tx, _now: letters.groups(tx, Wanted()),
    "letters.count": lambda tx, _now: letters.count(tx, Wanted()),
}


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def _last_runs(tx: Tx) -> None:
    for job in Job:
        await runs.last_of(tx, job)


def dashboards(database: Database, now: datetime) -> dict[str, Read]:
    """By the name of what is asked."""
    texts = asked(database.dialect, database.place.schema, "Client 1", now - timedelta(days=1))
    return {f"asked: {name}": _of(statement) for name, statement in texts.items()}


def _of(statement: TextClause) -> Read:
    return lambda tx, _now: tx.rows(statement)
