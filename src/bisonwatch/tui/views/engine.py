"""The engine's own page: nodes, doors, database, jobs, and what this terminal costs."""

from __future__ import annotations

from dataclasses import dataclass

from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.snapshot import JobRow, Milliseconds, NodeFigures
from bisonwatch.tui.charts import area, with_axis
from bisonwatch.tui.format import (
    age,
    ago,
    backlog_verdict,
    calm_age,
    duration,
    milliseconds,
    percent,
    rate,
    roughly,
    seconds,
    thousands,
)
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, cut, fit, outside, rule
from bisonwatch.tui.views.cache import read


@dataclass(frozen=True, slots=True)
class Cost:
    """What the screen itself uses. None: not measured yet."""

    cpu_share: float | None = None
    memory_mb: float | None = None


def _title(text: str, frame: Frame, width: int) -> Line:
    return rule((Piece(text, "title"),), (), width, frame.glyphs.rule)


def _fact(label: str, *pieces: Piece) -> Line:
    return (Piece(f" {label:<12} ", "soft"), *pieces)


def _spread(figure: Milliseconds | None) -> Piece:
    if figure is None:
        return Piece("–", "faint")
    return Piece(
        f"p50 {milliseconds(figure.p50)}   p95 {milliseconds(figure.p95)}   p99 {milliseconds(figure.p99)}"
    )


def _node(row: NodeFigures, frame: Frame) -> Line:
    silent = (seconds(row.seen_at, frame.now) or 0.0) > 15
    return (
        Piece(
            f" {frame.glyphs.healthy if not silent else frame.glyphs.warning} ", "warn" if silent else "ok"
        ),
        Piece(fit(outside(row.name), 24), "strong"),
        Piece(f" {'leader' if row.leader else '':<7}", "link"),
        Piece(f" up {age(row.started_at, frame.now):<7} seen {calm_age(row.seen_at, frame.now):>4}", "soft"),
        Piece(f"   {outside(row.api_url or '')}", "faint"),
    )


def _job(row: JobRow, frame: Frame) -> Line:
    bad = row.last_outcome in ("failed", "partial")
    outcome = outside(row.last_outcome or "not yet")
    wait = None if row.next_at is None else (row.next_at - frame.now).total_seconds()
    soon = "–" if wait is None else f"in {roughly(wait)}" if wait >= 1 else "now"
    return (
        Piece(f" {fit(outside(row.name), 13)} ", "strong"),
        Piece(f"{fit(outside(row.schedule), 16)} ", "soft"),
        Piece(f"{fit(outcome, 10)}", "warn" if bad else "ink" if row.last_outcome else "faint"),
        Piece(f" {ago(row.last_at, frame.now) if row.last_at else '':>8}", "soft"),
        Piece(f"  took {duration(row.last_took_s):>6}   next ", "soft"),
        Piece(soon),
    )


def _cache(counts: CacheCounts) -> Line:
    """The datasets' cache in the last hour, on all nodes."""
    ahead = counts.prefetch_rate
    late = Piece(
        f"   {percent(ahead)}% made ahead of time", "warm" if ahead is not None and ahead < 0.95 else "soft"
    )
    return Piece(read(counts)), *((late,) if ahead is not None else ()), Piece("   K shows it", "faint")


def _doors(frame: Frame) -> list[Line]:
    snapshot, listener, inbox = frame.snapshot, frame.snapshot.listener, frame.snapshot.inbox
    words, role = backlog_verdict(inbox.pending, inbox.slope)
    refused = Piece(f"   {thousands(listener.rejected)} refused", "warm" if listener.rejected else "soft")
    return [
        _fact("listener", Piece(outside(listener.url) if listener.url else "does not listen", "ink")),
        _fact(
            "deliveries", Piece(f"{rate(listener.rate_1m)}/s   {thousands(listener.acked)} answered"), refused
        ),
        _fact("answered in", _spread(listener.ack_ms)),
        _fact("to mirror", _spread(snapshot.latency_ms)),
        _fact("backlog", Piece(thousands(inbox.pending)), Piece(f"  {words}", role)),
        _fact(
            "inbox",
            Piece(f"{thousands(inbox.processed)} processed   "),
            Piece(f"{thousands(inbox.spooled)} spooled   ", "warm" if inbox.spooled else "soft"),
            Piece(f"{thousands(inbox.dead)} dead", "warm" if inbox.dead else "soft"),
        ),
        *(_fact("spool", Piece(outside(sentence), "warm")) for sentence in inbox.stuck.told),
        _fact("cache", *_cache(snapshot.cache)),
        _fact(
            "database",
            Piece(
                "answers" if snapshot.database.ok else "does not answer",
                "ink" if snapshot.database.ok else "crit",
            ),
            Piece(f"   write p95 {milliseconds(snapshot.database.write_ms_p95)}   ", "soft"),
            Piece(outside(snapshot.database.url), "faint"),
        ),
    ]


def _score(frame: Frame, width: int) -> list[Line]:
    if not frame.snapshot.reasons:
        return []
    lost = [(Piece(f" {frame.glyphs.dot} {outside(reason)}", "soft"),) for reason in frame.snapshot.reasons]
    return [EMPTY, _title("what the score lost points for", frame, width), *lost]


def _cost(cost: Cost) -> Line:
    cpu = "–" if cost.cpu_share is None else f"{cost.cpu_share * 100:.1f}% of a core"
    memory = "–" if cost.memory_mb is None else f"{cost.memory_mb:.0f} MB in this process"
    return _fact("costs", Piece(f"{cpu}   {memory}"))


def engine_lines(frame: Frame, cost: Cost, width: int) -> list[Line]:
    snapshot = frame.snapshot
    lines = [_title("deliveries per second, last minute", frame, width)]
    trend = snapshot.rate_trend
    if trend:
        body = area(trend, max(10, min(width - 10, 120)), 5, frame.glyphs)
        lines.extend(
            (Piece(" "), *line) for line in with_axis(body, max(*trend, 1), ("-60 s", "now"), frame.glyphs)
        )
    else:
        lines.append((Piece(" not known on this node", "faint"),))
    lines.extend([EMPTY, _title("doors and inbox", frame, width), *_doors(frame)])
    lines.extend([EMPTY, _title("engines on this database", frame, width)])
    lines.extend(_node(row, frame) for row in snapshot.nodes)
    if not snapshot.nodes:
        lines.append((Piece(" none lives", "crit"),))
    lines.extend(
        [EMPTY, _title("scheduled jobs", frame, width), *(_job(row, frame) for row in snapshot.jobs)]
    )
    if not snapshot.jobs:
        lines.append((Piece(" none yet", "faint"),))
    lines.extend(_score(frame, width))
    lines.extend([EMPTY, _title("this terminal", frame, width), _cost(cost)])
    lines.append(_fact("version", Piece(f"bisonwatch {outside(snapshot.version)}", "soft")))
    return [cut(line, width) for line in lines]
