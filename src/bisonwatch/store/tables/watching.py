"""What is done about each workspace, and by whom."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, SmallInteger, Table, Text, text

from bisonwatch.store.dialect import where
from bisonwatch.store.tables.base import ZERO, metadata, workspace
from bisonwatch.store.types import Id, Instant, Json

workspace_watch = Table(
    "workspace_watch",
    metadata,
    *workspace(),
    Column("last_webhook_at", Instant),
    Column("last_event_at", Instant),
    Column("last_poll_at", Instant),
    Column("verified_at", Instant),
    Column("missed", Integer, nullable=False),
    Column("missing_since", Instant),
    Column("poll_failed_since", Instant),
    Column("poll_error", Text),
    Column("subscribed_at", Instant),
    Column("tried_at", Instant),
    Column("named_at", Instant),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    *workspace(),
    Column("state", Text),
    Column("number", BigInteger),
    Column("wrong", Text),
    Column("since", Instant),
    Column("checked_at", Instant),
    Column("canary_sent_at", Instant),
    Column("canary_arrived_at", Instant),
    Column("canary_failed_since", Instant),
    Column("canary_error", Text),
)

cursors = Table(
    "cursors",
    metadata,
    *workspace(),
    Column("stream", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("position_at", Instant, nullable=False),
    Column("walked_at", Instant, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Id, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("stopped_at", Instant),
    Column("leader", Boolean, nullable=False),
    Column("api_url", Text),
    Column("figures", Json, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", Text, nullable=False),
    Column("instance", Text),
    Column("workspace_id", BigInteger),
    Column("parts", Json, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("node_id", Id),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("outcome", Text),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("rows_read", BigInteger, nullable=False),
    Column("rows_written", BigInteger, nullable=False),
    Column("rows_unchanged", BigInteger, nullable=False),
    Column("rows_removed", BigInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("retries", BigInteger, nullable=False),
    Column("workspaces", Integer),
    Column("workspaces_failed", Integer),
    Column("totals", Json),
    Column("error", Text),
    Column("cancel_asked", Boolean, nullable=False),
    Column("fence", Integer, nullable=False, server_default=ZERO),
    Column("share", SmallInteger, nullable=False, server_default=ZERO),
    Column("shares", SmallInteger, nullable=False, server_default=text("1")),
    Column("first_day", Date),
    Column("last_day", Date),
    Column("haste", Text),
    Index("ix_runs_open", "state", **where(text("state <> 'done'"))),
    Index("ix_runs_done", "queued_at", **where(text("state = 'done'"))),
    Index("ix_runs_job", "job", "queued_at"),
    Index("ix_runs_workspace", "instance", "workspace_id", "queued_at"),
)

backfills = Table(
    "backfills",
    metadata,
    *workspace(),
    Column("stream", Text, primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("first_day", Date, nullable=False),
    Column("mark", Text),
    Column("read_at", Instant, nullable=False),
)
"""Days of each list that were read to the end, and where the list goes on below them."""

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("address", Text),
    Column("operation", Text, nullable=False),
    Column("instance", Text),
    Column("workspace_id", BigInteger),
    Column("given", Json),
    Column("status", SmallInteger),
    Column("ended_at", Instant),
    Column("error", Text),
    Index("ix_audit_at", "at"),
)
"""Writes that were asked for over the API."""

transitions = Table(
    "transitions",
    metadata,
    *workspace(),
    Column("at", Instant, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("health", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_at", Instant),
    Index("ix_transitions_open", "rule", **where(text("ended_at IS NULL"))),
)

copies = Table(
    "copies",
    metadata,
    Column("table_name", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("last_key", Json),
    Column("rows", BigInteger, nullable=False),
    Column("finished_at", Instant),
)
