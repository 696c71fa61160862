"""The status object and a workspace (`domain.status`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from bisonwatch.api.shapes.base import Count, Day, Instance, Moment, Shape, Share
from bisonwatch.domain.health import Health
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Outcome


class Percentiles(Shape):
    p50: float | None
    p95: float | None
    p99: float | None


class DatabaseState(Shape):
    url: str
    ok: bool
    write_ms_p95: float | None


class ListenerState(Shape):
    url: str | None
    acked: Count
    rejected: Count
    rate_1m: Share
    ack_ms: Percentiles


class InboxState(Shape):
    pending: Count
    spooled: Count
    refused: Count
    refused_reason: str | None
    foreign: Count
    dead: Count
    processed: Count
    oldest_pending_s: Share


class Counted(Shape):
    sent: Count | None
    opened: Count | None
    replied: Count | None
    replied_automated: Count | None
    interested: Count | None
    bounced: Count | None
    unsubscribed: Count | None


class Month(Counted):
    target: int | None
    projected: int | None


class Reported(Counted):
    as_of: Moment | None


class AccountCounts(Shape):
    total: Count
    connected: Count
    held: Count


class Past(Shape):
    """How far back all its numbers reach, and which are the provider's alone."""

    model_config = ConfigDict(populate_by_name=True)
    from_: Annotated[Day, Field(alias="from")]
    reported_only: list[Metric]


class Workspace(Shape):
    """Figures that are not known are null, never 0. Rates are fractions."""

    instance: Instance
    url: str | None
    id: Count
    name: str
    health: Health
    since: Moment | None
    reason: str
    verified_at: Moment | None
    lag_s: Share | None
    last_webhook_at: Moment | None
    last_poll_at: Moment | None
    webhooks_24h: Count
    polls_24h: Count
    caught_24h: Count
    delivery_rate_24h: Share | None
    delivery_rate_provider_24h: Share | None
    late_provider_24h: Count
    success_rate_24h: Share | None
    cache_hit_rate_1h: Share | None
    drift: Share | None
    accounts: AccountCounts | None
    month: Month
    month_counted: Counted
    month_reported: Reported | None
    history: Past | None


class LastRun(Shape):
    at: Moment | None
    outcome: Outcome | None
    took_s: Share | None


class ScheduledJob(Shape):
    name: Job
    schedule: str
    last: LastRun | None
    next_at: Moment | None


class Alert(Shape):
    rule: str
    instance: str | None
    workspace: Count | None
    severity: Health
    since: Moment
    reason: str
    acknowledged: bool


class Status(Shape):
    """As `bisonwatch status --json`."""

    version: str
    at: Moment
    uptime_s: Share | None
    node: str
    leader: bool
    engine_seen_at: Moment | None
    score: int | None
    reasons: list[str]
    database: DatabaseState
    listener: ListenerState
    inbox: InboxState
    latency_ms: Percentiles
    workspaces: list[Workspace]
    jobs: list[ScheduledJob]
    alerts: list[Alert]
