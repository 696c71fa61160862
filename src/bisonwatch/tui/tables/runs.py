"""The columns of the runs."""

from __future__ import annotations

from collections.abc import Callable

from bisonwatch.domain.history import took_s
from bisonwatch.domain.run import SCHEDULE, Outcome, Run, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import (
    NONE,
    age,
    compact,
    duration,
    percent,
    progress_bar,
    roughly,
    seconds,
    thousands,
)
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, fit, outside

_WORST = (Outcome.FAILED, Outcome.PARTIAL, Outcome.CANCELLED)
_ENDS = {
    Outcome.SUCCESS: ("ok", "soft"),
    Outcome.PARTIAL: ("partial", "warn"),
    Outcome.FAILED: ("failed", "crit"),
    Outcome.CANCELLED: ("cancelled", "soft"),
}


BAR = 36
"""Cells of a progress bar with its figure at most."""


def state_piece(run: Run) -> Piece:
    if run.state is RunState.QUEUED:
        return Piece("queued", "soft")
    if run.state is RunState.RUNNING:
        return Piece("stopping" if run.cancel_asked else "running", "warm" if run.cancel_asked else "link")
    word, role = _ENDS[run.outcome] if run.outcome else ("done", "soft")
    return Piece(word, role)


def asked(run: Run) -> bool:
    """Whether somebody asked for it; the rest is the schedule's everyday."""
    return run.asked_by != SCHEDULE


def share(run: Run) -> float | None:
    """How much of the run is done; None while the total is not known."""
    if run.outcome is Outcome.SUCCESS:
        return 1.0
    if run.over and run.tally.total is None:
        return 0.0
    total = run.tally.total
    return None if not total else min(1.0, run.tally.done / total)


def took(run: Run, frame: Frame) -> float | None:
    if run.started_at is None:
        return None
    return seconds(run.started_at, run.finished_at or frame.now)


def left(run: Run, frame: Frame) -> float | None:
    """Seconds to go at the pace so far; None where it cannot be told."""
    part, spent = share(run), took(run, frame)
    if run.state is not RunState.RUNNING or not part or not spent or part >= 1:
        return None
    return spent / part * (1 - part)


def progress(run: Run, frame: Frame, width: int) -> Line:
    """`━━━━━───── 62 %`; a run of unknown length shows what it has done."""
    if run.state is RunState.QUEUED:
        return (Piece(fit("waiting for its turn", width), "faint"),)
    if run.outcome is Outcome.SUCCESS:
        return (Piece(" " * width),)
    part = share(run)
    if part is None:
        return (Piece(fit(f"{thousands(run.tally.done)} rows so far", width), "soft"),)
    bar = max(4, width - 5)
    filled, rail = progress_bar(part, bar, frame.glyphs)
    role = state_piece(run).role if run.over else "bar"
    return (
        Piece(filled, role),
        Piece(rail, "rail"),
        Piece(fit(percent(part, 0) + "%", width - bar, True), "ink"),
    )


def told(run: Run, frame: Frame, width: int) -> Piece | Line:
    """How far it is, or what went wrong."""
    if run.over:
        return Piece(outside(run.error or ""), "soft")
    line = progress(run, frame, min(width, BAR))
    return (*line, Piece(" " * max(0, width - BAR)))


def label(row: RunRow) -> str:
    return outside(row.workspace_name) or "all workspaces"


def rows_text(run: Run) -> str:
    done, total = run.tally.done, run.tally.total
    if not done and total is None:
        return ""
    return compact(done) if total is None or run.over else f"{compact(done)}/{compact(total)}"


def remaining(run: Run, frame: Frame) -> str:
    if run.state is RunState.RUNNING:
        rest = left(run, frame)
        return f"~{roughly(rest + 1)}" if rest is not None else ""
    return ""


COLUMNS: tuple[Column[RunRow], ...] = (
    Column("state", "STATE", (6, 9, 9), 0, lambda row, frame, width: state_piece(row.run)),
    Column("job", "JOB", (6, 8, 13), 0, lambda row, frame, width: Piece(row.run.job.value, "strong")),
    Column("name", "WORKSPACE", (6, 14, 24), 0, lambda row, frame, width: Piece(label(row)), flex=True),
    Column(
        "progress",
        "PROGRESS",
        (12, 16, 30),
        2,
        lambda row, frame, width: told(row.run, frame, width),
        flex=True,
    ),
    Column("rows", "ROWS", (11, 11, 13), 4, lambda row, frame, width: Piece(rows_text(row.run)), right=True),
    Column(
        "left", "LEFT", (7, 7, 7), 3, lambda row, frame, width: Piece(remaining(row.run, frame)), right=True
    ),
    Column(
        "took",
        "TOOK",
        (6, 6, 6),
        5,
        lambda row, frame, width: Piece(duration(took(row.run, frame)), "soft"),
        right=True,
    ),
    Column(
        "asked", "ASKED BY", (8, 8, 12), 6, lambda row, frame, width: Piece(outside(row.run.asked_by), "soft")
    ),
    Column(
        "requests",
        "REQS",
        (5, 5, 5),
        7,
        lambda row, frame, width: Piece(compact(row.run.tally.requests), "soft"),
        right=True,
    ),
    Column(
        "queued",
        "AGO",
        (6, 6, 6),
        1,
        lambda row, frame, width: Piece(age(row.run.queued_at, frame.now), "faint"),
        right=True,
    ),
)
UNKNOWN = NONE

NEWEST = "newest"
RANKS: dict[str, Callable[[RunRow], tuple[float | str, ...]]] = {
    "state": lambda row: (_WORST.index(row.run.outcome) if row.run.outcome in _WORST else len(_WORST),),
    "job": lambda row: (row.run.job.value,),
    "name": lambda row: (label(row).casefold(),),
    "rows": lambda row: (-row.run.tally.done,),
    "took": lambda row: (-(took_s(row.run) or 0.0),),
    "asked": lambda row: (row.run.asked_by == SCHEDULE, row.run.asked_by),
    "requests": lambda row: (-row.run.tally.requests,),
}
"""By the name of the column; the first is on top. Where two are equal the newer one is first."""
ORDERS: tuple[tuple[str, str], ...] = (
    (NEWEST, "NEWEST FIRST  by when they were asked for (the default)"),
    ("state", "STATE         failed, partial, cancelled, then the rest"),
    ("job", "JOB           by name"),
    ("name", "WORKSPACE     by name"),
    ("took", "TOOK          the longest first"),
    ("rows", "ROWS          the most first"),
    ("requests", "REQUESTS      the most first"),
    ("asked", "ASKED BY      people first"),
)


def order_name(column: str | None, backwards: bool) -> str:
    """`newest`, `longest`, as the line above the table tells it."""
    if column is None:
        return "oldest" if backwards else "newest"
    word = dict(ORDERS)[column].split("  ")[0].casefold()
    return f"by {word}, backwards" if backwards else f"by {word}"
