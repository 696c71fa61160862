"""What backfills have read, from when on each number has a history, and what a run of theirs was asked for.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import closing, types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "backfills",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("read_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "stream", "last_day", name=op.f("pk_backfills")),
    )
    op.create_table(
        "histories",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("filled_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "metric", name=op.f("pk_histories")),
    )
    schema = op.get_context().version_table_schema
    for column in (
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("haste", sa.Text(), nullable=True),
    ):
        op.add_column("runs", column, schema=schema)
    if schema is not None:
        closing.close(op.get_bind(), schema)
