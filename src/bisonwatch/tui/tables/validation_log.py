"""The columns of the validation log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bisonwatch.domain.validation_log import Flawed
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import NONE, calm_age, compact
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Piece, outside
from bisonwatch.tui.sorting import Rank


def key_of(flaw: Flawed) -> tuple[str, int | None, str, str, str]:
    return flaw.instance, flaw.workspace, flaw.source, flaw.field, flaw.reason


def whose(flaw: Flawed) -> str:
    """The workspace by its name, else by its number, else the instance alone."""
    if flaw.workspace is None:
        return outside(flaw.instance)
    return outside(flaw.name or f"{flaw.instance}/{flaw.workspace}")


def _newest(flaw: Flawed, _now: datetime) -> Rank:
    return (-flaw.last_at.timestamp(),)


def _then_newest(word: Callable[[Flawed], str]) -> Callable[[Flawed, datetime], Rank]:
    return lambda flaw, _now: (word(flaw).casefold(), -flaw.last_at.timestamp())


def _last(flaw: Flawed, frame: Frame, width: int) -> Piece:
    return Piece(calm_age(flaw.last_at, frame.now), "ink")


COLUMNS: tuple[Column[Flawed], ...] = (
    Column("last", "LAST", (4, 4, 5), 0, _last, _newest, right=True, help="age of the last one"),
    Column(
        "count",
        "COUNT",
        (5, 6, 7),
        0,
        lambda flaw, frame, width: Piece(compact(flaw.count), "strong"),
        lambda flaw, now: (-flaw.count,),
        right=True,
        help="how often",
    ),
    Column(
        "source",
        "SOURCE",
        (10, 20, 36),
        0,
        lambda flaw, frame, width: Piece(outside(flaw.source), "strong"),
        _then_newest(lambda flaw: flaw.source),
        help="the endpoint that answered so, or the dataset",
    ),
    Column(
        "field",
        "FIELD",
        (8, 14, 24),
        0,
        lambda flaw, frame, width: Piece(outside(flaw.field)),
        _then_newest(lambda flaw: flaw.field),
        help="the field, or `answer` where it is the whole",
    ),
    Column(
        "reason",
        "REASON",
        (8, 24, 30),
        1,
        lambda flaw, frame, width: Piece(outside(flaw.reason), "warn"),
        _then_newest(lambda flaw: flaw.reason),
        flex=True,
        help="why it was left out",
    ),
    Column(
        "workspace",
        "WORKSPACE",
        (9, 12, 20),
        2,
        lambda flaw, frame, width: Piece(whose(flaw), "soft"),
        _then_newest(whose),
        help="whose answer it was",
    ),
    Column(
        "example",
        "EXAMPLE",
        (8, 12, 24),
        3,
        lambda flaw, frame, width: Piece(outside(flaw.example or NONE), "faint"),
        help="what such a value looks like: letters are a, digits 9",
    ),
)
