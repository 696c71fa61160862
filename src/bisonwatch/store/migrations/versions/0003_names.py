"""The views and functions that other programs read by the old system's names.

Revision ID: 0003
"""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing yet."""
