"""Everything a database knows of our schema, as text to review and compare."""

from __future__ import annotations

from sqlalchemy import text

from bisonwatch.store.database import Database

_SQLITE = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type <> 'table', type, name"

# Bodies of views are written anew by each version of the server; what their columns are is not.
_POSTGRES = (
    "SELECT format('table %s%s', relname, CASE WHEN relrowsecurity THEN ' (row level security)' END)"
    " FROM pg_class WHERE relnamespace = {ours} AND relkind IN ('r', 'p') ORDER BY relname",
    "SELECT format('column %s.%s %s%s%s', relname, attname, format_type(atttypid, atttypmod),"
    " CASE WHEN attnotnull THEN ' not null' END, ' default ' || pg_get_expr(adbin, adrelid))"
    " FROM pg_class JOIN pg_attribute a ON attrelid = pg_class.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE relnamespace = {ours} AND relkind IN ('r', 'p', 'v') AND attnum > 0 AND NOT attisdropped ORDER BY relname, attname",
    "SELECT format('constraint %s: %s', conname, pg_get_constraintdef(oid))"
    " FROM pg_constraint WHERE connamespace = {ours} AND contype <> 'n' ORDER BY conname",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = '{schema}' ORDER BY indexname",
    "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class ON tgrelid = pg_class.oid"
    " WHERE relnamespace = {ours} AND NOT tgisinternal ORDER BY tgname",
    "SELECT format('view %s with %s', relname, reloptions) FROM pg_class"
    " WHERE relnamespace = {ours} AND relkind = 'v' ORDER BY relname",
    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = {ours} ORDER BY proname, oid::regprocedure::text",
    "SELECT format('granted on %s: %s', relname, relacl) FROM pg_class, aclexplode(relacl)"
    " WHERE relnamespace = {ours} AND grantee <> relowner ORDER BY relname",
    "SELECT format('granted on %s: %s', proname, proacl) FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))"
    " WHERE pronamespace = {ours} AND grantee <> proowner ORDER BY proname",
)


async def catalog(database: Database) -> str:
    """One statement or fact after another, in an order that does not depend on how they came to be."""
    schema = database.place.schema
    queries = [_SQLITE]
    if not database.dialect.one_writer:
        ours = f"'{schema}'::regnamespace"
        queries = [query.format(ours=ours, schema=schema) for query in _POSTGRES]
    lines: list[str] = []
    async with database.read() as tx:
        for query in queries:
            lines += [row[0] for row in await tx.rows(text(query.replace(":", r"\:")))]
    return "\n".join(line.rstrip() for line in "\n".join(lines).replace("\t", "    ").splitlines()) + "\n"
