"""Closed to strangers: row level security, nothing granted to anonymous roles (Postgres).

Revision ID: 0004
"""

from alembic import op

from bisonwatch.store import closing

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    schema = op.get_context().version_table_schema
    if schema is not None:
        closing.close(op.get_bind(), schema)
