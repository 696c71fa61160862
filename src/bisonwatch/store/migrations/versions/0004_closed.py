"""Closed to strangers: row level security, nothing granted to anonymous roles (Postgres).

Revision ID: 0004
"""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing yet."""
