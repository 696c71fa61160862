"""Every table, declared once. Keys of tables that grow begin with the workspace; times are stored, never ages.

`client_registry`, `client_leads` and `client_metrics` are read (and `client_leads` written) by other programs under these names.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bisonwatch.store.dialect import where
from bisonwatch.store.types import Id, Instant, Json

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_PENDING = text("state = 'pending'")
_DEAD = text("state = 'dead'")
_DISCARDED = text("state = 'discarded'")
_ZERO = text("0")
_POSTGRES_ONLY = {"only": "postgresql"}
"""Of an index that the migrations make there alone."""


def _workspace() -> tuple[Column[str], Column[int]]:
    return Column("instance", Text, primary_key=True), Column(
        "workspace_id", BigInteger, primary_key=True, autoincrement=False
    )


inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("workspace_id", BigInteger),
    Column("type", Text),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("logged_at", Instant),
    Column("content_hash", LargeBinary, nullable=False),
    Column("duplicate", Boolean, nullable=False),
    Column("canary", Text),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_try_at", Instant, nullable=False),
    Column("processed_at", Instant),
    Column("effect", Text),
    Column("subject", Text),
    Column("error", Text),
    Column("slot", SmallInteger, nullable=False, server_default=_ZERO),
    Column("size", Integer, nullable=False, server_default=_ZERO),
    Index("ix_inbox_pending", "next_try_at", "id", **where(_PENDING)),
    Index("ix_inbox_dead", "received_at", **where(_DEAD)),
    Index("ix_inbox_discarded", "received_at", **where(_DISCARDED)),
    Index("ix_inbox_content", "content_hash"),
    Index("ix_inbox_received", "received_at"),
)

bodies = Table(
    "bodies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    *_workspace(),
    Column("type", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("logged_at", Instant),
    Column("webhook_at", Instant),
    Column("delivery_id", Id, nullable=False),
    Index("ix_facts_seen", "instance", "workspace_id", "seen_at"),
    sqlite_with_rowid=False,
)

daily_counts = Table(
    "daily_counts",
    metadata,
    *_workspace(),
    Column("day", Date, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Index("ix_daily_counts_day", "day", info=_POSTGRES_ONLY),
    sqlite_with_rowid=False,
)

daily_reports = Table(
    "daily_reports",
    metadata,
    *_workspace(),
    Column("day", Date, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("as_of", Instant, nullable=False),
    Index("ix_daily_reports_day", "day", info=_POSTGRES_ONLY),
    sqlite_with_rowid=False,
)

month_counts = Table(
    "month_counts",
    metadata,
    Column("month", Date, primary_key=True),
    *_workspace(),
    Column("metric", Text, primary_key=True),
    Column("counted", BigInteger, nullable=False),
    Column("covered", BigInteger, nullable=False, server_default=_ZERO),
    Column("reported", BigInteger, nullable=False, server_default=_ZERO),
    Column("as_of", Instant),
    Column("days_counted", Integer, nullable=False),
    Column("days_reported", Integer, nullable=False, server_default=_ZERO),
    sqlite_with_rowid=False,
)
"""Begins with the month, since one month of everybody is what is read; a bit for each day that has a row."""

traffic = Table(
    "traffic",
    metadata,
    *_workspace(),
    Column("minute", Instant, primary_key=True),
    Column("webhooks", BigInteger, nullable=False),
    Column("polled", BigInteger, nullable=False),
    Column("walks", BigInteger, nullable=False),
    Column("missed", BigInteger, nullable=False),
    Index("ix_traffic_minute", "minute"),
    sqlite_with_rowid=False,
)

event_types = Table(
    "event_types",
    metadata,
    *_workspace(),
    Column("type", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("last_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

client_registry = Table(
    "client_registry",
    metadata,
    *_workspace(),
    Column("workspace_name", Text, nullable=False),
    Column("provider_name", Text, nullable=False),
    Column("name_known_at", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("kpi_target", Integer),
    Column("daily_limit", Integer),
    Column("first_seen_at", Instant, nullable=False),
    UniqueConstraint("workspace_name"),
)

workspace_watch = Table(
    "workspace_watch",
    metadata,
    *_workspace(),
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
    *_workspace(),
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
    *_workspace(),
    Column("stream", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("position_at", Instant, nullable=False),
    Column("walked_at", Instant, nullable=False),
)

client_leads = Table(
    "client_leads",
    metadata,
    *_workspace(),
    Column("lead_email", Text, primary_key=True),
    Column("workspace_name", Text, nullable=False),
    Column("lead_id", BigInteger),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("company", Text),
    Column("title", Text),
    Column("phone", Text),
    Column("state", Text),
    Column("status", Text),
    Column("pipeline_stage", Text),
    Column("stage_author", Text, nullable=False, server_default="auto"),
    Column("auto_stage", Text, nullable=False, server_default="new"),
    Column("contacted_at", Instant),
    Column("replied_at", Instant),
    Column("interested_at", Instant),
    Column("bounced_at", Instant),
    Column("unsubscribed_at", Instant),
    Column("campaign_id", BigInteger),
    Column("sender_email_id", BigInteger),
    Column("contact_known_at", Instant),
    Column("contact_sequence", BigInteger),
    Column("reply_id", BigInteger),
    Column("date_received", Instant),
    Column("known_at", Instant, nullable=False),
    Column("known_rank", SmallInteger, nullable=False),
    Column("known_sequence", BigInteger, nullable=False),
    Column("updated_at", Instant),
    UniqueConstraint("workspace_name", "lead_email"),
    Index("ix_client_leads_id", "instance", "workspace_id", "lead_id"),
)

client_metrics = Table(
    "client_metrics",
    metadata,
    *_workspace(),
    Column("metric_type", Text, primary_key=True),
    Column("workspace_name", Text, nullable=False),
    Column("emails_sent_mtd", BigInteger),
    Column("opens_mtd", BigInteger),
    Column("replies_mtd", BigInteger),
    Column("interested_mtd", BigInteger),
    Column("positive_replies_mtd", BigInteger),
    Column("bounces_mtd", BigInteger),
    Column("bounced_mtd", BigInteger),
    Column("unsubscribes_mtd", BigInteger),
    Column("unsubscribed_mtd", BigInteger),
    Column("last_webhook_update_at", Instant),
    Column("last_poll_update_at", Instant),
    Column("update_source", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("workspace_name", "metric_type"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text),
    Column("status", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("reseller", Text),
    Column("tags", Json, nullable=False),
    Column("daily_limit", Integer, nullable=False),
    Column("warmup_enabled", Boolean),
    Column("sent", BigInteger, nullable=False),
    Column("replied", BigInteger, nullable=False),
    Column("bounced", BigInteger, nullable=False),
    Column("row_hash", BigInteger, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("opened", BigInteger, nullable=False, server_default=_ZERO),
    Column("unsubscribed", BigInteger, nullable=False, server_default=_ZERO),
    Column("interested", BigInteger, nullable=False, server_default=_ZERO),
    Column("contacted", BigInteger, nullable=False, server_default=_ZERO),
    Column("unique_replied", BigInteger, nullable=False, server_default=_ZERO),
    Column("unique_opened", BigInteger, nullable=False, server_default=_ZERO),
    Index("ix_accounts_workspace", "instance", "workspace_id", "id", "status"),
)

account_warmups = Table(
    "account_warmups",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("score", Double),
    Column("sent", BigInteger, nullable=False),
    Column("replied", BigInteger, nullable=False),
    Column("saved_from_spam", BigInteger, nullable=False),
    Column("bounces_received", BigInteger, nullable=False),
    Column("bounces_caused", BigInteger, nullable=False),
    Column("disabled_for_bouncing", BigInteger, nullable=False),
    Column("known_at", Instant, nullable=False),
    Index("ix_account_warmups_workspace", "instance", "workspace_id"),
)

account_walks = Table(
    "account_walks",
    metadata,
    *_workspace(),
    Column("walked_at", Instant),
    Column("swept_at", Instant),
    Column("warmed_at", Instant),
    Column("met", Integer),
    Column("told", Integer),
    Column("held", Json, nullable=False),
    Column("held_at", Instant),
    Column("held_of", Integer),
    Column("elsewhere", Json, nullable=False),
    Column("confirmed_at", Instant),
    Column("confirmed_by", Text),
)

provider_days = Table(
    "provider_days",
    metadata,
    *_workspace(),
    Column("day", Date, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("accounts", Integer, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("replied", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

campaigns = Table(
    "campaigns",
    metadata,
    *_workspace(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text),
    Column("known_at", Instant, nullable=False),
    Column("known_rank", SmallInteger, nullable=False),
    Column("known_sequence", BigInteger, nullable=False),
    Column("type", Text),
    Column("status", Text),
    Column("prioritization", Text),
    Column("completion", Integer),
    Column("open_tracking", Boolean),
    Column("plain_text", Boolean),
    Column("can_unsubscribe", Boolean),
    Column("include_auto_replies", Boolean),
    Column("max_emails_per_day", BigInteger),
    Column("max_new_leads_per_day", BigInteger),
    Column("max_per_receiving_domain", BigInteger),
    Column("total_leads", BigInteger),
    Column("leads_contacted", BigInteger),
    Column("sent", BigInteger),
    Column("opened", BigInteger),
    Column("unique_opens", BigInteger),
    Column("replied", BigInteger),
    Column("unique_replies", BigInteger),
    Column("bounced", BigInteger),
    Column("unsubscribed", BigInteger),
    Column("interested", BigInteger),
    Column("tags", Json),
    Column("created_at", Instant),
    Column("updated_at", Instant),
    Column("read_at", Instant),
    Column("gone_at", Instant),
    Column("row_hash", BigInteger),
)

hints = Table(
    "hints",
    metadata,
    *_workspace(),
    Column("kind", Text, primary_key=True),
    Column("object_id", BigInteger, primary_key=True, autoincrement=False),
    Column("known_at", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_try_at", Instant, nullable=False),
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
    Column("fence", Integer, nullable=False, server_default=_ZERO),
    Column("share", SmallInteger, nullable=False, server_default=_ZERO),
    Column("shares", SmallInteger, nullable=False, server_default=text("1")),
    Index("ix_runs_open", "state", **where(text("state <> 'done'"))),
    Index("ix_runs_done", "queued_at", **where(text("state = 'done'"))),
    Index("ix_runs_job", "job", "queued_at"),
    Index("ix_runs_workspace", "instance", "workspace_id", "queued_at"),
)

transitions = Table(
    "transitions",
    metadata,
    *_workspace(),
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

consistency = Table(
    "consistency",
    metadata,
    *_workspace(),
    Column("day", Date, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("counted", BigInteger, nullable=False),
    Column("reported", BigInteger, nullable=False),
    Column("drift", Double, nullable=False),
    Column("reason", Text),
    Column("as_of", Instant, nullable=False),
    Column("checked_at", Instant, nullable=False),
    Column("healed_at", Instant),
    Column("resync_id", Id),
    Index("ix_consistency_checked", "checked_at"),
    sqlite_with_rowid=False,
)
"""What each day's number was when it was last compared with the provider's; `metric` may be a list of rows (accounts, leads, campaigns)."""

drifts = Table(
    "drifts",
    metadata,
    *_workspace(),
    Column("drift", Double),
    Column("metric", Text),
    Column("reason", Text),
    Column("checked_at", Instant, nullable=False),
    Column("shift", SmallInteger),
    Column("over_since", Instant),
    Column("resync_at", Instant),
    Column("resync_id", Id),
    Column("resync_gaps", Json),
)
"""The last verdict on each workspace, and the last resync that started because of one."""

witnesses = Table(
    "witnesses",
    metadata,
    *_workspace(),
    Column("metric", Text, primary_key=True),
    Column("first_day", Date, nullable=False),
)
"""From which day on a metric's counts are complete, where that is earlier than the first full day after the workspace was first seen."""

summaries = Table(
    "summaries",
    metadata,
    *_workspace(),
    Column("month", Date, primary_key=True),
    Column("until", Date, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("leads_contacted", BigInteger),
    Column("opened", BigInteger),
    Column("unique_opens", BigInteger),
    Column("unique_replies", BigInteger),
    Column("bounced", BigInteger),
    Column("unsubscribed", BigInteger),
    Column("interested", BigInteger),
    Column("as_of", Instant, nullable=False),
)
