"""More of what the provider counts per account, its warm-up, what is remembered of walks over accounts, and what a run met where.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import closing, dialect, types
from bisonwatch.store.names import functions, views

revision = "0006"
down_revision = "0005"

_NONE = sa.text("0")
_COUNTERS = ("opened", "unsubscribed", "interested", "contacted", "unique_replied", "unique_opened")
_WARMUP = (
    "sent",
    "replied",
    "saved_from_spam",
    "bounces_received",
    "bounces_caused",
    "disabled_for_bouncing",
)


def upgrade() -> None:
    schema = op.get_context().version_table_schema
    for name in _COUNTERS:
        counter = sa.Column(name, sa.BigInteger(), nullable=False, server_default=_NONE)
        op.add_column("accounts", counter, schema=schema)
    op.add_column("runs", sa.Column("totals", types.Json(), nullable=True), schema=schema)
    _warmups()
    _walks()
    _logs(schema)
    if schema is not None:
        closing.close(op.get_bind(), schema)


def _warmups() -> None:
    op.create_table(
        "account_warmups",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _WARMUP),
        sa.Column("known_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "id", name=op.f("pk_account_warmups")),
    )
    op.create_index(
        "ix_account_warmups_workspace", "account_warmups", ["instance", "workspace_id"], unique=False
    )


def _walks() -> None:
    op.create_table(
        "account_walks",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("walked_at", types.Instant(), nullable=True),
        sa.Column("swept_at", types.Instant(), nullable=True),
        sa.Column("warmed_at", types.Instant(), nullable=True),
        sa.Column("met", sa.Integer(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=True),
        sa.Column("held", types.Json(), nullable=False),
        sa.Column("held_at", types.Instant(), nullable=True),
        sa.Column("held_of", sa.Integer(), nullable=True),
        sa.Column("elsewhere", types.Json(), nullable=False),
        sa.Column("confirmed_at", types.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "workspace_id", name=op.f("pk_account_walks")),
    )


def _logs(schema: str | None) -> None:
    """`email_sync_logs` tells the totals; its columns stay. On Postgres a reply rate has dropped by more than a fifth, no longer by one."""
    connection = op.get_bind()
    kind = dialect.of(connection.dialect.name)
    server = int((connection.dialect.server_version_info or (0,))[0])
    before = _search(connection, f'"{schema}"') if schema is not None else None
    for statement in views.replacing(kind.words, server, "email_sync_logs"):
        connection.exec_driver_sql(statement)
    if before is not None:
        connection.exec_driver_sql(functions.DROP_ANEW.format(schema=schema))
        _search(connection, before)


def _search(connection: sa.Connection, path: str) -> str:
    """Look for names there until the transaction ends; where they were looked for before."""
    before: str = connection.exec_driver_sql("SHOW search_path").scalar_one()
    connection.execute(sa.select(sa.func.set_config("search_path", path, True)))
    return before
