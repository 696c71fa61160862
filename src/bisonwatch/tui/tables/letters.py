"""The columns of the dead letters."""

from __future__ import annotations

from bisonwatch.domain.letter import Letter
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import age, moment
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Piece, outside


def label(letter: Letter, frame: Frame) -> str:
    """The workspace's name, else its key; a delivery may be nobody's."""
    if letter.workspace is None:
        return f"{outside(letter.instance)}/?"
    row = frame.snapshot.workspace(letter.workspace)
    return outside(row.name if row else str(letter.workspace))


def kind(letter: Letter) -> str:
    return outside(letter.type) or "no type"


COLUMNS: tuple[Column[Letter], ...] = (
    Column(
        "received",
        "RECEIVED",
        (12, 12, 12),
        3,
        lambda letter, frame, width: Piece(moment(letter.received_at, frame.now), "soft"),
        right=True,
    ),
    Column(
        "age",
        "AGO",
        (6, 6, 6),
        0,
        lambda letter, frame, width: Piece(age(letter.received_at, frame.now)),
        right=True,
    ),
    Column(
        "name",
        "WORKSPACE",
        (8, 14, 24),
        0,
        lambda letter, frame, width: Piece(label(letter, frame), "strong"),
    ),
    Column("type", "TYPE", (10, 16, 26), 2, lambda letter, frame, width: Piece(kind(letter), "soft")),
    Column("source", "VIA", (7, 7, 7), 5, lambda letter, frame, width: Piece(letter.source.value, "faint")),
    Column(
        "tries",
        "TRIES",
        (5, 5, 5),
        4,
        lambda letter, frame, width: Piece(f"{letter.attempts}", "soft"),
        right=True,
    ),
    Column(
        "reason",
        "WHY",
        (8, 24, 40),
        1,
        lambda letter, frame, width: Piece(outside(letter.reason, 600), "warn"),
        flex=True,
    ),
)
