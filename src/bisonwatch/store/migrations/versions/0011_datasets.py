"""The datasets as they were made last, so that a restart starts warm, and what their cache did in each minute; both under the old names too.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import closing, dialect, types
from bisonwatch.store.names import views

revision = "0011"
down_revision = "0010"

_COUNTS = ("hits", "misses", "stale", "refreshed", "failed", "prefetched", "late")


def upgrade() -> None:
    schema = op.get_context().version_table_schema
    op.create_table(
        "datasets",
        *_workspace(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("value", types.Json(), nullable=True),
        sa.Column("warnings", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "name", name=op.f("pk_datasets")),
    )
    op.create_index("ix_datasets_made", "datasets", ["made_at"], schema=schema)
    op.create_table(
        "cache_minutes",
        *_workspace(),
        sa.Column("minute", types.Instant(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *(sa.Column(count, sa.Integer(), nullable=False) for count in _COUNTS),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "minute", "name", name=op.f("pk_cache_minutes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cache_minutes_minute", "cache_minutes", ["minute"], schema=schema)
    _named(op.get_bind(), schema)
    if schema is not None:
        closing.close(op.get_bind(), schema)


def _named(connection: sa.Connection, schema: str | None) -> None:
    """The views that had the columns only."""
    kind = dialect.of(connection.dialect.name)
    server = int((connection.dialect.server_version_info or (0,))[0])
    before = _search(connection, f'"{schema}"') if schema is not None else None
    for made in views.replacing(kind.words, server, "data_cache_metadata", "function_call_logs"):
        connection.exec_driver_sql(made)
    if before is not None:
        _search(connection, before)


def _search(connection: sa.Connection, path: str) -> str:
    """Look for names there until the transaction ends; where they were looked for before."""
    before: str = connection.exec_driver_sql("SHOW search_path").scalar_one()
    connection.execute(sa.select(sa.func.set_config("search_path", path, True)))
    return before


def _workspace() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
    )
