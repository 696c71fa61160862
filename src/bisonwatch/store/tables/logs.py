"""Requests to the provider and flaws of its answers: by the minute for a while, and by the hour."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from bisonwatch.metrics import CALL_BOUNDS_MS, Ending
from bisonwatch.store.tables.base import metadata, workspace
from bisonwatch.store.types import Instant

ENDINGS = tuple(ending.value for ending in Ending)
BUCKETS = (*(f"ms_{bound}" for bound in CALL_BOUNDS_MS), "ms_more")
"""Calls by how long they took, up to so many milliseconds; each bucket is a column, so that nodes and minutes add up."""
SUMS = (*ENDINGS, "retries", "unsent", "total_ms", *BUCKETS)


def _calls(name: str, step: str) -> Table:
    return Table(
        name,
        metadata,
        Column("instance", Text, primary_key=True),
        Column("endpoint", Text, primary_key=True),
        Column(step, Instant, primary_key=True),
        *(Column(count, BigInteger, nullable=False) for count in (*SUMS, "max_ms")),
        Index(f"ix_{name}_{step}", step),
        sqlite_with_rowid=False,
    )


def _flaws(name: str, step: str) -> Table:
    return Table(
        name,
        metadata,
        *workspace(),
        Column("source", Text, primary_key=True),
        Column("field", Text, primary_key=True),
        Column("reason", Text, primary_key=True),
        Column(step, Instant, primary_key=True),
        Column("n", BigInteger, nullable=False),
        Column("first_at", Instant, nullable=False),
        Column("last_at", Instant, nullable=False),
        Column("example", Text),
        Index(f"ix_{name}_{step}", step),
        sqlite_with_rowid=False,
    )


api_minutes, api_hours = _calls("api_minutes", "minute"), _calls("api_hours", "hour")
validation_minutes = _flaws("validation_minutes", "minute")
validation_hours = _flaws("validation_hours", "hour")
"""`workspace_id` is 0 for a flaw that is of no workspace."""
