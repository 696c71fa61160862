"""One run in lines: every field, what it met, and how long the last ones of its job took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median

from bisonwatch.domain.history import took_s
from bisonwatch.domain.ids import parse_key
from bisonwatch.domain.run import Outcome, Run, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.domain.totals import Counts
from bisonwatch.errors import CallError
from bisonwatch.tui import charts
from bisonwatch.tui.format import ago, clock, duration, moment, plural, progress_bar, spark, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, cut, fit, outside, paragraph, rule
from bisonwatch.tui.tables import runs

ERROR = 4_000
FEW = 3
"""So few runs tell nothing."""
LAST = 60
"""So many runs are drawn at most."""
_BAD = (Outcome.FAILED, Outcome.PARTIAL)


def name(row: RunRow) -> str:
    return f"{row.run.job.value} of {runs.label(row)}"


def title_line(row: RunRow, frame: Frame, width: int) -> Line:
    return cut((Piece(f" {name(row)}", "title"), Piece("   "), runs.state_piece(row.run)), width)


def run_lines(
    row: RunRow, past: Sequence[RunRow] | None, trouble: str | None, frame: Frame, width: int
) -> list[Line]:
    """All of it, however long."""
    run = row.run
    lines: list[Line] = []
    if trouble is not None:
        lines.append((Piece(f" {trouble}", "warn"),))
    if not run.over:
        left = runs.remaining(run, frame)
        bar = runs.progress(run, frame, min(60, max(12, width - 20)))
        lines += [(Piece(" "), *bar, Piece(f"  {left} left" if left else "", "soft")), EMPTY]
    lines += [(Piece(f" {label:<11} ", "soft"), Piece(text)) for label, text in _fields(row, frame) if text]
    if run.error:
        lines += [EMPTY, rule((Piece("error", "title"),), (), width, frame.glyphs.rule)]
        lines += [
            (Piece(" "), *line) for line in paragraph(outside(run.error, ERROR), width - 2, ERROR, loud(run))
        ]
    totals = run.tally.totals
    if totals is not None:
        lines += _counted("accounts by instance", totals.instances, frame, width)
        lines += _counted("largest workspaces", totals.top, frame, width)
    return [*lines, EMPTY, *pace_lines(row, past, frame, width, 6)]


def _fields(row: RunRow, frame: Frame) -> Iterator[tuple[str, str]]:
    run, tally = row.run, row.run.tally
    yield "job", run.job.value
    yield "workspace", runs.label(row) + (f" ({run.workspace})" if run.workspace else "")
    yield "parts", ", ".join(part.value for part in run.parts)
    yield "days", str(run.order or "")
    yield "asked by", outside(run.asked_by)
    yield "queued", _when(run.queued_at, frame)
    yield "started", _when(run.started_at, frame) if run.started_at else ""
    yield "finished", _when(run.finished_at, frame) if run.finished_at else ""
    if run.started_at is not None:
        yield "took" if run.over else "so far", duration(runs.took(run, frame))
    yield "outcome", _outcome(run)
    if run.state is not RunState.QUEUED:
        total = "" if tally.total is None else f" of {thousands(tally.total)}"
        yield "done", f"{thousands(tally.done)}{total}"
        yield "rows", counts_text(run)
        yield "requests", f"{thousands(tally.requests)}, {thousands(tally.retries)} repeated"
    if tally.workspaces is not None:
        failed = tally.workspaces_failed or 0
        yield "workspaces", f"{thousands(tally.workspaces - failed)} done, {thousands(failed)} failed"
    yield "id", str(run.id)


def loud(run: Run) -> str:
    """The role of what went wrong."""
    return "crit" if run.outcome is Outcome.FAILED else "warn"


def _outcome(run: Run) -> str:
    if run.over:
        return run.outcome.value if run.outcome else ""
    return "asked to stop: it does at its next page" if run.cancel_asked else ""


def _when(at: datetime, frame: Frame) -> str:
    """With seconds, since runs are short."""
    day = moment(at, frame.now)[:-5]
    return f"{day}{clock(at)} UTC, {ago(at, frame.now)}"


def counts_text(run: Run) -> str:
    tally = run.tally
    return (
        f"{thousands(tally.rows_read)} read, {thousands(tally.rows_written)} written, "
        f"{thousands(tally.rows_unchanged)} unchanged, {thousands(tally.rows_removed)} removed"
    )


def _counted(title: str, counts: Counts, frame: Frame, width: int) -> list[Line]:
    """Each with a bar beside it, the longest for the most."""
    if not counts:
        return []
    most = max(1, *(count for _, count in counts))
    names = [_named(text, frame) for text, _ in counts]
    room = min(30, max(8, width // 3))
    bar = min(40, max(4, width - room - 14))
    lines: list[Line] = [EMPTY, rule((Piece(title, "title"),), (), width, frame.glyphs.rule)]
    for text, (_, count) in zip(names, counts, strict=True):
        filled, _rest = progress_bar(count / most, bar, frame.glyphs)
        lines.append((Piece(f" {fit(text, room)} "), Piece(f"{count:>9,}  ", "strong"), Piece(filled, "bar")))
    return lines


def _named(text: str, frame: Frame) -> str:
    """A workspace by its name, where it has one."""
    try:
        row = frame.snapshot.workspace(parse_key(text))
    except CallError:
        return outside(text)
    return outside(f"{row.name} ({text})" if row else text)


def alike(row: RunRow, past: Sequence[RunRow]) -> list[RunRow]:
    """The finished runs of the same job for the same workspace, the oldest first."""
    return [one for one in finished(row, past) if one.run.workspace == row.run.workspace]


def finished(row: RunRow, past: Sequence[RunRow]) -> list[RunRow]:
    """And for any."""
    same = [one for one in past if one.run.job is row.run.job and took_s(one.run) is not None]
    return sorted(same, key=lambda one: one.run.queued_at)


def pace_lines(
    row: RunRow, past: Sequence[RunRow] | None, frame: Frame, width: int, height: int
) -> list[Line]:
    """How long the last runs of its job took: a chart where there is room for one, else a line."""
    if past is None:
        return [(Piece(" asking how long the last runs took…", "faint"),)]
    same, of = alike(row, past), name(row)
    if len(same) < FEW and row.run.workspace is not None:
        same, of = finished(row, past), f"{row.run.job.value} of any workspace"
    same = same[-min(LAST, max(4, (width - 8) // 2)) :]
    took = [took_s(one.run) or 0.0 for one in same]
    if len(same) < FEW:
        return [(Piece(" too few runs of this job are known to tell how long they take", "faint"),)]
    if height < 4:
        return [
            cut(
                (
                    Piece(" took ", "soft"),
                    Piece(spark([span * 1000 for span in took[-30:]], frame.glyphs), "chart"),
                    Piece("  "),
                    *_summary(same, took),
                ),
                width,
            )
        ]
    head = rule((Piece(f"the last {len(same)} runs of {of}", "title"),), (), width, frame.glyphs.rule)
    rows = charts.columns([span * 1000 for span in took], len(same) * 2, height - 3, frame.glyphs)
    label = duration(max(took))
    lines: list[Line] = [head]
    for place, text in enumerate(rows):
        lines.append((Piece(f"{label if place == 0 else '':>6} ", "soft"), Piece(text, "chart")))
    marks = "".join((frame.glyphs.critical if one.run.outcome in _BAD else " ") + " " for one in same)
    lines.append((Piece(f"{'':>6} "), Piece(marks, "crit")))
    return [*lines, cut((Piece(" "), *_summary(same, took)), width)]


def _summary(same: Sequence[RunRow], took: Sequence[float]) -> Line:
    bad = sum(one.run.outcome in _BAD for one in same)
    text = f"median {duration(median(took))}, longest {duration(max(took))} of {plural(len(same), 'run')}"
    failed: Line = (Piece(", ", "soft"), Piece(f"{bad} went wrong", "warn")) if bad else ()
    return (Piece(text, "soft"), *failed)
