"""The schema's one chain of migrations: forward only, safe to run from two nodes at once.

Alembic is imported only when there is something to upgrade, so that a start on an up-to-date database stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, select, text

from bisonwatch.errors import StoreNewer, StoreOlder
from bisonwatch.store import closing, moment
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.nodes import ALIVE_FOR
from bisonwatch.store.tables import nodes

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

HEAD = "0011"
"""The newest revision under `migrations/versions`; a test holds them together."""

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""Every revision this code can upgrade from."""


@dataclass(frozen=True, slots=True)
class Schema:
    """`revision` is None where no bisonwatch schema is; `notices` are what an upgrade leaves for a person to do."""

    revision: str | None
    head: str
    server: str
    """Which database it is, such as `Postgres 15.18`."""
    notices: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        return self.revision == self.head


async def state(database: Database) -> Schema:
    """Which revision the database has. Raises StoreUnavailable."""
    async with database.read() as tx:
        revision = await tx.sync(_revision, database.place.schema)
        return Schema(revision, HEAD, await tx.sync(_server))


def _server(connection: Connection) -> str:
    kind = "SQLite" if connection.dialect.name == "sqlite" else "Postgres"
    return f"{kind} {'.'.join(map(str, connection.dialect.server_version_info or ()))}".strip()


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


async def living(database: Database, schema: Schema) -> list[str]:
    """Names of the engines that are at work on this database, whatever its revision. Heartbeats are in the database's time."""
    if schema.revision is None:
        return []
    async with database.read() as tx:
        since = await moment.now(tx, database.clock.now()) - ALIVE_FOR
        alive = select(nodes.c.name).where(nodes.c.stopped_at.is_(None), nodes.c.seen_at > since)
        return [row[0] for row in await tx.rows(alive.order_by(nodes.c.name))]


async def upgrade(database: Database, tell: Callable[[str], None] = lambda _line: None) -> Schema:
    """Bring the schema to HEAD; nothing happens when it is there. Raises StoreNewer rather than touch a newer one.

    `tell` hears a line as each revision begins. It is all one transaction: it succeeds whole, or nothing has happened.
    """
    _refuse_newer(await state(database), database)
    async with database.write(Lane.JOBS) as tx:
        for statement in tx.dialect.before_upgrade:
            await tx.run(text(statement.format(schema=database.place.schema)))
        now = Schema(await tx.sync(_revision, database.place.schema), HEAD, "")
        _refuse_newer(now, database)  # a newer version may have been before us, while we waited for our turn
        if not now.current:
            await tx.sync(_upgrade, database.place.schema, tell)
        notice = None if tx.schema is None else await tx.sync(closing.publish, tx.schema)
    return replace(await state(database), notices=() if notice is None else (notice,))


def _refuse_newer(schema: Schema, database: Database) -> None:
    if schema.revision is not None and schema.revision not in KNOWN:
        check(schema, database.place.shown)


def _upgrade(connection: Connection, schema: str, tell: Callable[[str], None]) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "bisonwatch.store:migrations")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    attributes["schema"] = None if connection.dialect.name == "sqlite" else schema
    for step in _steps(ScriptDirectory.from_config(config), _revision(connection, schema)):
        tell(f"schema {step.revision}: {step.doc}")
        command.upgrade(config, step.revision)


def _steps(script: ScriptDirectory, since: str | None) -> list[Any]:
    """What is to be done, oldest first."""
    newest_first = script.iterate_revisions("head", since or "base")
    return list(newest_first)[::-1]
