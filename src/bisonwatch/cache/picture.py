"""The frozen snapshot out of readings: a pure function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from bisonwatch.cache import alarms
from bisonwatch.cache.alarms import Alarm, Deeds
from bisonwatch.cache.figures import Figures, from_json, together
from bisonwatch.cache.readings import Quick, Slow
from bisonwatch.domain import score as scoring
from bisonwatch.domain import snapshot as s
from bisonwatch.domain.backfill import history
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.cache_counts import together as all_counts
from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.drift import TOLD_FOR
from bisonwatch.domain.health import Health, Standing
from bisonwatch.domain.history import named
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.pace import projected
from bisonwatch.domain.promptness import Due
from bisonwatch.domain.run import Job, Run
from bisonwatch.domain.workspace import Workspace
from bisonwatch.logs import LogLine
from bisonwatch.store.consistency import Standing as Drifting
from bisonwatch.store.deliveries import LogEntry
from bisonwatch.store.nodes import Node
from bisonwatch.store.watch import Watch


@dataclass(frozen=True, slots=True)
class Asks:
    """How often an engine asks a workspace's event log: `silent` without a webhook for `silence`, else `usual`."""

    usual: str
    silent: str
    silence: timedelta


@dataclass(frozen=True, slots=True)
class Self:
    """Who builds: a living engine, or a command that only looks at the database (then `id` is None)."""

    id: UUID | None
    node: str
    version: str
    database_url: str
    backlog_limit: int
    schedules: Mapping[Job, tuple[str, datetime | None]]
    asks: Asks | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything one build looks at. `own` are this process's figures; None when it is no engine."""

    quick: Quick
    slow: Slow
    arrivals: Mapping[WorkspaceKey, Due]
    own: Figures | None
    rate_trend: tuple[int, ...]
    slope: float | None
    logs: Sequence[LogLine]
    database_ok: bool = True
    cache: Mapping[WorkspaceKey, CacheCounts] = field(default_factory=lambda: MappingProxyType({}))
    """What the cache of datasets did in the last hour."""


def draw(me: Self, readings: Readings, before: s.Snapshot | None, now: datetime) -> s.Snapshot:
    """The picture of now; rows that say the same as `before` keep their version."""
    quick, names = readings.quick, _names(readings.quick)
    alive = [node for node in quick.nodes if node.alive(now)]
    figures = _figures(me, readings, now)
    doing = _doing(quick.open_runs)
    seen_at = max((node.seen_at for node in quick.nodes), default=None)
    engine = bool(alive) or me.id is not None
    known = {row.key: row for row in before.workspaces} if before else {}
    troubles = alarms.by_workspace(quick.beside)
    drawn = [
        _row(w, me, readings, doing, now, known.get(w.key), troubles.get(w.key, ())) for w in quick.workspaces
    ]
    drawn = drawn if engine else [_unwatched(row, seen_at) for row in drawn]
    rows = s.numbered(drawn, known)
    points, reasons = scoring.score(_standing(me, readings, rows, engine=engine))
    mine = next((node for node in alive if node.id == me.id), None)
    shown = mine or (alive[0] if alive else None)
    return s.Snapshot(
        number=before.number + 1 if before else 1,
        at=now,
        version=me.version,
        node=shown.name if shown else me.node,
        leader=shown.leader if shown else False,
        started_at=shown.started_at if shown else None,
        engine_seen_at=seen_at,
        nodes=tuple(s.NodeFigures(n.name, n.started_at, n.seen_at, n.leader, n.api_url) for n in alive),
        score=points,
        reasons=reasons,
        database=s.DatabaseFigures(me.database_url, readings.database_ok, figures.write_ms_p95),
        listener=s.ListenerFigures(
            figures.url, figures.acked, figures.rejected, figures.rate, figures.ack_ms
        ),
        inbox=_inbox(readings, figures),
        latency_ms=figures.latency_ms,
        rate_trend=readings.rate_trend,
        workspaces=rows,
        jobs=tuple(_job(job, me, readings.slow.last_of.get(job), engine=bool(alive)) for job in me.schedules),
        runs=_runs(quick, names),
        alerts=tuple(
            alert
            for row in rows
            for alert in alarms.alerts(row, quick.standing.get(row.key), troubles.get(row.key, ()))
        ),
        events=tuple(_event(entry, names) for entry in quick.newest),
        logs=tuple(s.LogRow(line.at, line.level, line.text, line.workspace) for line in readings.logs),
        cache=all_counts(readings.cache.values()),
    )


def _figures(me: Self, readings: Readings, now: datetime) -> Figures:
    """All nodes together; this process's own are fresher than its heartbeat."""
    others = others_of(me, readings.quick.nodes, now)
    return together([readings.own, *others] if readings.own else others)


def others_of(me: Self, nodes: Sequence[Node], now: datetime) -> list[Figures]:
    """What the other nodes last said: of those that live all, of those that are gone what they had counted."""
    alive = [node for node in nodes if node.alive(now)]
    living = [from_json(node.figures) for node in alive if node.id != me.id]
    return [*living, *(from_json(node.figures).counted for node in _before(alive, nodes) if node.id != me.id)]


def _before(alive: Sequence[Node], nodes: Sequence[Node]) -> list[Node]:
    """Nodes that are gone and lived beside one that counts: counters begin again only when nobody was left."""
    gone = sorted((n for n in nodes if n not in alive), key=lambda n: n.seen_at, reverse=True)
    since, before = min((n.started_at for n in alive), default=None), list[Node]()
    for node in gone:
        if since is None or node.seen_at < since:
            break
        before.append(node)
        since = min(since, node.started_at)
    return before


def _standing(
    me: Self, readings: Readings, rows: Sequence[s.WorkspaceRow], *, engine: bool
) -> scoring.Standing:
    watches = readings.quick.watches
    watched = [row for row in rows if row.health is not Health.PAUSED]
    unpushed = sum(1 for row in watched if (w := watches.get(row.key)) is None or w.subscribed_at is None)
    backlog = readings.quick.backlog
    discovery = readings.slow.last_of.get(Job.DISCOVER)
    return scoring.Standing(
        workspaces=[row.health for row in rows],
        unpushed=unpushed,
        dead=backlog.dead,
        backlog=backlog.pending,
        backlog_limit=me.backlog_limit,
        engine=engine,
        database=readings.database_ok,
        discovery_error=discovery.error if discovery else None,
    )


def _inbox(readings: Readings, figures: Figures) -> s.InboxFigures:
    backlog = readings.quick.backlog
    return s.InboxFigures(
        pending=backlog.pending,
        spooled=figures.spooled,
        dead=backlog.dead,
        processed=readings.slow.processed,
        oldest_pending_at=backlog.oldest_pending_at,
        slope=readings.slope,
        stuck=figures.stuck,
    )


def _row(
    workspace: Workspace,
    me: Self,
    readings: Readings,
    doing: Mapping[WorkspaceKey, str],
    now: datetime,
    before: s.WorkspaceRow | None,
    troubles: Sequence[Alarm],
) -> s.WorkspaceRow:
    key = workspace.key
    quick, slow = readings.quick, readings.slow
    known = quick.watches.get(key) or Watch(key)
    fresh = quick.standing.get(key)
    standing = alarms.shown(fresh, troubles)
    month = slow.months.get(key)
    day = slow.day.get(key)
    accounts = slow.accounts.get(key)
    minutes = slow.minutes.get(key, {})
    asked = readings.cache.get(key)
    counted = month.counted if month else s.Figures()
    shown = month.shown if month else s.Figures()
    return s.WorkspaceRow(
        key=key,
        name=workspace.name,
        url=workspace.url,
        health=standing.health if standing else Health.UNKNOWN,
        since=standing.since if standing else None,
        reason=standing.reason if standing else alarms.UNVERIFIED,
        verified_at=known.verified_at,
        lag_from=slow.waiting.get(key),
        lag_known=known.verified_at is not None and (fresh is None or fresh.health is not Health.UNKNOWN),
        last_webhook_at=known.last_webhook_at,
        last_poll_at=known.last_poll_at,
        last_event_at=known.last_event_at,
        webhooks_24h=day.webhooks if day else 0,
        polls_24h=day.walks if day else 0,
        caught_24h=day.missed if day else 0,
        per_minute=_per_minute(minutes, now),
        trend=_trend(minutes, now),
        delivery_rate_24h=_delivery(readings.arrivals.get(key)),
        delivery_rate_provider_24h=day.record.share if day else None,
        late_provider_24h=day.record.late if day else 0,
        success_rate_24h=_success(day.webhooks + day.polled if day else 0, slow.dead.get(key, 0)),
        cache_hit_rate_1h=asked.hit_rate if asked else None,
        drift=_drift(slow.drifts.get(key), now),
        accounts=s.AccountFigures(*accounts, slow.held.get(key, 0)) if accounts else None,
        month=shown,
        month_counted=counted,
        month_reported=month.reported if month else None,
        reported_as_of=month.as_of if month else None,
        target=workspace.kpi_target,
        projected=projected(shown.interested, now) if workspace.kpi_target is not None else None,
        doing=doing.get(key) or _meanwhile(me, known, fresh, troubles, slow.drifts.get(key), now),
        as_of=now,
        history=history(slow.reaches.get(key, {})),
        version=before.version if before else 1,
    )


def _unwatched(row: s.WorkspaceRow, seen_at: datetime | None) -> s.WorkspaceRow:
    """No engine lives: what was true then may not be true now."""
    if row.health is Health.PAUSED:
        return row
    since = f"since {seen_at:%H:%M}" if seen_at else "yet"
    reason = f"no engine {since}; last known: {row.health.value}, {row.reason}"
    return replace(row, health=Health.UNKNOWN, since=seen_at, reason=reason, lag_known=False)


def _per_minute(minutes: Mapping[datetime, int], now: datetime) -> float:
    """Over the five last whole minutes and the one that is filling."""
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=4)
    passed = (now - start) / timedelta(minutes=1)
    return round(sum(n for minute, n in minutes.items() if minute >= start) / max(passed, 1.0), 1)


def _trend(minutes: Mapping[datetime, int], now: datetime) -> tuple[int, ...]:
    step = timedelta(hours=1) / s.TREND_BUCKETS
    start = now - timedelta(hours=1)
    buckets = [0] * s.TREND_BUCKETS
    for minute, n in minutes.items():
        place = (minute - start) // step
        if 0 <= place < s.TREND_BUCKETS:
            buckets[place] += n
    return tuple(buckets)


def _drift(standing: Drifting | None, now: datetime) -> float | None:
    return standing.drift if standing and now - standing.checked_at <= TOLD_FOR else None


def _delivery(due: Due | None) -> float | None:
    return due.prompt / due.facts if due and due.facts else None


def _success(done: int, dead: int) -> float | None:
    return done / (done + dead) if done + dead else None


_VERBS = {
    Job.POLL: "asking the provider's event log",
    Job.RESYNC: "resyncing",
    Job.ACCOUNTS: "reading accounts",
    Job.CAMPAIGNS: "reading campaigns",
    Job.LEADS: "reading new leads",
    Job.REPORTS: "reading reports",
    Job.DISCOVER: "looking for workspaces",
    Job.UPKEEP: "removing what is old",
    Job.SUBSCRIPTIONS: "looking at our webhook subscription",
    Job.CANARY: "waiting for a test event",
    Job.CONSISTENCY: "comparing with the provider",
    Job.FULL: "reading everything anew",
    Job.BACKFILL: "reading its history",
    Job.SETTINGS: "taking targets and limits over",
}


def _doing(runs: Sequence[Run]) -> dict[WorkspaceKey, str]:
    """What runs right now for each workspace; jobs over all workspaces are told by the runs panel."""
    doing: dict[WorkspaceKey, str] = {}
    for run in runs:
        if run.workspace is None:
            continue
        tally = run.tally
        far = f" {tally.done / tally.total:.0%}" if tally.total else ""
        doing[run.workspace] = f"{_VERBS[run.job]}{far}" if run.started_at else f"{_VERBS[run.job]}: queued"
    return doing


def _meanwhile(
    me: Self,
    known: Watch,
    fresh: Standing | None,
    troubles: Sequence[Alarm],
    drifting: Drifting | None,
    now: datetime,
) -> str | None:
    """What the engine keeps doing for a workspace that is not well; None for one that is."""
    if me.asks is None:
        return None
    heard = known.last_webhook_at
    silent = heard is None or now - heard >= me.asks.silence
    asks = f"the provider is asked every {me.asks.silent if silent else me.asks.usual}, what is missing is filled in"
    return alarms.doing(fresh, troubles, Deeds(asks, drifting))


def _names(quick: Quick) -> dict[WorkspaceKey, str]:
    return {w.key: w.name for w in quick.workspaces}


def _runs(quick: Quick, names: Mapping[WorkspaceKey, str]) -> tuple[s.RunRow, ...]:
    every = (*quick.open_runs, *quick.finished_runs)
    return tuple(named(run, names) for run in every)


def _job(job: Job, me: Self, last: Run | None, *, engine: bool) -> s.JobRow:
    """Without an engine nothing comes next."""
    schedule, next_at = me.schedules[job]
    took = (
        (last.finished_at - last.started_at).total_seconds()
        if last and last.finished_at and last.started_at
        else None
    )
    return s.JobRow(
        name=job.value,
        schedule=schedule,
        last_at=last.finished_at if last else None,
        last_outcome=last.outcome.value if last and last.outcome else None,
        last_took_s=round(took, 2) if took is not None else None,
        next_at=next_at if engine else None,
    )


def _event(entry: LogEntry, names: Mapping[WorkspaceKey, str]) -> s.EventRow:
    key = WorkspaceKey(entry.instance, entry.workspace_id) if entry.workspace_id is not None else None
    outcome = entry.effect.value if entry.effect else entry.state.value
    return s.EventRow(
        id=entry.id,
        at=entry.received_at,
        workspace=key,
        workspace_name=names.get(key, str(key)) if key else "?",
        type=entry.type,
        subject=entry.subject,
        source=entry.source.value,
        outcome="dead" if entry.state is DeliveryState.DEAD else outcome,
    )
