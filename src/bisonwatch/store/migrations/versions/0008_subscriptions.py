"""How our webhook subscriptions stand at the provider, and when a test event last came the whole way.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import closing, types

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.Text(), nullable=True),
        *(
            sa.Column(name, types.Instant(), nullable=True)
            for name in ("since", "checked_at", "canary_sent_at", "canary_arrived_at", "canary_failed_since")
        ),
        sa.Column("canary_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "workspace_id", name=op.f("pk_subscriptions")),
    )
    schema = op.get_context().version_table_schema
    if schema is not None:
        closing.close(op.get_bind(), schema)
