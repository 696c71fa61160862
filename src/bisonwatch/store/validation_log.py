"""Flaws of answers and of datasets, counted by minute and by hour: all nodes add to the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from sqlalchemy import Table, case, func, select

from bisonwatch.domain.clean import clean
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.span import Span
from bisonwatch.domain.validation_log import Flawed, ValidationLog
from bisonwatch.logs import redact
from bisonwatch.metrics import FlawKey, Flaws
from bisonwatch.store import workspaces
from bisonwatch.store.api_log import by_time
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import validation_hours, validation_minutes
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant
from bisonwatch.waiting import Slots

MOST = 500
"""So many flaws are told at once."""
_WORDS = 160


async def add(tx: Tx, waiting: Slots[FlawKey, Flaws]) -> None:
    """Add what was counted to the minutes and to their hours."""
    minutes, hours = dict[tuple[FlawKey, datetime], Flaws](), dict[tuple[FlawKey, datetime], Flaws]()
    for minute, found in waiting.items():
        for told, flaws in found.items():
            flaw = _clean(told)
            for sums, moment in ((minutes, minute), (hours, minute.replace(minute=0))):
                sums.setdefault((flaw, moment), Flaws()).merge(flaws)
    await _MINUTES.run(tx, list(_rows("minute", minutes)))
    await _HOURS.run(tx, list(_rows("hour", hours)))


def _clean(flaw: FlawKey) -> FlawKey:
    """Words from everywhere, some of them a dataset's: short, and no secret."""
    source, field, reason = (clean(redact(text), _WORDS) for text in (flaw.source, flaw.field, flaw.reason))
    return FlawKey(flaw.instance, flaw.workspace, source, field, reason)


def _rows(step: str, sums: dict[tuple[FlawKey, datetime], Flaws]) -> Iterable[dict[str, object]]:
    """In the order of the key, so that two nodes never wait for each other."""
    for (flaw, moment), flaws in sorted(sums.items(), key=lambda item: item[0]):
        yield {
            "instance": flaw.instance,
            "workspace_id": flaw.workspace,
            "source": flaw.source,
            "field": flaw.field,
            "reason": flaw.reason,
            step: moment,
            "n": flaws.count,
            "first_at": flaws.first_at,
            "last_at": flaws.last_at,
            "example": clean(redact(flaws.example), _WORDS) if flaws.example else None,
        }


def _adding(table: Table, dialect: Dialect) -> Upsert:
    insert = dialect.insert(table)
    old, new = table.c, insert.excluded
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={
            "n": old.n + new.n,
            "first_at": case((new.first_at < old.first_at, new.first_at), else_=old.first_at),
            "last_at": case((new.last_at > old.last_at, new.last_at), else_=old.last_at),
            "example": func.coalesce(old.example, new.example),
        },
    )


_MINUTES, _HOURS = Batch(partial(_adding, validation_minutes)), Batch(partial(_adding, validation_hours))


async def log(tx: Tx, span: Span, now: datetime) -> ValidationLog:
    """Each flaw over a span, the last met first."""
    table, step = (validation_minutes, "minute") if span is Span.HOUR else (validation_hours, "hour")
    c, since = table.c, span.since(now)
    key = (by_time(c.instance), c.workspace_id, c.source, c.field, c.reason)
    last = func.max(c.last_at, type_=Instant)
    grouped = (
        select(*key, func.sum(c.n), func.min(c.first_at, type_=Instant), last, func.max(c.example))
        .where(c[step] >= since)
        .group_by(*key)
        .order_by(last.desc(), *key)
        .limit(MOST + 1)
    )
    names = await workspaces.names(tx)
    rows = await tx.rows(grouped)
    found = tuple(
        Flawed(
            row[0],
            row[1] or None,
            names.get(WorkspaceKey(row[0], row[1])),
            row[2],
            row[3],
            row[4],
            int(row[5]),
            row[6],
            row[7],
            row[8],
        )
        for row in rows[:MOST]
    )
    return ValidationLog(span, since, now, found, len(rows) > MOST)
