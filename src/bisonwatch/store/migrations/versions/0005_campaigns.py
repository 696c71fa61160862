"""Campaigns with their state, their settings and the provider's own counters, as a read tells them.

Revision ID: 0005
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import types

revision = "0005"
down_revision = "0004"

_TEXTS = ("type", "status", "prioritization")
_FLAGS = ("open_tracking", "plain_text", "can_unsubscribe", "include_auto_replies")
_NUMBERS = (
    "max_emails_per_day",
    "max_new_leads_per_day",
    "max_per_receiving_domain",
    "total_leads",
    "leads_contacted",
    "sent",
    "opened",
    "unique_opens",
    "replied",
    "unique_replies",
    "bounced",
    "unsubscribed",
    "interested",
)
_MOMENTS = ("created_at", "updated_at", "read_at", "gone_at")


def upgrade() -> None:
    schema = op.get_context().version_table_schema
    columns: list[sa.Column[Any]] = [
        *(sa.Column(name, sa.Text(), nullable=True) for name in _TEXTS),
        sa.Column("completion", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=True) for name in _FLAGS),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _NUMBERS),
        sa.Column("tags", types.Json(), nullable=True),
        *(sa.Column(name, types.Instant(), nullable=True) for name in _MOMENTS),
        sa.Column("row_hash", sa.BigInteger(), nullable=True),
    ]
    for column in columns:
        op.add_column("campaigns", column, schema=schema)
