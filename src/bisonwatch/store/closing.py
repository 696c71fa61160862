"""The schema is closed to strangers (Postgres): row level security on, nothing granted; only its owner sees anything.

Migrations call `close` at their end whenever they made a table, a view or a function. It may be called any number of times.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

STRANGERS = ("anon", "authenticated")
"""Roles by which a hosted Postgres (Supabase) lets browsers in; they are roles like any other elsewhere."""

PUBLICATION = "supabase_realtime"
PUBLISHED = ("client_leads", "client_metrics")


def close(connection: Connection, schema: str) -> None:
    """Take away from everybody but the owner what there is in the schema, and what will be."""
    for table in _names(connection, _OPEN, schema):
        connection.execute(text(f"ALTER TABLE {_in(schema, table)} ENABLE ROW LEVEL SECURITY"))
    for role in ("PUBLIC", *_strangers(connection)):
        for statement in _REVOKED:
            connection.execute(text(statement.format(schema=_quoted(schema), role=role)))


_OPEN = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity ORDER BY 1"""

_REVOKED = (
    "REVOKE ALL ON SCHEMA {schema} FROM {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",  # views are among them
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}",
    "REVOKE ALL ON ALL ROUTINES IN SCHEMA {schema} FROM {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON SEQUENCES FROM {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON ROUTINES FROM {role}",
)


def _strangers(connection: Connection) -> list[str]:
    there = connection.execute(
        text("SELECT rolname FROM pg_roles WHERE rolname = ANY (:names) ORDER BY 1"),
        {"names": list(STRANGERS)},
    )
    return [_quoted(name) for (name,) in there]


def publish(connection: Connection, schema: str) -> str | None:
    """Add PUBLISHED to Supabase's realtime publication, where there is one. What a person has to do instead, where it is not ours."""
    publication = connection.execute(text(_PUBLICATION), {"name": PUBLICATION}).one_or_none()
    if publication is None or publication.everything:
        return None
    there = _names(connection, _MEMBERS, schema, name=PUBLICATION)
    missing = [_in(schema, table) for table in PUBLISHED if table not in there]
    if not missing:
        return None
    adding = f"ALTER PUBLICATION {PUBLICATION} ADD TABLE {', '.join(missing)}"
    if not publication.ours:
        return f"the publication {PUBLICATION} belongs to {publication.owner}: as that role, run: {adding};"
    connection.execute(text(adding))
    return None


_PUBLICATION = """
SELECT pg_get_userbyid(pubowner) AS owner, puballtables AS everything, pg_has_role(pubowner, 'USAGE') AS ours
  FROM pg_publication WHERE pubname = :name"""

_MEMBERS = "SELECT tablename FROM pg_publication_tables WHERE pubname = :name AND schemaname = :schema"


def _names(connection: Connection, query: str, schema: str, **told: str) -> list[str]:
    return list(connection.execute(text(query), {"schema": schema, **told}).scalars())


def _in(schema: str, name: str) -> str:
    return f"{_quoted(schema)}.{_quoted(name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
