"""The log of requests to the provider and the log of what was wrong with its answers, by the minute and by the hour;
`api_health_logs` and `data_validation_errors` show them.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import closing, dialect, types
from bisonwatch.store.names import views

revision = "0012"
down_revision = "0011"

_COUNTS = (
    *("ok", "denied", "missing", "throttled", "refused", "failed", "timeout", "broken"),
    *("retries", "unsent", "total_ms"),
    *("ms_25", "ms_50", "ms_100", "ms_200", "ms_400", "ms_700", "ms_1000", "ms_1500", "ms_2000"),
    *("ms_5000", "ms_10000", "ms_20000", "ms_more", "max_ms"),
)


def upgrade() -> None:
    for name, step in (("minutes", "minute"), ("hours", "hour")):
        _calls(f"api_{name}", step)
        _flaws(f"validation_{name}", step)
    schema = op.get_context().version_table_schema
    _named(op.get_bind(), schema)
    if schema is not None:
        closing.close(op.get_bind(), schema)


def _named(connection: sa.Connection, schema: str | None) -> None:
    """The old system's names of both, which were empty so far."""
    kind = dialect.of(connection.dialect.name)
    server = int((connection.dialect.server_version_info or (0,))[0])
    before = _search(connection, f'"{schema}"') if schema is not None else None
    for made in views.replacing(kind.words, server, "api_health_logs", "data_validation_errors"):
        connection.exec_driver_sql(made)
    if before is not None:
        _search(connection, before)


def _search(connection: sa.Connection, path: str) -> str:
    """Look for names there until the transaction ends; where they were looked for before."""
    before: str = connection.exec_driver_sql("SHOW search_path").scalar_one()
    connection.execute(sa.select(sa.func.set_config("search_path", path, True)))
    return before


def _calls(name: str, step: str) -> None:
    op.create_table(
        name,
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column(step, types.Instant(), nullable=False),
        *(sa.Column(count, sa.BigInteger(), nullable=False) for count in _COUNTS),
        sa.PrimaryKeyConstraint("instance", "endpoint", step, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{name}_{step}", name, [step])


def _flaws(name: str, step: str) -> None:
    key = ("instance", "workspace_id", "source", "field", "reason", step)
    op.create_table(
        name,
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False, autoincrement=False),
        *(sa.Column(word, sa.Text(), nullable=False) for word in ("source", "field", "reason")),
        sa.Column(step, types.Instant(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("first_at", types.Instant(), nullable=False),
        sa.Column("last_at", types.Instant(), nullable=False),
        sa.Column("example", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{name}_{step}", name, [step])
