"""Every write that was asked for over the API: who, what, when, from where, how it ended.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import closing, types

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("given", types.Json(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    schema = op.get_context().version_table_schema
    if schema is not None:
        closing.close(op.get_bind(), schema)
