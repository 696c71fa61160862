"""A few columns of each kind, and rows that are hard to write."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from bisonwatch.domain.export import Column, Kind, Row

COLUMNS = (
    Column("name", Kind.TEXT),
    Column("id", Kind.UUID),
    Column("n", Kind.INTEGER),
    Column("active", Kind.BOOLEAN),
    Column("at", Kind.MOMENT),
    Column("day", Kind.DAY),
    Column("tags", Kind.LIST),
    Column("error", Kind.TEXT, told=True),
)
NUMBER = UUID("019a4c5e-77b0-7000-8000-000000000001")
AT = datetime(2026, 11, 20, 12, 0, 0, 120, tzinfo=UTC)
FULL: Row = ("Molar", NUMBER, -5, True, AT, date(2026, 11, 20), ["a", "=b"], "said")
NULLS: Row = (None,) * len(COLUMNS)
KEY = "12|abcdefghijklmnopqrstuvwx"
"""What has the form of a provider's key is masked, seen before or not."""


def named(*names: object) -> list[Row]:
    """Rows of which only the first column matters."""
    return [(name, *NULLS[1:]) for name in names]
