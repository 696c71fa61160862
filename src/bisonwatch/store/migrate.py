"""The schema's one chain of migrations: forward only, safe to run from two nodes at once.

Alembic is imported only when there is something to upgrade, so that a start on an up-to-date database stays quick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text

from bisonwatch.errors import StoreNewer, StoreOlder
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane

HEAD = "0004"
"""The newest revision under `migrations/versions`; a test holds them together."""

KNOWN = ("0001", "0002", "0003", "0004")
"""Every revision this code can upgrade from."""


@dataclass(frozen=True, slots=True)
class Schema:
    """`revision` is None where no bisonwatch schema is."""

    revision: str | None
    head: str

    @property
    def current(self) -> bool:
        return self.revision == self.head


async def state(database: Database) -> Schema:
    """Which revision the database has. Raises StoreUnavailable."""
    async with database.read() as tx:
        revision = await tx.sync(_revision, database.place.schema)
    return Schema(revision, HEAD)


def _revision(connection: Connection, schema: str) -> str | None:
    where = None if connection.dialect.name == "sqlite" else schema
    if not inspect(connection).has_table("alembic_version", schema=where):
        return None
    table = "alembic_version" if where is None else f'"{where}".alembic_version'
    revision: str | None = connection.execute(text(f"SELECT version_num FROM {table}")).scalar()
    return revision


def check(schema: Schema, shown: str) -> None:
    """Raises StoreNewer or StoreOlder, saying what to run."""
    if schema.current:
        return
    if schema.revision is None:
        raise StoreOlder(f"{shown} has no bisonwatch schema yet", hint="run `bisonwatch db upgrade`")
    if schema.revision not in KNOWN:
        raise StoreNewer(
            f"{shown} has schema {schema.revision}, this bisonwatch knows only up to {HEAD}",
            hint="upgrade bisonwatch itself",
        )
    raise StoreOlder(
        f"{shown} has schema {schema.revision}, this bisonwatch needs {HEAD}",
        hint="run `bisonwatch db upgrade`",
    )


async def upgrade(database: Database) -> Schema:
    """Bring the schema to HEAD; nothing happens when it is there. Raises StoreNewer rather than touch a newer one."""
    before = await state(database)
    if before.current:
        return before
    if before.revision is not None and before.revision not in KNOWN:
        check(before, database.place.shown)
    async with database.write(Lane.JOBS) as tx:
        for statement in tx.dialect.before_upgrade:
            await tx.run(text(statement.format(schema=database.place.schema)))
        await tx.sync(_upgrade, database.place.schema)
    return await state(database)


def _upgrade(connection: Connection, schema: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bisonwatch.store:migrations")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    attributes["schema"] = None if connection.dialect.name == "sqlite" else schema
    command.upgrade(config, "head")
