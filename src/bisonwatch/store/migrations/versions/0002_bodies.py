"""Bodies apart from the log of deliveries; fenced and shared runs; the series of account providers; the books of a copy; sums by month.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import dialect, types

revision = "0002"
down_revision = "0001"

_NONE = sa.text("0")


def upgrade() -> None:
    _bodies()
    _slots()
    _discarded()
    for name in ("tried_at", "named_at"):
        op.add_column("workspace_watch", sa.Column(name, types.Instant(), nullable=True), schema=_schema())
    _runs()
    _provider_days()
    _copies()
    _days()
    _months()
    _standing()
    _beats()


def _schema() -> str | None:
    """Changes of a table do not go through the connection's translation of schemas, as creations do."""
    return op.get_context().version_table_schema


def _bodies() -> None:
    """A delivery's body is read once; its row in the log is written twice, and read often."""
    op.create_table(
        "bodies",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodies")),
    )
    known = sa.MetaData()
    inbox = sa.Table("inbox", known, sa.Column("id", types.Id()), sa.Column("body", sa.LargeBinary()))
    bodies = sa.Table("bodies", known, sa.Column("id", types.Id()), sa.Column("body", sa.LargeBinary()))
    op.execute(bodies.insert().from_select(["id", "body"], sa.select(inbox.c.id, inbox.c.body)))
    op.add_column(
        "inbox", sa.Column("size", sa.Integer(), nullable=False, server_default=_NONE), schema=_schema()
    )
    sized = sa.Table(
        "inbox", sa.MetaData(), sa.Column("body", sa.LargeBinary()), sa.Column("size", sa.Integer())
    )
    op.execute(sized.update().values(size=sa.func.length(sized.c.body)))
    op.drop_column("inbox", "body", schema=_schema())


def _slots() -> None:
    op.add_column(
        "inbox", sa.Column("slot", sa.SmallInteger(), nullable=False, server_default=_NONE), schema=_schema()
    )
    op.drop_index("ix_inbox_pending", "inbox", schema=_schema())
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["next_try_at", "id"],
        unique=False,
        **dialect.where(sa.text("state = 'pending'")),
    )


def _discarded() -> None:
    """What a person put away can be found again."""
    op.create_index(
        "ix_inbox_discarded",
        "inbox",
        ["received_at"],
        unique=False,
        **dialect.where(sa.text("state = 'discarded'")),
    )


def _runs() -> None:
    op.add_column(
        "runs", sa.Column("fence", sa.Integer(), nullable=False, server_default=_NONE), schema=_schema()
    )
    op.add_column(
        "runs", sa.Column("share", sa.SmallInteger(), nullable=False, server_default=_NONE), schema=_schema()
    )
    op.add_column(
        "runs",
        sa.Column("shares", sa.SmallInteger(), nullable=False, server_default=sa.text("1")),
        schema=_schema(),
    )
    for name in ("workspaces", "workspaces_failed"):
        op.add_column("runs", sa.Column(name, sa.Integer(), nullable=True), schema=_schema())


def _provider_days() -> None:
    op.create_table(
        "provider_days",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("replied", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "workspace_id", "day", "provider", name=op.f("pk_provider_days")),
        sqlite_with_rowid=False,
    )


def _copies() -> None:
    op.create_table(
        "copies",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("last_key", types.Json(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_copies")),
    )


def _days() -> None:
    """A month's days out of years: rows come by day, so they lie together. SQLite keeps rows by key, and finds days by workspace."""
    if not op.get_context().dialect.name.startswith("sqlite"):
        for table in ("daily_counts", "daily_reports"):
            op.create_index(f"ix_{table}_day", table, ["day"], unique=False, schema=_schema())


_MONTHS = """
INSERT INTO {schema}month_counts
  (month, instance, workspace_id, metric, counted, covered, reported, as_of, days_counted, days_reported)
SELECT {month}, instance, workspace_id, metric, sum(counted), sum(covered), sum(reported), max(as_of),
  sum(counts * bit), sum(reports * bit)
FROM (
  SELECT c.instance, c.workspace_id, c.day, c.metric, c.n AS counted, CASE WHEN r.n IS NULL THEN 0 ELSE c.n END AS covered,
    0 AS reported, NULL AS as_of, 1 AS counts, 0 AS reports, 1 << ({number} - 1) AS bit
  FROM {schema}daily_counts AS c
  LEFT JOIN {schema}daily_reports AS r
    ON r.instance = c.instance AND r.workspace_id = c.workspace_id AND r.day = c.day AND r.metric = c.metric
  UNION ALL
  SELECT c.instance, c.workspace_id, c.day, c.metric, 0, 0, c.n, c.as_of, 0, 1, 1 << ({number} - 1)
  FROM {schema}daily_reports AS c
) AS days
GROUP BY 1, instance, workspace_id, metric
"""


def _months() -> None:
    """What a month comes to, out of its days."""
    op.create_table(
        "month_counts",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("covered", sa.BigInteger(), nullable=False, server_default=_NONE),
        sa.Column("reported", sa.BigInteger(), nullable=False, server_default=_NONE),
        sa.Column("as_of", types.Instant(), nullable=True),
        sa.Column("days_counted", sa.Integer(), nullable=False),
        sa.Column("days_reported", sa.Integer(), nullable=False, server_default=_NONE),
        sa.PrimaryKeyConstraint("month", "instance", "workspace_id", "metric", name=op.f("pk_month_counts")),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name.startswith("sqlite"):
        spelled = {"schema": "", "month": "date(day, 'start of month')"}
        spelled["number"] = "CAST(strftime('%d', c.day) AS INTEGER)"
    else:
        spelled = {"schema": f'"{_schema()}".', "month": "date_trunc('month', day)::date"}
        spelled["number"] = "extract(day FROM c.day)::int"
    op.execute(_MONTHS.format(**spelled))


def _standing() -> None:
    """How many accounts of a workspace are connected, out of its index alone."""
    op.drop_index("ix_accounts_workspace", "accounts", schema=_schema())
    op.create_index(
        "ix_accounts_workspace", "accounts", ["instance", "workspace_id", "id", "status"], schema=_schema()
    )


def _beats() -> None:
    """A handful of rows, each written every second: no row that has an indexed column changed can take the place of its older self."""
    op.drop_index("ix_nodes_seen", "nodes", schema=_schema())
