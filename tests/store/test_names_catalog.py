from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bisonwatch.clock import SystemClock
from bisonwatch.store.database import Database
from bisonwatch.store.names.views import VIEWS
from bisonwatch.store.place import Place

Columns = dict[str, str]
NAMED = {"client_registry", "client_leads", "client_metrics"}
"""The tables that other programs rely on."""


def told() -> dict[str, Columns]:
    """Columns and types of each heading of docs/tables.md that has a table."""
    found: dict[str, Columns] = {}
    for section in re.split(r"^##? ", Path("docs/tables.md").read_text(), flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| (\w+) \| ([\w ]+) \|", section, re.MULTILINE)
        found[section.split("`")[1] if section.startswith("`") else ""] = dict(rows[1:])
    return {name: columns for name, columns in found.items() if name and columns}


def told_of_views() -> dict[str, Columns]:
    return {name: columns for name, columns in told().items() if not name.endswith(")") and name not in NAMED}


def together(rows: Iterable[Any]) -> dict[str, Columns]:
    found: dict[str, Columns] = {}
    for name, column, kind in rows:
        found.setdefault(name, {})[column] = kind.replace("timestamp with time zone", "timestamptz")
    return found


_RELATIONS = text(
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class AS c"
    " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
    " WHERE CAST(c.relkind AS text) = :kind AND c.relnamespace = CAST(:schema AS regnamespace) AND NOT a.attisdropped ORDER BY c.relname, a.attnum"
)
_RESULTS = text(
    "SELECT proname || '()', unnest(proargnames), format_type(unnest(proallargtypes), NULL) FROM pg_proc"
    " WHERE pronamespace = CAST(:schema AS regnamespace) AND proretset"
)


async def test_views_have_the_columns_and_types_told(on_postgres: Database) -> None:
    """Each view's columns and types are those of docs/tables.md, in that order."""
    async with on_postgres.read() as tx:
        found = together(await tx.rows(_RELATIONS, {"schema": on_postgres.place.schema, "kind": "v"}))
    assert {name: list(columns.items()) for name, columns in found.items()} == {
        name: list(columns.items()) for name, columns in told_of_views().items()
    }


async def test_views_have_the_same_columns_everywhere(sqlite_place: Place) -> None:
    """On SQLite each view has the names of docs/tables.md, in that order."""
    database = Database(sqlite_place, SystemClock())
    async with database.read() as tx:
        rows = await tx.rows(
            text(
                "SELECT m.name, c.name, '' FROM sqlite_schema AS m, pragma_table_info(m.name) AS c"
                " WHERE m.type = 'view' ORDER BY m.name, c.cid"
            )
        )
    await database.close()
    assert {name: list(columns) for name, columns in together(rows).items()} == {
        name: list(told()[name]) for name in VIEWS
    }


async def test_the_named_tables_have_the_columns_told(on_postgres: Database) -> None:
    """The three tables that other programs rely on have every column of docs/tables.md, of those types, and no other."""
    async with on_postgres.read() as tx:
        found = together(await tx.rows(_RELATIONS, {"schema": on_postgres.place.schema, "kind": "r"}))
    assert {name: found[name] for name in NAMED} == {name: told()[name] for name in NAMED}


async def test_the_named_tables_are_the_same_everywhere(sqlite_place: Place) -> None:
    """On SQLite they have the same names of columns."""
    database = Database(sqlite_place, SystemClock())
    async with database.read() as tx:
        for name in sorted(NAMED):
            columns = await tx.rows(text("SELECT name FROM pragma_table_info(:name)"), {"name": name})
            assert {column for (column,) in columns} == set(told()[name])
    await database.close()


async def test_functions_have_the_columns_told(on_postgres: Database) -> None:
    """What each function returns is what docs/tables.md says."""
    async with on_postgres.read() as tx:
        found = together(await tx.rows(_RESULTS, {"schema": on_postgres.place.schema}))
    assert found == {name: columns for name, columns in told().items() if name.endswith(")")}


_OPTIONS = text(
    "SELECT relname, reloptions FROM pg_class WHERE relkind = 'v' AND relnamespace = CAST(:schema AS regnamespace)"
)
_RIGHTS = text(
    "SELECT prosecdef, proconfig FROM pg_proc WHERE pronamespace = CAST(:schema AS regnamespace) AND proretset"
)


async def test_who_reads_needs_the_rights_itself(on_postgres: Database) -> None:
    """Where the server knows security_invoker every view has it; functions run as their caller, in our schema, whatever the path."""
    schema = {"schema": on_postgres.place.schema}
    async with on_postgres.read() as tx:
        options = {row.relname: row.reloptions for row in await tx.rows(_OPTIONS, schema)}
        rights = {(row.prosecdef, tuple(row.proconfig)) for row in await tx.rows(_RIGHTS, schema)}
        server = int(await tx.value(text("SHOW server_version_num")))
    assert options == dict.fromkeys(VIEWS, ["security_invoker=true"] if server >= 150_000 else None)
    assert rights == {(False, ("search_path=bisonwatch, pg_temp",))}
