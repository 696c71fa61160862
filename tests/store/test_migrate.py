from __future__ import annotations

from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bisonwatch.errors import StoreNewer, StoreOlder
from bisonwatch.store import migrate
from bisonwatch.store.database import Database
from bisonwatch.store.migrate import Schema
from bisonwatch.store.tables import metadata


def test_head_is_the_newest_migration() -> None:
    """The constant that spares importing Alembic names the chain's head and all its revisions."""
    script = ScriptDirectory("src/bisonwatch/store/migrations")
    assert script.get_current_head() == migrate.HEAD
    assert {revision.revision for revision in script.walk_revisions()} == set(migrate.KNOWN)


async def test_migrated_schema_is_the_declared_one(database: Database) -> None:
    """Walking the whole chain gives exactly the tables that are declared."""

    def differences(connection: Connection) -> list[object]:
        schema = None if connection.dialect.name == "sqlite" else database.place.schema
        if schema:
            connection.execute(text(f'SET search_path TO "{schema}"'))
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": metadata}
        )
        found = [diff for diff in compare_metadata(context, metadata) if not _version_table(diff)]
        return [diff for diff in found if not _meant_elsewhere(diff, connection.dialect.name)]

    async with database.read() as tx:
        assert await tx.sync(differences) == []


def _meant_elsewhere(diff: object, dialect: str) -> bool:
    """An index that is declared for the other database only."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if isinstance(diff, tuple) and diff[0] == "add_index" and diff[1].name == index.name:
                return index.info.get("only") not in (None, dialect)
    return False


def _version_table(diff: object) -> bool:
    return isinstance(diff, tuple) and diff[0] == "remove_table" and diff[1].name == "alembic_version"


async def test_upgrade_twice_is_upgrade_once(database: Database) -> None:
    """An up-to-date schema is left alone."""
    assert (await migrate.upgrade(database)).current


async def test_no_schema_says_what_to_run(empty_database: Database) -> None:
    """Starting on an empty database names the command that makes the schema."""
    schema = await migrate.state(empty_database)
    with pytest.raises(StoreOlder, match="run `bisonwatch db upgrade`"):
        migrate.check(schema, "here")


async def test_newer_schema_is_refused(database: Database) -> None:
    """A database made by a newer bisonwatch is never touched."""
    table = "alembic_version" if database.dialect.one_writer else f'"{database.place.schema}".alembic_version'
    async with database.write() as tx:
        await tx.run(text(f"UPDATE {table} SET version_num = '9999'"))
    with pytest.raises(StoreNewer, match=r"schema 9999.*upgrade bisonwatch itself"):
        await migrate.upgrade(database)


async def test_an_upgrade_that_is_overtaken_by_a_newer_version(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The revision is looked at again once it is our turn: what a newer bisonwatch made meanwhile is refused in words, and kept."""
    table = "alembic_version" if database.dialect.one_writer else f'"{database.place.schema}".alembic_version'
    newest = migrate.state

    async def before_our_turn(asked: Database) -> Schema:
        found = replace(await newest(asked), revision="0003")
        async with asked.write() as tx:
            await tx.run(text(f"UPDATE {table} SET version_num = '9999'"))
        return found

    monkeypatch.setattr(migrate, "state", before_our_turn)
    with pytest.raises(StoreNewer, match=r"schema 9999.*upgrade bisonwatch itself"):
        await migrate.upgrade(database)
    assert (await newest(database)).revision == "9999"
