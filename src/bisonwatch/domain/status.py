"""`status --json`: the snapshot as plain data, stable and documented in docs/status.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime

from bisonwatch.domain.backfill import History
from bisonwatch.domain.snapshot import (
    AccountFigures,
    AlertRow,
    Figures,
    JobRow,
    Milliseconds,
    Snapshot,
    WorkspaceRow,
)

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


def instant(at: datetime | None) -> str | None:
    """`2026-11-22T10:00:00.123Z`."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_since(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round(max(0.0, (now - at).total_seconds()), 1)


def _ms(figure: Milliseconds | None) -> Json:
    return (
        {"p50": figure.p50, "p95": figure.p95, "p99": figure.p99}
        if figure
        else {"p50": None, "p95": None, "p99": None}
    )


def lag_seconds(row: WorkspaceRow, now: datetime) -> float | None:
    """The age of the oldest event known at the provider and not in the mirror; 0 when verified, None when unknown."""
    if not row.lag_known:
        return None
    return seconds_since(row.lag_from, now) or 0.0


_FIGURES = tuple(field.name for field in fields(Figures))


def _figures(figures: Figures | None) -> dict[str, Json] | None:
    return _month(figures) if figures else None


def _month(figures: Figures) -> dict[str, Json]:
    """As `asdict`, which looks into every number for what it might hold."""
    return {name: getattr(figures, name) for name in _FIGURES}


def _accounts(figures: AccountFigures | None) -> dict[str, Json] | None:
    if figures is None:
        return None
    return {"total": figures.total, "connected": figures.connected, "held": figures.held}


def workspace_json(row: WorkspaceRow, now: datetime) -> dict[str, Json]:
    """One entry of `workspaces`."""
    reported = _figures(row.month_reported)
    return {
        "instance": row.key.instance,
        "url": row.url,
        "id": row.key.id,
        "name": row.name,
        "health": row.health.value,
        "since": instant(row.since),
        "reason": row.reason,
        "verified_at": instant(row.verified_at),
        "lag_s": lag_seconds(row, now),
        "last_webhook_at": instant(row.last_webhook_at),
        "last_poll_at": instant(row.last_poll_at),
        "webhooks_24h": row.webhooks_24h,
        "polls_24h": row.polls_24h,
        "caught_24h": row.caught_24h,
        "delivery_rate_24h": row.delivery_rate_24h,
        "delivery_rate_provider_24h": row.delivery_rate_provider_24h,
        "late_provider_24h": row.late_provider_24h,
        "success_rate_24h": row.success_rate_24h,
        "cache_hit_rate_1h": row.cache_hit_rate_1h,
        "drift": row.drift,
        "accounts": _accounts(row.accounts),
        "month": {**_month(row.month), "target": row.target, "projected": row.projected},
        "month_counted": _figures(row.month_counted),
        "month_reported": {**reported, "as_of": instant(row.reported_as_of)} if reported else None,
        "history": _history(row.history),
    }


def _history(found: History | None) -> dict[str, Json] | None:
    if found is None:
        return None
    alone: list[Json] = [metric.value for metric in found.reported_only]
    return {"from": found.first.isoformat(), "reported_only": alone}


def _job(row: JobRow) -> dict[str, Json]:
    ran = row.last_at is not None
    last = (
        {"at": instant(row.last_at), "outcome": row.last_outcome, "took_s": row.last_took_s} if ran else None
    )
    return {"name": row.name, "schedule": row.schedule, "last": last, "next_at": instant(row.next_at)}


def _alert(row: AlertRow) -> dict[str, Json]:
    return {
        "rule": row.rule,
        "instance": row.workspace.instance if row.workspace else None,
        "workspace": row.workspace.id if row.workspace else None,
        "severity": row.severity,
        "since": instant(row.since),
        "reason": row.reason,
        "acknowledged": row.acknowledged,
    }


def status_json(snapshot: Snapshot, now: datetime) -> dict[str, Json]:
    """The object that `status --json` and GET /api/v1/status answer; `now` is what ages are counted to."""
    inbox, listener = snapshot.inbox, snapshot.listener
    return {
        "version": snapshot.version,
        "at": instant(snapshot.at),
        "uptime_s": seconds_since(snapshot.started_at, now),
        "node": snapshot.node,
        "leader": snapshot.leader,
        "engine_seen_at": instant(snapshot.engine_seen_at),
        "score": snapshot.score,
        "reasons": list(snapshot.reasons),
        "database": asdict(snapshot.database),
        "listener": {
            "url": listener.url,
            "acked": listener.acked,
            "rejected": listener.rejected,
            "rate_1m": listener.rate_1m,
            "ack_ms": _ms(listener.ack_ms),
        },
        "inbox": {
            "pending": inbox.pending,
            "spooled": inbox.spooled,
            "refused": inbox.stuck.refused,
            "refused_reason": inbox.stuck.reason,
            "foreign": inbox.stuck.foreign,
            "dead": inbox.dead,
            "processed": inbox.processed,
            "oldest_pending_s": seconds_since(inbox.oldest_pending_at, now) or 0.0,
        },
        "latency_ms": _ms(snapshot.latency_ms),
        "workspaces": [workspace_json(row, now) for row in snapshot.workspaces],
        "jobs": [_job(row) for row in snapshot.jobs],
        "alerts": [_alert(row) for row in snapshot.alerts],
    }
