"""Deliveries: as they came, and what came when."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from bisonwatch.store.dialect import where
from bisonwatch.store.tables.base import ZERO, metadata, workspace
from bisonwatch.store.types import Id, Instant

_PENDING = text("state = 'pending'")
_DEAD = text("state = 'dead'")
_DISCARDED = text("state = 'discarded'")

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
    Column("slot", SmallInteger, nullable=False, server_default=ZERO),
    Column("size", Integer, nullable=False, server_default=ZERO),
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

traffic = Table(
    "traffic",
    metadata,
    *workspace(),
    Column("minute", Instant, primary_key=True),
    Column("webhooks", BigInteger, nullable=False),
    Column("polled", BigInteger, nullable=False),
    Column("walks", BigInteger, nullable=False),
    Column("missed", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False, server_default=ZERO),
    Column("prompt", BigInteger, nullable=False, server_default=ZERO),
    Column("answered", BigInteger, nullable=False, server_default=ZERO),
    Column("refused", BigInteger, nullable=False, server_default=ZERO),
    Column("late", BigInteger, nullable=False, server_default=ZERO),
    Index("ix_traffic_minute", "minute"),
    sqlite_with_rowid=False,
)

event_types = Table(
    "event_types",
    metadata,
    *workspace(),
    Column("type", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("last_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

hints = Table(
    "hints",
    metadata,
    *workspace(),
    Column("kind", Text, primary_key=True),
    Column("object_id", BigInteger, primary_key=True, autoincrement=False),
    Column("known_at", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_try_at", Instant, nullable=False),
)
