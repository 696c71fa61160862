"""Our sessions on a server: each says whose it is, so that those of a node that fell silent can be ended by the others."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Text, cast, column, func, literal, select, table

from bisonwatch.store.nodes import ALIVE_FOR
from bisonwatch.store.tables import nodes
from bisonwatch.store.tx import Tx

# As a table of a schema: one without would be looked for in ours.
_ACTIVITY = table(
    "pg_stat_activity",
    column("pid"),
    column("application_name", Text),
    column("usename"),
    column("datname"),
    column("xact_start"),
    schema="pg_catalog",
)


def called(node: UUID | None = None) -> str:
    """The name under which a session is known to the server; a command's is no node's."""
    return "bisonwatch" if node is None else f"bisonwatch {node}"


def _ending(now: datetime) -> Select[tuple[bool]]:
    a, c = _ACTIVITY.c, nodes.c
    silent = c.stopped_at.is_(None) & (c.seen_at < now - ALIVE_FOR)
    ours = (a.usename == func.current_user()) & (a.datname == func.current_database())
    long = a.xact_start < func.clock_timestamp() - literal(ALIVE_FOR)
    whose = a.application_name == literal(f"{called()} ", Text) + cast(c.id, Text)
    return (
        select(func.pg_terminate_backend(a.pid))
        .select_from(_ACTIVITY.join(nodes, whose))
        .where(ours, silent, long)
    )


async def end_silent(tx: Tx, now: datetime) -> int:
    """End what nodes without a heartbeat have open for as long as that; how many. Their locks are free then.

    A server ends a session that idles in a transaction by itself (`dialect.SILENT_S`), but not one that was frozen between the
    messages of one statement, for which it waits as long as the connection lives. SQLite has no sessions of others.
    """
    if tx.dialect.one_writer:
        return 0
    return len(await tx.rows(_ending(now)))
