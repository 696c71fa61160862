"""The views and functions that other programs read by the old system's names, and the guard of what they insert.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from bisonwatch.store import dialect
from bisonwatch.store.names import views

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    connection = op.get_bind()
    kind = dialect.of(connection.dialect.name)
    schema = op.get_context().version_table_schema
    server = int((connection.dialect.server_version_info or (0,))[0])
    made = [statement.format(schema=schema) for statement in kind.name_functions]
    before = _search(connection, f'"{schema}"') if schema is not None else None
    for statement in [*views.creating(kind.words, server), *made]:
        connection.exec_driver_sql(statement)
    if before is not None:
        _search(connection, before)


def _search(connection: sa.Connection, path: str) -> str:
    """Look for names there until the transaction ends; where they were looked for before."""
    before: str = connection.exec_driver_sql("SHOW search_path").scalar_one()
    connection.execute(sa.select(sa.func.set_config("search_path", path, True)))
    return before
