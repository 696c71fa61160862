"""The columns of the alerts in force."""

from __future__ import annotations

from bisonwatch.domain.snapshot import AlertRow
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import age, moment
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Piece, outside

_ROLES = {"critical": "crit", "warning": "warn"}


def severity_piece(row: AlertRow, frame: Frame, width: int) -> Piece:
    role = _ROLES.get(row.severity, "soft")
    glyph = {"crit": frame.glyphs.critical, "warn": frame.glyphs.warning}.get(role, frame.glyphs.dot)
    word = {"crit": "crit", "warn": "warn"}.get(role, outside(row.severity)[:4])
    return Piece(f"{glyph} {word}" if width >= 6 else glyph, role)


def label(row: AlertRow) -> str:
    return outside(row.workspace_name) or "bisonwatch"


COLUMNS: tuple[Column[AlertRow], ...] = (
    Column("severity", "SEV", (1, 6, 6), 0, severity_piece),
    Column(
        "since",
        "SINCE",
        (12, 12, 12),
        3,
        lambda row, frame, width: Piece(moment(row.since, frame.now), "soft"),
        right=True,
    ),
    Column(
        "age", "FOR", (6, 6, 6), 1, lambda row, frame, width: Piece(age(row.since, frame.now)), right=True
    ),
    Column("name", "WORKSPACE", (6, 16, 24), 0, lambda row, frame, width: Piece(label(row), "strong")),
    Column("rule", "RULE", (14, 14, 20), 4, lambda row, frame, width: Piece(outside(row.rule), "soft")),
    Column("reason", "WHY", (8, 30, 40), 2, lambda row, frame, width: Piece(outside(row.reason)), flex=True),
    Column(
        "acked",
        "ACK",
        (5, 5, 5),
        5,
        lambda row, frame, width: Piece("acked" if row.acknowledged else "", "soft"),
    ),
)
