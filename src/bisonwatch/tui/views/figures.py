"""The lines of figures below the verdict: states, rates, latency, backlog and its verdict, database."""

from __future__ import annotations

from collections import Counter

from bisonwatch.domain.health import Health
from bisonwatch.domain.run import RunState
from bisonwatch.tui.format import (
    backlog_verdict,
    compact,
    milliseconds,
    percent,
    rate,
    spark,
    squeeze,
    thousands,
)
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.glyphs import WORDS
from bisonwatch.tui.lines import Line, Piece, pack
from bisonwatch.tui.tables.runs import asked
from bisonwatch.tui.tables.workspaces import ROLES


def states(frame: Frame, *, words: bool) -> Line:
    """`✖ 2 crit  ▲ 3 warn  ● 19 ok`: only states that occur, the worst first."""
    counts = Counter(row.health for row in frame.snapshot.workspaces)
    line: list[Piece] = []
    for health in Health:
        if not counts[health]:
            continue
        if line:
            line.append(Piece("  " if words else " "))
        word = f" {WORDS[health][0]}" if words else ""
        line.append(
            Piece(f"{frame.glyphs.of(health)}{' ' if words else ''}{counts[health]}{word}", ROLES[health])
        )
    return tuple(line)


def _pair(name: str, text: str, role: str = "ink") -> Line:
    return (Piece(f"{name} ", "soft"), Piece(text, role))


def _webhooks(frame: Frame, cells: int) -> Line:
    listener = frame.snapshot.listener
    line = _pair("webhooks", f"{rate(listener.rate_1m)}/s")
    trend = frame.snapshot.rate_trend
    if cells and trend:
        line = (*line, Piece(" "), Piece(spark(squeeze(trend, cells), frame.glyphs), "trend"))
    if listener.rejected:
        line = (*line, Piece(f" {thousands(listener.rejected)} refused", "warm"))
    return line


def _latency(frame: Frame, *, short: bool) -> Line:
    figure = frame.snapshot.latency_ms
    if figure is None:
        return _pair("to mirror", "–", "faint")
    role = "ink" if figure.p95 < 5000 else "warm"
    if short:
        return _pair("p95", milliseconds(figure.p95), role)
    text = f"p50 {milliseconds(figure.p50)}  p95 {milliseconds(figure.p95)}"
    return _pair("to mirror", text, role)


def _backlog(frame: Frame, *, short: bool = False) -> Line:
    inbox = frame.snapshot.inbox
    words, role = backlog_verdict(inbox.pending, inbox.slope)
    words = words.rpartition(", ")[2] if short else words
    if inbox.pending <= 0:
        return _pair("backlog", words, role)
    return (*_pair("backlog", compact(inbox.pending)), Piece(f" {words}" if words else "", role))


def _letters(frame: Frame) -> Line:
    inbox = frame.snapshot.inbox
    line: Line = ()
    if inbox.spooled:
        line = (*line, *_pair("spooled", thousands(inbox.spooled), "warm"), Piece("  "))
    if inbox.dead:
        line = (*line, *_pair("dead letters", thousands(inbox.dead), "warm"))
    return line


def _delivered(frame: Frame) -> Line:
    """Weighed by what each workspace received, so that a small one does not hide a big one."""
    known = [
        (row.delivery_rate_24h, row.webhooks_24h + row.caught_24h)
        for row in frame.snapshot.workspaces
        if row.delivery_rate_24h is not None
    ]
    total = sum(count for _, count in known)
    if not total:
        return _pair("delivered", "–", "faint")
    share = sum(part * count for part, count in known) / total
    return _pair("delivered", f"{percent(share)}%", "warm" if share < 0.97 else "ink")


def _cache(frame: Frame) -> Line:
    share = frame.snapshot.cache.hit_rate
    return _pair("cache", f"{percent(share)}%", "warm" if share < 0.8 else "ink") if share is not None else ()


def _database(frame: Frame) -> Line:
    base = frame.snapshot.database
    if not base.ok:
        return (Piece("database does not answer", "crit"),)
    return _pair("write p95", milliseconds(base.write_ms_p95)) if base.write_ms_p95 is not None else ()


def _jobs(frame: Frame) -> Line:
    counts = Counter(row.run.state for row in frame.snapshot.runs if asked(row.run))
    running, queued = counts[RunState.RUNNING], counts[RunState.QUEUED]
    if not running and not queued:
        return ()
    return _pair("runs", f"{running} active" + (f" {queued} queued" if queued else ""))


def figures_lines(frame: Frame, width: int, height: int) -> list[Line]:
    if frame.waiting:
        waiting: Line = (Piece("   figures appear as they arrive", "faint"),)
        return [waiting]
    if height >= 2:
        cells = 20 if width >= 140 else 12
        first = [
            (0, states(frame, words=True)),
            (1, _webhooks(frame, cells)),
            (3, _latency(frame, short=False)),
        ]
        second = [
            (0, _backlog(frame)),
            (1, _letters(frame)),
            (2, _delivered(frame)),
            (4, _cache(frame)),
            (5, _database(frame)),
            (3, _jobs(frame)),
        ]
        return [_indent(pack(first, width - 4), 3), _indent(pack(second, width - 4), 3)]
    groups = [
        (0, states(frame, words=False)),
        (2, _webhooks(frame, 0)),
        (4, _latency(frame, short=True)),
        (1, _backlog(frame, short=True)),
        (3, _letters(frame)),
        (5, _delivered(frame)),
    ]
    return [_indent(pack(groups, width - 4, 2), 3)]


def _indent(line: Line, cells: int) -> Line:
    return (Piece(" " * cells), *line)
