"""One line of the live event tail, and one of the log."""

from __future__ import annotations

from bisonwatch.domain.snapshot import EventRow, LogRow
from bisonwatch.tui.format import clock
from bisonwatch.tui.glyphs import Glyphs
from bisonwatch.tui.lines import Line, Piece, cut, fit, outside

_OUTCOMES = {
    "applied": "soft",
    "duplicate": "faint",
    "unknown": "unknown",
    "dead": "crit",
    "pending": "soft",
}
_GOOD_NEWS = ("lead_interested", "lead_replied")
_BAD_NEWS = ("disconnected", "failed", "disabled")
_LEVELS = {"warning": "warn", "error": "crit", "critical": "crit", "info": "soft", "debug": "faint"}


def _type_role(kind: str) -> str:
    if kind in _GOOD_NEWS:
        return "link"
    return "warm" if kind.endswith(_BAD_NEWS) else "ink"


def event_line(row: EventRow, glyphs: Glyphs, width: int) -> Line:
    """Time, workspace, type, subject, and how it came and ended; the outcome stays readable to the last."""
    name = outside(row.workspace_name) or glyphs.none
    outcome = Piece(fit(outside(row.outcome), 9), _OUTCOMES.get(row.outcome, "soft"))
    source = Piece(f"{fit(outside(row.source), 7)} ", "link" if row.source == "poll" else "faint")
    kind = outside(row.type)
    time = Piece(f" {clock(row.at)}  ", "faint")
    if width < 60:
        return cut((time, Piece(fit(kind, max(8, width - 22)), _type_role(kind)), Piece(" "), outcome), width)
    name_width, kind_width = (18, 24) if width < 100 else (24, 28)
    room = max(0, width - 11 - name_width - kind_width - 4 - 8 - 11)
    return cut(
        (
            time,
            Piece(fit(name, name_width), "soft"),
            Piece("  "),
            Piece(fit(kind, kind_width), _type_role(kind)),
            Piece("  "),
            Piece(fit(outside(row.subject), room), "soft"),
            Piece(" "),
            source,
            outcome,
        ),
        width,
    )


def event_text(row: EventRow) -> str:
    """What a filter looks in."""
    return f"{row.workspace_name} {row.type} {row.subject} {row.source} {row.outcome}".casefold()


def log_line(row: LogRow, glyphs: Glyphs, width: int) -> Line:
    role = _LEVELS.get(row.level, "soft")
    where = f"{outside(row.workspace)} " if row.workspace else ""
    return cut(
        (
            Piece(f" {clock(row.at)}  ", "faint"),
            Piece(f"{outside(row.level).upper()[:7]:<7}  ", role),
            Piece(where, "strong"),
            Piece(outside(row.text, 4000), "ink" if role in ("soft", "faint") else role),
        ),
        width,
    )


def log_text(row: LogRow) -> str:
    return f"{row.level} {row.workspace or ''} {row.text}".casefold()
