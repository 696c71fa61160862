"""Who may hold what we wait for: the oldest transaction of somebody else that has touched our tables."""

from __future__ import annotations

from sqlalchemy import bindparam, text

from bisonwatch.store.tx import Tx

# A role may see these columns of anybody's session; what a session does, and since when, of its own role's only.
_OLDEST = text(
    """
SELECT a.application_name, a.pid, a.usename, min(c.relname) AS relation
  FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation
  JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = :schema)
   AND c.relkind = 'r' AND l.granted AND l.mode <> 'AccessShareLock' AND l.pid <> pg_backend_pid()
 GROUP BY a.application_name, a.pid, a.usename, a.xact_start
 ORDER BY a.application_name LIKE 'bisonwatch%', a.xact_start
 LIMIT 1"""
).bindparams(bindparam("schema"))


async def oldest(tx: Tx) -> str | None:
    """In words; None where nobody is there any more, and on SQLite, where nobody can be."""
    if tx.schema is None:
        return None
    row = await tx.row(_OLDEST, {"schema": tx.schema})
    if row is None:
        return None
    who = row.application_name or "a program"
    return f"{who} (process {row.pid}, role {row.usename}) holds {row.relation}"
