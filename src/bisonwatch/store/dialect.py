"""The only place that knows which database it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Interval,
    Table,
    Text,
    TextClause,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from bisonwatch.store import given, stage_guard
from bisonwatch.store.given import Given, Types
from bisonwatch.store.names import functions, stages, words
from bisonwatch.store.names.words import Words
from bisonwatch.store.types import Instant

Upsert = postgresql.Insert | sqlite.Insert

NEW_FILE = "PRAGMA auto_vacuum=INCREMENTAL"
"""Before the first page. Said again later, it changes nothing and takes the one writer's place for it."""
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",
)
WRITER_CACHE, READER_CACHE = "PRAGMA cache_size=-8000", "PRAGMA cache_size=-2000"
"""Kilobytes for one connection: readers are several, and read little."""


def where(condition: TextClause) -> dict[str, Any]:
    """The keywords of a partial index on either database."""
    return {"sqlite_where": condition, "postgresql_where": condition}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the two databases. `one_writer`: writers queue in our process, since the file takes one at a time."""

    name: str
    insert: Callable[[Table], Upsert]
    arrays: bool
    """Many rows travel as one array per column, so that the server runs one statement; else one set of values per row."""
    given: Callable[[Types], Given]
    """The values of many rows, by name, as a statement may use them."""
    one_writer: bool
    now: Callable[[datetime], ColumnElement[datetime]]
    """The moment by the database's own clock; one machine's clock is the same on SQLite."""
    span: Callable[[int], Any]
    """A length of time in microseconds, to add to an Instant."""
    find: Callable[[Any, Any], ColumnElement[int]]
    """Where a text begins in another, counted from 1; 0 where it is not in it."""
    patient: Callable[[str], ColumnElement[bool]]
    """Always true; from there on the transaction waits for a lock no longer than the parameter of that name says ('2s'), and is `brief`."""
    brief: str | None
    """Said first in a transaction that writes: a node that falls silent in its middle lets go of what it holds after SILENT_S."""
    before_upgrade: tuple[str, ...]
    """What makes a migration safe to run from two nodes at once; `{schema}` is filled in."""
    snapshot: tuple[str, ...]
    """What lets all reads of one transaction see the same moment, said before the first of them."""
    stage_guard: tuple[str, ...]
    """DDL that marks a stage written from outside as a person's; `{schema}` is filled in by the migration."""
    words: Words
    """What a view spells differently."""
    name_functions: tuple[str, ...]
    """DDL of what stands beside the views; `{schema}` is filled in by the migration."""


SILENT_S = 10
"""As long as a node counts as alive without a heartbeat: frozen, cut off or too busy, its rows are somebody else's then."""
_SILENCE = "idle_in_transaction_session_timeout"

# IF NOT EXISTS asks for the right to create schemas even where there is nothing to create.
_MAKE_SCHEMA = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '{schema}') THEN CREATE SCHEMA "{schema}"; END IF;
END $$"""

SQLITE = Dialect(
    "sqlite",
    sqlite.insert,
    False,
    given.by_row,
    True,
    lambda machine: literal(machine, Instant),
    lambda microseconds: literal(microseconds, BigInteger),
    func.instr,
    lambda _name: true(),
    None,
    (),
    (),
    (stage_guard.SQLITE,),
    words.Sqlite(),
    stages.SQLITE,
)
POSTGRES = Dialect(
    "postgresql",
    postgresql.insert,
    True,
    given.by_column,
    False,
    lambda _machine: func.clock_timestamp(type_=Instant),
    lambda microseconds: literal(timedelta(microseconds=microseconds), Interval),
    func.strpos,
    # asked once, whatever the number of rows; a statement of its own would cost each transaction a round trip
    lambda name: (
        select(
            func.concat(
                func.set_config(literal_column("'lock_timeout'"), bindparam(name, type_=Text), true()),
                func.set_config(literal_column(f"'{_SILENCE}'"), literal_column(f"'{SILENT_S}s'"), true()),
            )
        )
        .scalar_subquery()
        .is_not(None)
    ),
    f"SET LOCAL {_SILENCE} = '{SILENT_S}s'",
    (
        "SET LOCAL statement_timeout = 0",  # a role's own limit is for queries, not for moving a table
        f"SET LOCAL {_SILENCE} = 0",
        "SET LOCAL lock_timeout = 0",
        "SELECT pg_advisory_xact_lock(hashtext('bisonwatch.{schema}'))",
        "SET LOCAL lock_timeout = '10s'",  # whoever waits for a table's lock lets nobody pass
        _MAKE_SCHEMA,
    ),
    ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",),
    stage_guard.POSTGRES,
    words.Postgres(),
    (*functions.FUNCTIONS, *stages.POSTGRES),
)


def of(url: str) -> Dialect:
    """The dialect a database URL asks for."""
    return SQLITE if url.startswith("sqlite") else POSTGRES
