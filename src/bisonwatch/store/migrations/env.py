"""Alembic's environment: the connection is handed in by `store.migrate`, inside its transaction."""

from __future__ import annotations

from alembic import context

from bisonwatch.store.tables import metadata

connection = context.config.attributes["connection"]
schema = context.config.attributes["schema"]

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=schema,
    transactional_ddl=False,  # the transaction is ours
)
context.run_migrations()
