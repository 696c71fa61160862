"""The first line: who is watching what, how well, and how old this picture is."""

from __future__ import annotations

from bisonwatch.tui.format import age, calm_age, duration, hour_minute, seconds
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, outside, pack, spread


def score_role(score: int | None) -> str:
    if score is None:
        return "soft"
    return "strong" if score >= 90 else "warn" if score >= 70 else "crit"


def _score(frame: Frame) -> Line:
    score = frame.snapshot.score
    if score is None or frame.waiting or not frame.snapshot.workspaces:
        return (Piece("score –", "soft"),)
    return (Piece("score ", "soft"), Piece(str(score), score_role(score)))


def reconnecting(frame: Frame) -> str:
    """Which try comes next, when, and what came of the last one."""
    link = frame.link
    if link is None or link.trouble is None:
        return ""
    when = "now" if frame.retry_s is None else f"in {duration(frame.retry_s)}"
    return f"RECONNECTING {link.tries} {when}: {outside(link.trouble)}"


def engine_line(frame: Frame) -> Line:
    """Who works: this node and for how long, or that nobody does, and since when."""
    snapshot = frame.snapshot
    if frame.waiting:
        starting = f"connecting to {outside(frame.link.place)}" if frame.link else "engine starting"
        return (Piece(starting, "soft"),)
    if frame.cut_off:
        return (Piece(f" {reconnecting(frame)} ", "badge-warn"),)
    if not frame.engine_lives:
        seen = snapshot.engine_seen_at
        since = f"since {hour_minute(seen)} ({calm_age(seen, frame.now)})" if seen else "yet"
        return (Piece(f" NO ENGINE {since} ", "badge-crit"),)
    others = len(snapshot.nodes) - 1
    more = f", {others} more" if others > 0 else ""
    leads = " leads" if snapshot.leader else ""
    up = seconds(snapshot.started_at, frame.now)
    long = f"  up {age(snapshot.started_at, frame.now)}" if up and up >= 60 else ""
    who = f"attached {outside(frame.link.place)}" if frame.link else outside(snapshot.node)
    return (Piece(f"{who}{leads}{more}{long}", "soft"),)


def header_lines(frame: Frame, width: int, height: int) -> list[Line]:
    wall = frame.wall.strftime("%H:%M:%SZ" if width >= 100 else "%H:%MZ")
    lock: Line = (Piece(" READ-ONLY " if width >= 100 else " RO ", "badge-soft"),) if frame.read_only else ()
    right = pack([(1, lock), (0, (frame.freshness,)), (2, (Piece(wall, "soft"),))], max(12, width // 2), 1)
    dead = not frame.waiting and not frame.engine_lives
    groups: list[tuple[int, Line]] = [
        (1, (Piece("bisonwatch", "brand"),)),
        (3, (Piece(outside(frame.title), "strong"),)),
        (2, _score(frame)),
        (0 if dead or frame.cut_off else 2 if frame.link else 4, engine_line(frame)),
    ]
    room = max(4, width - 3 - sum(len(piece.text) for piece in right))
    return [spread((Piece(" "), *pack(groups, room)), (*right, Piece(" ")), width)]
