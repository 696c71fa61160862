"""What `/metrics` tells of the mirror: the newest picture's figures, which are the same on every node. While the database is away
they are left out, but for `database_up` and `leader`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime

from bisonwatch.api.families import Family, Labels, gauge, gauges
from bisonwatch.domain.health import Health
from bisonwatch.domain.run import Outcome
from bisonwatch.domain.snapshot import JobRow, Snapshot, WorkspaceRow
from bisonwatch.domain.status import lag_seconds

Figure = float | datetime | None


def families(picture: Snapshot, succeeded: Mapping[str, datetime], now: datetime) -> Iterator[Family]:
    """`succeeded`: when this node last saw a job end well."""
    there = picture.number > 0 and picture.database.ok
    yield gauge("database_up", "1 while the database answers.", there)
    yield gauge("leader", "1 while this node leads.", picture.leader)
    if there:
        yield from _whole(picture, now)
        yield from _jobs(picture.jobs, succeeded)
        for read in (_standing, _rates, _moments, _counts, _month):
            yield from read(picture.workspaces, now)


def _whole(picture: Snapshot, now: datetime) -> Iterator[Family]:
    inbox, oldest = picture.inbox, picture.inbox.oldest_pending_at
    waited = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    yield gauge("picture_timestamp_seconds", "When the mirror was last read for these figures.", picture.at)
    yield gauge("nodes", "Engines that live on this database.", len(picture.nodes))
    yield gauge("inbox_pending", "Deliveries that wait to be processed.", inbox.pending)
    yield gauge("inbox_oldest_pending_seconds", "How long the oldest of them has waited.", waited)
    yield gauge("dead_letters", "Deliveries set aside.", inbox.dead)
    yield gauge("score", "How right the mirror is, 0 to 100.", picture.score)
    told = Counter({health.value: 0 for health in Health if health.alarming})
    told.update(alert.severity for alert in picture.alerts)
    yield gauges("alerts", "Alerts in force.", [((("severity", word),), n) for word, n in told.items()])


def _jobs(jobs: tuple[JobRow, ...], succeeded: Mapping[str, datetime]) -> Iterator[Family]:
    def each(name: str, text: str, read: Callable[[JobRow], Figure]) -> Family:
        return gauges(name, text, [((("kind", job.name),), read(job)) for job in jobs])

    def success(job: JobRow) -> datetime | None:
        ended = [succeeded.get(job.name), job.last_at if job.last_outcome == Outcome.SUCCESS else None]
        return max((at for at in ended if at is not None), default=None)

    yield each("job_last_run_timestamp_seconds", "When its last run ended.", lambda job: job.last_at)
    yield each("job_last_run_duration_seconds", "How long its last run took.", lambda job: job.last_took_s)
    text = "When a run of it last ended well, as far as this node saw or the last run says."
    yield each("job_last_success_timestamp_seconds", text, success)
    yield each(
        "job_next_run_timestamp_seconds", "When it is due; now, if it is overdue.", lambda job: job.next_at
    )


def _named(row: WorkspaceRow) -> Labels:
    return (("workspace", str(row.key)),)


def _each(
    name: str, text: str, rows: tuple[WorkspaceRow, ...], read: Callable[[WorkspaceRow], Figure]
) -> Family:
    return gauges(f"workspace_{name}", text, [(_named(row), read(row)) for row in rows])


def _split(
    name: str,
    text: str,
    label: str,
    rows: tuple[WorkspaceRow, ...],
    read: Callable[[WorkspaceRow], Mapping[str, Figure]],
) -> Family:
    found = [((*_named(row), (label, word)), value) for row in rows for word, value in read(row).items()]
    return gauges(f"workspace_{name}", text, found)


def _standing(rows: tuple[WorkspaceRow, ...], now: datetime) -> Iterator[Family]:
    info = [((*_named(row), ("name", row.name)), 1) for row in rows]
    yield gauges("workspace_info", "1; what a workspace is called.", info)
    text = "1 for the state a workspace is in, 0 for the others."
    yield _split("health", text, "state", rows, lambda row: {h.value: h is row.health for h in Health})
    text = "The age of the oldest event known at the provider and not in the mirror; 0 when verified."
    yield _each("lag_seconds", text, rows, lambda row: lag_seconds(row, now))


def _rates(rows: tuple[WorkspaceRow, ...], _now: datetime) -> Iterator[Family]:
    text = "Events of 24 h that a webhook brought in time, of all."
    yield _each("delivery_ratio", text, rows, lambda row: row.delivery_rate_24h)
    text = "The same by the provider's own record of its deliveries."
    yield _each("provider_delivery_ratio", text, rows, lambda row: row.delivery_rate_provider_24h)
    text = "Deliveries of 24 h that were processed, of those processed and set aside."
    yield _each("success_ratio", text, rows, lambda row: row.success_rate_24h)
    text = "Our numbers against the provider's, of the metric that drifts most; 0 within the tolerance."
    yield _each("drift_ratio", text, rows, lambda row: row.drift)


def _moments(rows: tuple[WorkspaceRow, ...], _now: datetime) -> Iterator[Family]:
    text = "When a webhook last came."
    yield _each("last_webhook_timestamp_seconds", text, rows, lambda row: row.last_webhook_at)
    text = "When its event log was last walked."
    yield _each("last_poll_timestamp_seconds", text, rows, lambda row: row.last_poll_at)
    text = "When the newest event happened that is in the mirror."
    yield _each("last_event_timestamp_seconds", text, rows, lambda row: row.last_event_at)
    text = "When a finished walk last found everything here."
    yield _each("verified_timestamp_seconds", text, rows, lambda row: row.verified_at)


def _counts(rows: tuple[WorkspaceRow, ...], _now: datetime) -> Iterator[Family]:
    yield _each("webhooks_24h", "Deliveries of the last 24 h.", rows, lambda row: row.webhooks_24h)
    text = "Events of the last 24 h that a poll had to fetch, since no webhook came."
    yield _each("caught_24h", text, rows, lambda row: row.caught_24h)
    yield _split("accounts", "Sender accounts.", "state", rows, _accounts)
    text = "Accounts that are kept although a complete walk did not meet them."
    yield _each("accounts_held", text, rows, lambda row: row.accounts.held if row.accounts else None)


def _accounts(row: WorkspaceRow) -> dict[str, Figure]:
    if row.accounts is None:
        return {}
    connected = row.accounts.connected
    return {"connected": connected, "disconnected": row.accounts.total - connected}


def _month(rows: tuple[WorkspaceRow, ...], _now: datetime) -> Iterator[Family]:
    text = "The UTC month to date, as shown; begins again at 0."
    yield _split("month_events", text, "kind", rows, lambda row: asdict(row.month))
    text = "How many interested replies this month is to bring."
    yield _each("month_target", text, rows, lambda row: row.target)
