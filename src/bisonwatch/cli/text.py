"""The status as text: what the terminal's first screen says, for people and log files. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bisonwatch.domain.health import Health
from bisonwatch.domain.snapshot import Snapshot, WorkspaceRow
from bisonwatch.domain.status import lag_seconds

COLUMNS = (
    "STATE",
    "WORKSPACE",
    "LAG",
    "EV/MIN",
    "DELIVERED",
    "SENT",
    "REPLIED",
    "INTERESTED",
    "TARGET",
    "ACCOUNTS",
    "WHY",
)


def status_text(snapshot: Snapshot, now: datetime) -> str:
    """The header's lines, then a row per workspace, worst first."""
    rows = ["", *table(snapshot.workspaces, now)] if snapshot.workspaces else []
    return "\n".join([*header(snapshot, now), *rows])


def header(snapshot: Snapshot, now: datetime) -> list[str]:
    """Four lines: who, how good, how much, how fast; and one for each kind of delivery that waits for a person."""
    inbox, listener = snapshot.inbox, snapshot.listener
    count = {state: sum(1 for row in snapshot.workspaces if row.health is state) for state in Health}
    states = ", ".join(f"{n} {state.value}" for state, n in count.items() if n) or "none discovered yet"
    score = "unknown" if snapshot.score is None else f"{snapshot.score}/100"
    why = f" ({'; '.join(snapshot.reasons)})" if snapshot.reasons else ""
    spooled = f", {inbox.spooled:,} spooled" if inbox.spooled else ""
    ack = f", ack p95 {listener.ack_ms.p95:g} ms" if listener.ack_ms else ""
    took = f" in p95 {snapshot.latency_ms.p95:g} ms" if snapshot.latency_ms else ""
    return [
        f"bisonwatch {snapshot.version} on {snapshot.node}, {_engine(snapshot, now)}",
        f"score {score}{why}",
        f"workspaces {len(snapshot.workspaces)}: {states}",
        f"webhooks {listener.rate_1m:g}/s, {listener.acked:,} acked, {listener.rejected:,} rejected{ack}; "
        f"backlog {inbox.pending:,}{spooled}, dead letters {inbox.dead:,}, {inbox.processed:,} processed{took}",
        *inbox.stuck.told,
    ]


def _engine(snapshot: Snapshot, now: datetime) -> str:
    if snapshot.started_at is not None:
        many = f", {len(snapshot.nodes)} nodes" if len(snapshot.nodes) > 1 else ""
        return f"up {_age((now - snapshot.started_at).total_seconds())}{many}"
    if snapshot.engine_seen_at is not None:
        return f"no engine since {snapshot.engine_seen_at:%Y-%m-%d %H:%M:%S} UTC"
    return "no engine has run on this database yet"


def table(rows: Sequence[WorkspaceRow], now: datetime) -> list[str]:
    """Worst first; a figure that is not known is a dash."""
    ordered = sorted(
        rows, key=lambda row: (row.health.severity, -(lag_seconds(row, now) or 0), row.name.casefold())
    )
    lines = [COLUMNS, *(_cells(row, now) for row in ordered)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS) - 1)]
    return [
        " ".join(
            [
                *(_pad(cell, width, i) for i, (cell, width) in enumerate(zip(line, widths, strict=False))),
                line[-1],
            ]
        )
        for line in lines
    ]


def _pad(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column < 2 else cell.rjust(width)


def _cells(row: WorkspaceRow, now: datetime) -> tuple[str, ...]:
    held = f" ({row.accounts.held} held)" if row.accounts and row.accounts.held else ""
    accounts = f"{row.accounts.connected}/{row.accounts.total}{held}" if row.accounts else "-"
    why = f"{row.reason}; {row.doing}" if row.doing else row.reason
    return (
        row.health.value,
        row.name,
        _lag(row, now),
        f"{row.per_minute:g}",
        _delivered(row),
        _number(row.month.sent),
        _number(row.month.replied),
        _number(row.month.interested),
        _number(row.target),
        accounts,
        why,
    )


def _delivered(row: WorkspaceRow) -> str:
    """By our count; and by the provider's record, where it has one."""
    ours, theirs = (
        "-" if share is None else f"{share:.1%}"
        for share in (row.delivery_rate_24h, row.delivery_rate_provider_24h)
    )
    return ours if theirs == "-" else f"{ours}/{theirs}"


def _lag(row: WorkspaceRow, now: datetime) -> str:
    lag = lag_seconds(row, now)
    if lag is None:
        return "-"
    if lag == 0 and row.verified_at is not None:
        return f"ok {row.verified_at:%H:%M}"
    return _age(lag)


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _age(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return (
        f"{whole // 3600}h{whole % 3600 // 60:02}m"
        if whole < 86400
        else f"{whole // 86400}d{whole % 86400 // 3600:02}h"
    )
