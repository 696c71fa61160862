"""The one frozen picture given to every face: the terminal, `status`, the API.

Unknown figures are None and shown as such, never 0 or 100 %. Times are stored, never ages: a face computes an age from
its own clock. Rates and shares are fractions (0.998), never percent. Text is already clean (`domain.clean`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from bisonwatch.domain.backfill import History
from bisonwatch.domain.cache_counts import NOTHING as NOT_COUNTED
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Run
from bisonwatch.domain.stuck import NOTHING, Stuck

TREND_BUCKETS = 12
"""A trend is the last hour in twelve buckets of five minutes, oldest first; the last one is still filling."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A month's numbers for one workspace (UTC month). None: not known."""

    sent: int | None = None
    opened: int | None = None
    replied: int | None = None
    replied_automated: int | None = None
    interested: int | None = None
    bounced: int | None = None
    unsubscribed: int | None = None

    @classmethod
    def of(cls, numbers: Mapping[Metric, int | None]) -> Figures:
        return cls(
            sent=numbers.get(Metric.SENT),
            opened=numbers.get(Metric.OPENED),
            replied=numbers.get(Metric.REPLIED),
            replied_automated=numbers.get(Metric.REPLIED_AUTOMATED),
            interested=numbers.get(Metric.INTERESTED),
            bounced=numbers.get(Metric.BOUNCED),
            unsubscribed=numbers.get(Metric.UNSUBSCRIBED),
        )


@dataclass(frozen=True, slots=True)
class AccountFigures:
    total: int
    connected: int
    held: int = 0
    """Kept although the last complete walk did not meet them: too many were missing at once."""


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """One workspace, as one row of the first screen and one entry of `status --json`."""

    key: WorkspaceKey
    name: str
    url: str | None
    health: Health
    since: datetime | None
    reason: str
    verified_at: datetime | None
    """When a finished walk of the provider's event log last found everything here."""
    lag_from: datetime | None
    """When the oldest event known at the provider and not in the mirror happened; None when nothing is known to be missing."""
    lag_known: bool
    """False when nobody has asked the provider yet, or it could not be asked: the lag is unknown then, not 0."""
    last_webhook_at: datetime | None
    last_poll_at: datetime | None
    last_event_at: datetime | None
    """When the newest event happened that is in the mirror."""
    webhooks_24h: int
    polls_24h: int
    """Finished walks of its event log in the last 24 h."""
    per_minute: float
    """Events applied per minute, over the last five minutes."""
    trend: tuple[int, ...]
    """Events applied in each five minutes of the last hour, TREND_BUCKETS long."""
    delivery_rate_24h: float | None
    delivery_rate_provider_24h: float | None
    success_rate_24h: float | None
    cache_hit_rate_1h: float | None
    drift: float | None
    accounts: AccountFigures | None
    month: Figures
    month_counted: Figures
    month_reported: Figures | None
    reported_as_of: datetime | None
    target: int | None
    projected: int | None
    doing: str | None
    """What bisonwatch is doing about it right now, in a few words; None when nothing runs for this workspace."""
    as_of: datetime
    """When this row's figures were read from the mirror."""
    caught_24h: int = 0
    """Events of the last 24 h that a poll had to fetch because their webhook never came."""
    late_provider_24h: int = 0
    """Events of the last 24 h that the provider was still trying to deliver when its log was last read."""
    history: History | None = None
    """How far back its numbers reach; None where no backfill finished: to the day it was first seen."""
    version: int = 0
    """Grows whenever anything but `as_of` changed; what the terminal redraws by."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One delivery in the live tail, newest first in `Snapshot.events`."""

    id: UUID
    at: datetime
    workspace: WorkspaceKey | None
    workspace_name: str
    type: str
    subject: str
    source: str
    """`webhook` or `poll`."""
    outcome: str
    """`applied`, `duplicate` (nothing new in it), `unknown` (a type we do not know), `dead`, or `pending`."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run, with its workspace's name beside it."""

    run: Run
    workspace_name: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """One scheduled job."""

    name: str
    schedule: str
    last_at: datetime | None
    last_outcome: str | None
    last_took_s: float | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert in force."""

    rule: str
    workspace: WorkspaceKey | None
    workspace_name: str
    severity: str
    since: datetime
    reason: str
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class LogRow:
    at: datetime
    level: str
    text: str
    workspace: str | None


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """Percentiles of a duration."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    url: str
    """Without a password."""
    ok: bool
    write_ms_p95: float | None


@dataclass(frozen=True, slots=True)
class ListenerFigures:
    url: str | None
    acked: int
    rejected: int
    rate_1m: float
    """Deliveries per second, over the last minute."""
    ack_ms: Milliseconds | None


@dataclass(frozen=True, slots=True)
class InboxFigures:
    """`slope` is rows per second over the last seconds: above 0 the backlog grows; None while it is not known."""

    pending: int
    spooled: int
    dead: int
    processed: int
    oldest_pending_at: datetime | None
    slope: float | None
    stuck: Stuck = NOTHING
    """What of `spooled` is refused, and what is there beside for another mirror."""


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """One living engine on this database."""

    name: str
    started_at: datetime
    seen_at: datetime
    leader: bool
    api_url: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a face shows. `number` grows with each build; `at` is when it was built."""

    number: int
    at: datetime
    version: str
    node: str
    leader: bool
    started_at: datetime | None
    """When the engine that made this started; None when no engine lives."""
    engine_seen_at: datetime | None
    """The newest heartbeat of any engine on this database; None when there never was one."""
    nodes: tuple[NodeFigures, ...]
    score: int | None
    reasons: tuple[str, ...]
    database: DatabaseFigures
    listener: ListenerFigures
    inbox: InboxFigures
    latency_ms: Milliseconds | None
    rate_trend: tuple[int, ...]
    """Deliveries received in each of the last 60 seconds on this node, oldest first; empty when unknown."""
    workspaces: tuple[WorkspaceRow, ...]
    jobs: tuple[JobRow, ...]
    runs: tuple[RunRow, ...]
    """Queued and running first, then the newest finished."""
    alerts: tuple[AlertRow, ...]
    events: tuple[EventRow, ...]
    """Newest first."""
    logs: tuple[LogRow, ...]
    """Oldest first."""
    cache: CacheCounts = NOT_COUNTED
    """What the cache of datasets did in the last hour, on all nodes."""

    def workspace(self, key: WorkspaceKey) -> WorkspaceRow | None:
        return next((row for row in self.workspaces if row.key == key), None)


def nothing_yet(now: datetime) -> Snapshot:
    """The picture before the first look: everything is unknown."""
    return Snapshot(
        number=0,
        at=now,
        version="",
        node="",
        leader=False,
        started_at=None,
        engine_seen_at=None,
        nodes=(),
        score=None,
        reasons=(),
        database=DatabaseFigures("", False, None),
        listener=ListenerFigures(None, 0, 0, 0.0, None),
        inbox=InboxFigures(0, 0, 0, 0, None, None),
        latency_ms=None,
        rate_trend=(),
        workspaces=(),
        jobs=(),
        runs=(),
        alerts=(),
        events=(),
        logs=(),
    )


def numbered(
    rows: Iterable[WorkspaceRow], before: Mapping[WorkspaceKey, WorkspaceRow]
) -> tuple[WorkspaceRow, ...]:
    """The rows with versions: a row that says the same as before keeps its version, a changed one gets the next."""
    return tuple(_numbered(row, before.get(row.key)) for row in rows)


def _numbered(row: WorkspaceRow, before: WorkspaceRow | None) -> WorkspaceRow:
    version = 1 if before is None else before.version + (_SAID(row) != _SAID(before))
    return row if row.version == version else replace(row, version=version)


_SAID = attrgetter(*(field.name for field in fields(WorkspaceRow) if field.name not in ("version", "as_of")))
"""All that a row says. Making a row anew costs many times as much as comparing two."""
