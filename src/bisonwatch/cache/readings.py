"""What the snapshot is made of, read from the mirror in two paces: what moves with every event, and sums that may lag a little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from bisonwatch.cache.shown import Month, month_of
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.health import Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.pace import first_of_month
from bisonwatch.domain.promptness import Due, Promptness
from bisonwatch.domain.run import Job, Run
from bisonwatch.domain.workspace import Workspace
from bisonwatch.store import (
    account_walks,
    accounts,
    backfills,
    cache_minutes,
    consistency,
    counts,
    deliveries,
    facts,
    nodes,
    runs,
    traffic,
    transitions,
    watch,
    workspaces,
)
from bisonwatch.store.consistency import Standing as Drifting
from bisonwatch.store.database import Database
from bisonwatch.store.deliveries import Backlog, LogEntry
from bisonwatch.store.nodes import Node
from bisonwatch.store.traffic import Day
from bisonwatch.store.tx import Tx
from bisonwatch.store.watch import Watch

TAIL = 200
FINISHED_RUNS = 30


@dataclass(frozen=True, slots=True)
class Quick:
    """Read at every build."""

    workspaces: tuple[Workspace, ...]
    watches: Mapping[WorkspaceKey, Watch]
    standing: Mapping[WorkspaceKey, Standing]
    backlog: Backlog
    newest: tuple[LogEntry, ...]
    open_runs: tuple[Run, ...]
    finished_runs: tuple[Run, ...]
    nodes: tuple[Node, ...]
    beside: Mapping[tuple[str, WorkspaceKey], Standing] = field(default_factory=lambda: MappingProxyType({}))
    """Transitions in force of other rules than freshness."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Sums over hours and days, read every few seconds."""

    months: Mapping[WorkspaceKey, Month]
    day: Mapping[WorkspaceKey, Day]
    minutes: Mapping[WorkspaceKey, Mapping[datetime, int]]
    dead: Mapping[WorkspaceKey, int]
    waiting: Mapping[WorkspaceKey, datetime]
    """The oldest delivery of each workspace that is here and not yet in the mirror."""
    accounts: Mapping[WorkspaceKey, tuple[int, int]]
    processed: int
    last_of: Mapping[Job, Run]
    drifts: Mapping[WorkspaceKey, Drifting] = field(default_factory=lambda: MappingProxyType({}))
    held: Mapping[WorkspaceKey, int] = field(default_factory=lambda: MappingProxyType({}))
    """Accounts that are kept although a complete walk did not meet them."""
    reaches: backfills.Known = field(default_factory=lambda: MappingProxyType({}))


async def quick(database: Database, urls: Mapping[str, str]) -> Quick:
    async with database.read() as tx:
        return Quick(
            workspaces=tuple(await workspaces.all_of(tx, urls)),
            watches=await watch.everything(tx),
            standing=await transitions.standing(tx),
            backlog=await deliveries.backlog(tx),
            newest=tuple(await deliveries.newest(tx, TAIL)),
            open_runs=tuple(await runs.open_runs(tx)),
            finished_runs=tuple(await runs.recent(tx, FINISHED_RUNS)),
            nodes=tuple(await nodes.recent(tx)),
            beside=await transitions.beside(tx),
        )


async def slow(database: Database, now: datetime) -> Slow:
    day_ago = now - timedelta(hours=24)
    async with database.read() as tx:
        return Slow(
            months=await months(tx, now),
            day=await traffic.since(tx, day_ago),
            minutes=await traffic.minutes(tx, now - timedelta(minutes=61)),
            dead=await deliveries.dead_since(tx, day_ago),
            waiting=await deliveries.oldest_pending(tx),
            accounts=await accounts.figures(tx),
            processed=await traffic.processed(tx),
            last_of={job: run for job in Job if (run := await runs.last_of(tx, job)) is not None},
            drifts=await consistency.standing(tx),
            held={key: len(absence.held) for key, absence in (await account_walks.waiting(tx)).items()},
            reaches=await backfills.known(tx),
        )


async def months(tx: Tx, now: datetime) -> dict[WorkspaceKey, Month]:
    """Month to date of every workspace of which anything was counted or reported; of the others nothing is known."""
    first, today = first_of_month(now), now.astimezone(UTC).date()
    sums = await counts.month_to(tx, today)
    reported = any(of.as_of for of in sums.values())
    start = datetime.combine(today, datetime.min.time(), UTC)
    after = await facts.after_reports(tx, start) if reported else {}
    return {key: month_of(of, _since(after.get(key, {}), first)) for key, of in sums.items()}


def _since(after: Mapping[tuple[date, Metric], int], first: date) -> dict[Metric, int]:
    found: dict[Metric, int] = {}
    for (day, metric), n in after.items():
        if day >= first:
            found[metric] = found.get(metric, 0) + n
    return found


@dataclass(frozen=True, slots=True)
class Rates:
    """What rates are computed from: of deliveries over a day, of the cache over an hour."""

    arrivals: Mapping[WorkspaceKey, Due]
    cache: Mapping[WorkspaceKey, CacheCounts]


async def rates(database: Database, now: datetime, promptness: Promptness) -> Rates:
    """Many rows, so that they are read every half minute."""
    async with database.read() as tx:
        return Rates(
            arrivals=await traffic.arrivals(tx, *promptness.day(now)),
            cache=await cache_minutes.of_workspaces(tx, now - timedelta(hours=1)),
        )
