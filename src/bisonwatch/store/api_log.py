"""Requests to the provider, summed by endpoint and minute, and by endpoint and hour: all nodes add to the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, case, func, literal_column, select

from bisonwatch.domain.api_log import ApiLog, EndpointCalls, EndpointHours, HourCalls, times
from bisonwatch.domain.span import Span
from bisonwatch.metrics import Ending, Endpoint, Tally
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import api_hours, api_minutes
from bisonwatch.store.tables.logs import BUCKETS, ENDINGS, SUMS
from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.waiting import Slots

HOURS = 24 * 366
"""So many hours of one endpoint are read at most."""


async def add(tx: Tx, waiting: Slots[Endpoint, Tally]) -> None:
    """Add what was counted to the minutes and to their hours."""
    hours = dict[datetime, dict[Endpoint, Tally]]()
    for minute, tallies in waiting.items():
        sums = hours.setdefault(minute.replace(minute=0), {})
        for endpoint, tally in tallies.items():
            sums.setdefault(endpoint, Tally()).merge(tally)
    await _MINUTES.run(tx, list(_rows("minute", waiting)))
    await _HOURS.run(tx, list(_rows("hour", hours)))


def _rows(step: str, slots: Slots[Endpoint, Tally]) -> Iterable[dict[str, object]]:
    """In the order of the key, so that two nodes never wait for each other."""
    keys = sorted((endpoint, moment) for moment, tallies in slots.items() for endpoint in tallies)
    for endpoint, moment in keys:
        tally = slots[moment][endpoint]
        yield {
            "instance": endpoint.instance,
            "endpoint": endpoint.name,
            step: moment,
            **{ending.value: count for ending, count in tally.endings.items()},
            "retries": tally.retries,
            "unsent": tally.unsent,
            "total_ms": round(tally.total_ms),
            "max_ms": round(tally.max_ms),
            **dict(zip(BUCKETS, tally.buckets, strict=True)),
        }


def _adding(table: Table, dialect: Dialect) -> Upsert:
    insert = dialect.insert(table)
    old, new = table.c, insert.excluded
    sums: dict[str, Any] = {name: old[name] + new[name] for name in SUMS}
    slowest = case((new.max_ms > old.max_ms, new.max_ms), else_=old.max_ms)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_=sums | {"max_ms": slowest}
    )


_MINUTES, _HOURS = Batch(partial(_adding, api_minutes)), Batch(partial(_adding, api_hours))


async def log(tx: Tx, span: Span, now: datetime) -> ApiLog:
    """Every endpoint over a span, the most called first."""
    table, step = (api_minutes, "minute") if span is Span.HOUR else (api_hours, "hour")
    c, since = table.c, span.since(now)
    instance, endpoint = by_time(c.instance), by_time(c.endpoint)
    summed = (
        select(
            instance.label("instance"),
            endpoint.label("endpoint"),
            *(func.sum(c[name]).label(name) for name in SUMS),
            func.max(c.max_ms).label("max_ms"),
        )
        .where(c[step] >= since)
        .group_by(instance, endpoint)
    )
    trends = await _trends(tx, table, step, span, now)
    found = [_endpoint(row, trends.get((row.instance, row.endpoint), ())) for row in await tx.rows(summed)]
    found.sort(key=lambda one: (-one.calls, one.instance, one.endpoint))
    return ApiLog(span, since, now, span.step, tuple(found))


def by_time(column: Column[str]) -> ColumnElement[str]:
    """The column as it is, but no part of a key: SQLite would rather read all in the order of the key than what a moment's index finds."""
    return column.concat(literal_column("''"))


async def _trends(
    tx: Tx, table: Table, step: str, span: Span, now: datetime
) -> Mapping[tuple[str, str], tuple[int, ...]]:
    c, first = table.c, span.floor(now) - (span.steps - 1) * span.step
    calls = sum((c[name] for name in ENDINGS[1:]), c[ENDINGS[0]])
    trends = dict[tuple[str, str], list[int]]()
    wanted = select(c.instance, c.endpoint, c[step], calls).where(c[step] >= first)
    for instance, endpoint, moment, count in await tx.rows(wanted):
        trend = trends.setdefault((instance, endpoint), [0] * span.steps)
        place = (moment - first) // span.step
        if place < span.steps:
            trend[place] = int(count)
    return {key: tuple(trend) for key, trend in trends.items()}


def _endpoint(row: AnyRow, trend: tuple[int, ...]) -> EndpointCalls:
    told = row._mapping
    endings = {name: int(told[name]) for name in ENDINGS if told[name]}
    return EndpointCalls(
        row.instance,
        row.endpoint,
        sum(endings.values()),
        endings,
        int(row.retries),
        int(row.unsent),
        times([int(told[name]) for name in BUCKETS], float(row.total_ms), float(row.max_ms)),
        trend,
    )


async def hours(tx: Tx, instance: str, endpoint: str) -> EndpointHours:
    """One endpoint by the hour, as long as it is kept."""
    c = api_hours.c
    newest = select(api_hours).where(c.instance == instance, c.endpoint == endpoint)
    rows = await tx.rows(newest.order_by(c.hour.desc()).limit(HOURS))
    return EndpointHours(instance, endpoint, tuple(hour for row in reversed(rows) if (hour := _hour(row))))


def _hour(row: AnyRow) -> HourCalls | None:
    told = row._mapping
    took = times([told[name] for name in BUCKETS], row.total_ms, row.max_ms)
    if took is None:
        return None
    calls = sum(told[name] for name in ENDINGS)
    return HourCalls(
        row.hour, calls, calls - told[Ending.OK.value], told[Ending.THROTTLED.value], took.p50, took.p95
    )
