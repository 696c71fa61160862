"""The only place that knows which database it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Interval, Table, TextClause, func, literal
from sqlalchemy.dialects import postgresql, sqlite

from bisonwatch.store.types import Instant

Upsert = postgresql.Insert | sqlite.Insert

PRAGMAS = (
    "PRAGMA auto_vacuum=INCREMENTAL",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
)

_SQLITE_GUARD = """
CREATE TRIGGER client_leads_person AFTER UPDATE OF pipeline_stage ON client_leads
WHEN NEW.pipeline_stage IS NOT OLD.pipeline_stage AND NEW.pipeline_stage IS NOT NEW.auto_stage
BEGIN
  UPDATE client_leads
     SET stage_author = CASE WHEN NEW.pipeline_stage IS NULL THEN 'auto' ELSE 'person' END,
         pipeline_stage = coalesce(NEW.pipeline_stage, NEW.auto_stage)
   WHERE instance = NEW.instance AND workspace_id = NEW.workspace_id AND lead_email = NEW.lead_email;
END"""

_POSTGRES_GUARD = (
    """
CREATE FUNCTION {schema}client_leads_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.pipeline_stage IS DISTINCT FROM OLD.pipeline_stage AND NEW.pipeline_stage IS DISTINCT FROM NEW.auto_stage THEN
    NEW.stage_author := CASE WHEN NEW.pipeline_stage IS NULL THEN 'auto' ELSE 'person' END;
    NEW.pipeline_stage := coalesce(NEW.pipeline_stage, NEW.auto_stage);
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER client_leads_person BEFORE UPDATE OF pipeline_stage ON {schema}client_leads
FOR EACH ROW EXECUTE FUNCTION {schema}client_leads_person()""",
)


def where(condition: TextClause) -> dict[str, Any]:
    """The keywords of a partial index on either database."""
    return {"sqlite_where": condition, "postgresql_where": condition}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the two databases. `one_writer`: writers queue in our process, since the file takes one at a time."""

    name: str
    insert: Callable[[Table], Upsert]
    one_writer: bool
    now: Callable[[datetime], ColumnElement[datetime]]
    """The moment by the database's own clock; one machine's clock is the same on SQLite."""
    span: Callable[[int], Any]
    """A length of time in microseconds, to add to an Instant."""
    before_upgrade: tuple[str, ...]
    """What makes a migration safe to run from two nodes at once; `{schema}` is filled in."""
    stage_guard: tuple[str, ...]
    """DDL that marks a stage written from outside as a person's; `{schema}` is filled in by the migration."""


SQLITE = Dialect(
    "sqlite",
    sqlite.insert,
    True,
    lambda machine: literal(machine, Instant),
    lambda microseconds: literal(microseconds, BigInteger),
    (),
    (_SQLITE_GUARD,),
)
POSTGRES = Dialect(
    "postgresql",
    postgresql.insert,
    False,
    lambda _machine: func.clock_timestamp(type_=Instant),
    lambda microseconds: literal(timedelta(microseconds=microseconds), Interval),
    (
        "SELECT pg_advisory_xact_lock(hashtext('bisonwatch.{schema}'))",
        'CREATE SCHEMA IF NOT EXISTS "{schema}"',
    ),
    _POSTGRES_GUARD,
)


def of(url: str) -> Dialect:
    """The dialect a database URL asks for."""
    return SQLITE if url.startswith("sqlite") else POSTGRES
