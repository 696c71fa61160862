"""What all tables have in common."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, MetaData, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

ZERO = text("0")
POSTGRES_ONLY = {"only": "postgresql"}
"""Of an index that the migrations make there alone."""


def workspace() -> tuple[Column[str], Column[int]]:
    return Column("instance", Text, primary_key=True), Column(
        "workspace_id", BigInteger, primary_key=True, autoincrement=False
    )
