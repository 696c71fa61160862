"""The picture while the database is away: the last one, with what the process knows of itself kept fresh. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bisonwatch.cache.figures import Figures, together
from bisonwatch.cache.picture import Self
from bisonwatch.domain.snapshot import ListenerFigures, LogRow, Snapshot
from bisonwatch.logs import LogLine

WORST = 60
AWAY = "the database does not answer"


@dataclass(frozen=True, slots=True)
class Blind:
    """What can be seen without the database. `others`: what other nodes last said; `trouble`: why nothing can be spooled."""

    own: Figures | None
    others: Sequence[Figures]
    trouble: str | None
    rate_trend: tuple[int, ...]
    logs: Sequence[LogLine]


def redraw(me: Self, known: Snapshot, seen: Blind, now: datetime) -> Snapshot:
    """Without figures of its own (a command that only looks) the picture stays as old as it is."""
    marked = replace(
        known,
        number=known.number + 1,
        database=replace(known.database, url=known.database.url or me.database_url, ok=False),
        score=min(known.score or 0, WORST),
        reasons=(AWAY, *_spool(seen)),
        logs=tuple(LogRow(line.at, line.level, line.text, line.workspace) for line in seen.logs),
    )
    return marked if seen.own is None else _with_own(me, marked, seen, seen.own, now)


def _with_own(me: Self, known: Snapshot, seen: Blind, own: Figures, now: datetime) -> Snapshot:
    all_ = together([own, *seen.others])
    return replace(
        known,
        at=now,
        version=me.version,
        node=known.node or me.node,
        started_at=known.started_at or me.started_at,
        listener=ListenerFigures(all_.url, all_.acked, all_.rejected, all_.rate, all_.ack_ms),
        inbox=replace(known.inbox, spooled=all_.spooled, stuck=all_.stuck, slope=None),
        latency_ms=all_.latency_ms,
        rate_trend=seen.rate_trend,
    )


def _spool(seen: Blind) -> tuple[str, ...]:
    if seen.trouble is not None:
        return (f"deliveries are refused: {seen.trouble}",)
    spooled = seen.own.spooled if seen.own else 0
    if not spooled:
        return ()
    return (f"{spooled:,} deliveries are spooled" if spooled > 1 else "1 delivery is spooled",)
