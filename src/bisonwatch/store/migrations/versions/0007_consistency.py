"""Reports of consistency, the verdict on each workspace, from when on counts are complete, and the provider's summaries.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import closing, types

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _consistency()
    _drifts()
    _witnesses()
    _summaries()
    schema = op.get_context().version_table_schema
    if schema is not None:
        closing.close(op.get_bind(), schema)


def _workspace() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
    )


def _consistency() -> None:
    op.create_table(
        "consistency",
        *_workspace(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("reported", sa.BigInteger(), nullable=False),
        sa.Column("drift", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.Column("checked_at", types.Instant(), nullable=False),
        sa.Column("healed_at", types.Instant(), nullable=True),
        sa.Column("resync_id", types.Id(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "day", "metric", name=op.f("pk_consistency")),
        sqlite_with_rowid=False,
    )
    schema = op.get_context().version_table_schema
    op.create_index("ix_consistency_checked", "consistency", ["checked_at"], schema=schema)


def _drifts() -> None:
    op.create_table(
        "drifts",
        *_workspace(),
        sa.Column("drift", sa.Double(), nullable=True),
        sa.Column("metric", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("checked_at", types.Instant(), nullable=False),
        sa.Column("shift", sa.SmallInteger(), nullable=True),
        sa.Column("over_since", types.Instant(), nullable=True),
        sa.Column("resync_at", types.Instant(), nullable=True),
        sa.Column("resync_id", types.Id(), nullable=True),
        sa.Column("resync_gaps", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "workspace_id", name=op.f("pk_drifts")),
    )


def _witnesses() -> None:
    op.create_table(
        "witnesses",
        *_workspace(),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "metric", name=op.f("pk_witnesses")),
    )


def _summaries() -> None:
    counts = ("leads_contacted", "opened", "unique_opens", "unique_replies")
    ends = ("bounced", "unsubscribed", "interested")
    op.create_table(
        "summaries",
        *_workspace(),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in (*counts, *ends)),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "month", name=op.f("pk_summaries")),
    )
