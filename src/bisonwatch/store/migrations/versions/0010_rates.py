"""How webhooks were delivered, counted as it happens: by what came here, and by the provider's record. The last day is counted once.

A workspace's health is the worst of all rules.

Revision ID: 0010
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import dialect, types
from bisonwatch.store.names import views

revision = "0010"
down_revision = "0009"

_COUNTS = ("due", "prompt", "answered", "refused", "late")
_WORDS = {
    "sqlite": {"minute": "at - at % 60000000", "in_time": "600000000"},
    "postgresql": {"minute": "date_trunc('minute', at)", "in_time": "interval '10 minutes'"},
}
_COUNT = """
INSERT INTO {schema}traffic (instance, workspace_id, minute, webhooks, polled, walks, missed, due, prompt)
SELECT instance, workspace_id, {minute}, 0, 0, 0, 0, count(*),
       count(CASE WHEN webhook_at <= at + {in_time} THEN 1 END)
FROM (SELECT f.instance, f.workspace_id, f.webhook_at, coalesce(f.logged_at, f.webhook_at) AS at
      FROM {schema}client_registry AS r
      JOIN {schema}facts AS f ON f.instance = r.instance AND f.workspace_id = r.workspace_id AND f.seen_at >= :since
      WHERE f.type <> 'send_failed') AS told
WHERE at >= :since
GROUP BY instance, workspace_id, {minute}
ON CONFLICT (instance, workspace_id, minute) DO UPDATE SET due = excluded.due, prompt = excluded.prompt
"""


def upgrade() -> None:
    schema = op.get_context().version_table_schema
    for name in _COUNTS:
        count = sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))
        op.add_column("traffic", count, schema=schema)
    connection = op.get_bind()
    words = _WORDS[connection.dialect.name]
    statement = sa.text(_COUNT.format(schema="" if schema is None else f'"{schema}".', **words))
    since = sa.bindparam("since", datetime.now(UTC) - timedelta(days=2), types.Instant())
    connection.execute(statement.bindparams(since))
    _health(connection, schema)


def _health(connection: sa.Connection, schema: str | None) -> None:
    """Columns stay."""
    kind = dialect.of(connection.dialect.name)
    server = int((connection.dialect.server_version_info or (0,))[0])
    before = _search(connection, f'"{schema}"') if schema is not None else None
    names = ("webhook_health", "data_health_summary", "dashboard_health_summary")
    for made in views.replacing(kind.words, server, *names):
        connection.exec_driver_sql(made)
    if before is not None:
        _search(connection, before)


def _search(connection: sa.Connection, path: str) -> str:
    """Look for names there until the transaction ends; where they were looked for before."""
    before: str = connection.exec_driver_sql("SHOW search_path").scalar_one()
    connection.execute(sa.select(sa.func.set_config("search_path", path, True)))
    return before
