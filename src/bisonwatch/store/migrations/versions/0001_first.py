"""The first schema.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import dialect, types

revision = "0001"
down_revision = None


def upgrade() -> None:
    _accounts()
    _campaigns()
    _client_leads()
    _client_metrics()
    _client_registry()
    _cursors()
    _daily_counts()
    _daily_reports()
    _event_types()
    _facts()
    _hints()
    _inbox()
    _leases()
    _nodes()
    _runs()
    _traffic()
    _transitions()
    _workspace_watch()
    _guard_stages()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("reseller", sa.Text(), nullable=True),
        sa.Column("tags", types.Json(), nullable=False),
        sa.Column("daily_limit", sa.Integer(), nullable=False),
        sa.Column("warmup_enabled", sa.Boolean(), nullable=True),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("replied", sa.BigInteger(), nullable=False),
        sa.Column("bounced", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.BigInteger(), nullable=False),
        sa.Column("known_at", types.Instant(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "id", name=op.f("pk_accounts")),
    )
    op.create_index("ix_accounts_workspace", "accounts", ["instance", "workspace_id", "id"], unique=False)


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("known_at", types.Instant(), nullable=False),
        sa.Column("known_rank", sa.SmallInteger(), nullable=False),
        sa.Column("known_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "id", name=op.f("pk_campaigns")),
    )


def _client_leads() -> None:
    op.create_table(
        "client_leads",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lead_email", sa.Text(), nullable=False),
        sa.Column("workspace_name", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("pipeline_stage", sa.Text(), nullable=True),
        sa.Column("stage_author", sa.Text(), server_default="auto", nullable=False),
        sa.Column("auto_stage", sa.Text(), server_default="new", nullable=False),
        sa.Column("contacted_at", types.Instant(), nullable=True),
        sa.Column("replied_at", types.Instant(), nullable=True),
        sa.Column("interested_at", types.Instant(), nullable=True),
        sa.Column("bounced_at", types.Instant(), nullable=True),
        sa.Column("unsubscribed_at", types.Instant(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("sender_email_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_known_at", types.Instant(), nullable=True),
        sa.Column("contact_sequence", sa.BigInteger(), nullable=True),
        sa.Column("reply_id", sa.BigInteger(), nullable=True),
        sa.Column("date_received", types.Instant(), nullable=True),
        sa.Column("known_at", types.Instant(), nullable=False),
        sa.Column("known_rank", sa.SmallInteger(), nullable=False),
        sa.Column("known_sequence", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "lead_email", name=op.f("pk_client_leads")),
        sa.UniqueConstraint(
            "workspace_name", "lead_email", name=op.f("uq_client_leads_workspace_name_lead_email")
        ),
    )
    op.create_index(
        "ix_client_leads_id", "client_leads", ["instance", "workspace_id", "lead_id"], unique=False
    )


def _client_metrics() -> None:
    op.create_table(
        "client_metrics",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("metric_type", sa.Text(), nullable=False),
        sa.Column("workspace_name", sa.Text(), nullable=False),
        sa.Column("emails_sent_mtd", sa.BigInteger(), nullable=True),
        sa.Column("opens_mtd", sa.BigInteger(), nullable=True),
        sa.Column("replies_mtd", sa.BigInteger(), nullable=True),
        sa.Column("interested_mtd", sa.BigInteger(), nullable=True),
        sa.Column("positive_replies_mtd", sa.BigInteger(), nullable=True),
        sa.Column("bounces_mtd", sa.BigInteger(), nullable=True),
        sa.Column("bounced_mtd", sa.BigInteger(), nullable=True),
        sa.Column("unsubscribes_mtd", sa.BigInteger(), nullable=True),
        sa.Column("unsubscribed_mtd", sa.BigInteger(), nullable=True),
        sa.Column("last_webhook_update_at", types.Instant(), nullable=True),
        sa.Column("last_poll_update_at", types.Instant(), nullable=True),
        sa.Column("update_source", sa.Text(), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "metric_type", name=op.f("pk_client_metrics")),
        sa.UniqueConstraint(
            "workspace_name", "metric_type", name=op.f("uq_client_metrics_workspace_name_metric_type")
        ),
    )


def _client_registry() -> None:
    op.create_table(
        "client_registry",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workspace_name", sa.Text(), nullable=False),
        sa.Column("provider_name", sa.Text(), nullable=False),
        sa.Column("name_known_at", types.Instant(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("kpi_target", sa.Integer(), nullable=True),
        sa.Column("daily_limit", sa.Integer(), nullable=True),
        sa.Column("first_seen_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", name=op.f("pk_client_registry")),
        sa.UniqueConstraint("workspace_name", name=op.f("uq_client_registry_workspace_name")),
    )


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("position_at", types.Instant(), nullable=False),
        sa.Column("walked_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "stream", name=op.f("pk_cursors")),
    )


def _daily_counts() -> None:
    op.create_table(
        "daily_counts",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "day", "metric", name=op.f("pk_daily_counts")),
        sqlite_with_rowid=False,
    )


def _daily_reports() -> None:
    op.create_table(
        "daily_reports",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "day", "metric", name=op.f("pk_daily_reports")),
        sqlite_with_rowid=False,
    )


def _event_types() -> None:
    op.create_table(
        "event_types",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("last_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "type", name=op.f("pk_event_types")),
        sqlite_with_rowid=False,
    )


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("logged_at", types.Instant(), nullable=True),
        sa.Column("webhook_at", types.Instant(), nullable=True),
        sa.Column("delivery_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "type", "key", name=op.f("pk_facts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_facts_seen", "facts", ["instance", "workspace_id", "seen_at"], unique=False)


def _hints() -> None:
    op.create_table(
        "hints",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at", types.Instant(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "kind", "object_id", name=op.f("pk_hints")),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("logged_at", types.Instant(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("duplicate", sa.Boolean(), nullable=False),
        sa.Column("canary", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", types.Instant(), nullable=False),
        sa.Column("processed_at", types.Instant(), nullable=True),
        sa.Column("effect", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_content", "inbox", ["content_hash"], unique=False)
    op.create_index(
        "ix_inbox_dead",
        "inbox",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_inbox_received", "inbox", ["received_at"], unique=False)


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", types.Id(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("stopped_at", types.Instant(), nullable=True),
        sa.Column("leader", sa.Boolean(), nullable=False),
        sa.Column("api_url", sa.Text(), nullable=True),
        sa.Column("figures", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nodes")),
    )
    op.create_index("ix_nodes_seen", "nodes", ["seen_at"], unique=False)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("parts", types.Json(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("queued_at", types.Instant(), nullable=False),
        sa.Column("node_id", types.Id(), nullable=True),
        sa.Column("started_at", types.Instant(), nullable=True),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_written", sa.BigInteger(), nullable=False),
        sa.Column("rows_unchanged", sa.BigInteger(), nullable=False),
        sa.Column("rows_removed", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("retries", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(
        "ix_runs_done",
        "runs",
        ["queued_at"],
        unique=False,
        sqlite_where=sa.text("state = 'done'"),
        postgresql_where=sa.text("state = 'done'"),
    )
    op.create_index("ix_runs_job", "runs", ["job", "queued_at"], unique=False)
    op.create_index(
        "ix_runs_open",
        "runs",
        ["state"],
        unique=False,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_index("ix_runs_workspace", "runs", ["instance", "workspace_id", "queued_at"], unique=False)


def _traffic() -> None:
    op.create_table(
        "traffic",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("minute", types.Instant(), nullable=False),
        sa.Column("webhooks", sa.BigInteger(), nullable=False),
        sa.Column("polled", sa.BigInteger(), nullable=False),
        sa.Column("walks", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "minute", name=op.f("pk_traffic")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_traffic_minute", "traffic", ["minute"], unique=False)


def _transitions() -> None:
    op.create_table(
        "transitions",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "at", "rule", name=op.f("pk_transitions")),
    )
    op.create_index(
        "ix_transitions_open",
        "transitions",
        ["rule"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _workspace_watch() -> None:
    op.create_table(
        "workspace_watch",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_webhook_at", types.Instant(), nullable=True),
        sa.Column("last_event_at", types.Instant(), nullable=True),
        sa.Column("last_poll_at", types.Instant(), nullable=True),
        sa.Column("verified_at", types.Instant(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("missing_since", types.Instant(), nullable=True),
        sa.Column("poll_failed_since", types.Instant(), nullable=True),
        sa.Column("poll_error", sa.Text(), nullable=True),
        sa.Column("subscribed_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "workspace_id", name=op.f("pk_workspace_watch")),
    )


def _guard_stages() -> None:
    schema = op.get_context().version_table_schema
    prefix = f'"{schema}".' if schema else ""
    kind = dialect.of(op.get_bind().dialect.name)
    for statement in kind.stage_guard:
        op.execute(sa.text(statement.format(schema=prefix).replace(":=", r"\:=")))
