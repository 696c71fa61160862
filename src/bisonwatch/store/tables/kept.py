"""The datasets as they were made last, and what their cache did."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from bisonwatch.store.tables.base import metadata, workspace
from bisonwatch.store.types import Instant, Json

datasets = Table(
    "datasets",
    metadata,
    *workspace(),
    Column("name", Text, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("value", Json),
    Column("warnings", Json, nullable=False),
    Index("ix_datasets_made", "made_at"),
)
"""Without a value: it was cleared then, and what was made before is not given any more."""

cache_minutes = Table(
    "cache_minutes",
    metadata,
    *workspace(),
    Column("minute", Instant, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("hits", Integer, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("stale", Integer, nullable=False),
    Column("refreshed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("prefetched", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Index("ix_cache_minutes_minute", "minute"),
    sqlite_with_rowid=False,
)
"""Several nodes add up."""
