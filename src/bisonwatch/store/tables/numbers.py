"""What is counted, and what the provider says of the same."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Double,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from bisonwatch.store.tables.base import POSTGRES_ONLY, ZERO, metadata, workspace
from bisonwatch.store.types import Id, Instant, Json

facts = Table(
    "facts",
    metadata,
    *workspace(),
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
    *workspace(),
    Column("day", Date, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Index("ix_daily_counts_day", "day", info=POSTGRES_ONLY),
    sqlite_with_rowid=False,
)

daily_reports = Table(
    "daily_reports",
    metadata,
    *workspace(),
    Column("day", Date, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("as_of", Instant, nullable=False),
    Index("ix_daily_reports_day", "day", info=POSTGRES_ONLY),
    sqlite_with_rowid=False,
)

month_counts = Table(
    "month_counts",
    metadata,
    Column("month", Date, primary_key=True),
    *workspace(),
    Column("metric", Text, primary_key=True),
    Column("counted", BigInteger, nullable=False),
    Column("covered", BigInteger, nullable=False, server_default=ZERO),
    Column("reported", BigInteger, nullable=False, server_default=ZERO),
    Column("as_of", Instant),
    Column("days_counted", Integer, nullable=False),
    Column("days_reported", Integer, nullable=False, server_default=ZERO),
    sqlite_with_rowid=False,
)
"""Begins with the month, since one month of everybody is what is read; a bit for each day that has a row."""

summaries = Table(
    "summaries",
    metadata,
    *workspace(),
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
consistency = Table(
    "consistency",
    metadata,
    *workspace(),
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
    *workspace(),
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
    *workspace(),
    Column("metric", Text, primary_key=True),
    Column("first_day", Date, nullable=False),
)
"""From which day on a metric's counts are complete, where that is earlier than the first full day after the workspace was first seen."""

histories = Table(
    "histories",
    metadata,
    *workspace(),
    Column("metric", Text, primary_key=True),
    Column("first_day", Date, nullable=False),
    Column("basis", Text, nullable=False),
    Column("filled_at", Instant, nullable=False),
)
"""How far back finished backfills reach, and whether a metric's past was counted or is the provider's report alone."""

client_metrics = Table(
    "client_metrics",
    metadata,
    *workspace(),
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
