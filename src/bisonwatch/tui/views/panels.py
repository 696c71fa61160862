"""The small panels of the overview: alerts in force, runs with their progress."""

from __future__ import annotations

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, RunState
from bisonwatch.domain.snapshot import AlertRow, RunRow
from bisonwatch.tui.format import age, ago, plural
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut, fit, outside, rule
from bisonwatch.tui.lines import width as cells
from bisonwatch.tui.tables import alerts, runs

_ROUTINE = (
    Job.POLL,
    Job.ACCOUNTS,
    Job.CAMPAIGNS,
    Job.LEADS,
    Job.REPORTS,
    Job.CONSISTENCY,
    Job.DISCOVER,
    Job.SETTINGS,
    Job.FULL,
    Job.RESYNC,
    Job.BACKFILL,
    Job.SUBSCRIPTIONS,
    Job.CANARY,
    Job.UPKEEP,
)
"""The order in which scheduled runs are told; every job has its place."""
SHORT_S = 3.0
"""A scheduled run that takes no longer is shown when it has ended, so that the list stands still."""


def alert_line(row: AlertRow, frame: Frame, width: int) -> Line:
    severity = alerts.severity_piece(row, frame, 1)
    name = fit(alerts.label(row), min(18, max(8, width // 4)))
    lead: Line = (
        Piece(f" {severity.text} ", severity.role),
        Piece(f"{age(row.since, frame.now):>6}  ", "soft"),
        Piece(f"{name}  ", "strong"),
    )
    role = "soft" if row.acknowledged else "ink"
    return cut((*lead, Piece(outside(row.reason), role)), width - 1)


def worst_alerts(frame: Frame) -> list[AlertRow]:
    order = {"critical": 0, "warning": 1}
    return sorted(
        frame.snapshot.alerts, key=lambda row: (row.acknowledged, order.get(row.severity, 2), row.since)
    )


def alerts_lines(frame: Frame, width: int, height: int) -> list[Line]:
    rows = worst_alerts(frame)
    if height == 1:
        if not rows:
            return [(Piece(" no alert in force", "faint"),)]
        more = f" 1 of {len(rows)} " if len(rows) > 1 else ""
        line = alert_line(rows[0], frame, width - len(more))
        gap = " " * max(0, width - cells(line) - len(more))
        return [(*line, Piece(gap), Piece(more, "faint"))]
    note: Line = (Piece(plural(len(rows), "alert") + " in force", "soft"),) if rows else ()
    lines = [rule((Piece("alerts", "title"),), note, width, frame.glyphs.rule)]
    if not rows:
        return [*lines, (Piece(" none in force", "faint"),)]
    return [*lines, *(alert_line(row, frame, width) for row in rows[: height - 1])]


def run_line(row: RunRow, frame: Frame, width: int) -> Line:
    """`resync acme-outbound ━━━━━───── 62 % ~3m40s`; a finished one tells how it ended."""
    run = row.run
    name = fit(runs.label(row), min(20, max(8, width // 4)))
    lead: Line = (Piece(f" {run.job.value:<8} ", "soft"), Piece(f"{name}  ", "strong"))
    if run.state is RunState.DONE:
        state = runs.state_piece(run)
        text = f"  {outside(run.error)}" if run.error else ""
        ended = f"{state.text} {ago(run.finished_at, frame.now)}"
        done = f"  {plural(run.tally.done, 'row')}" if run.tally.done else ""
        return cut((*lead, Piece(ended, state.role), Piece(done + text, "soft")), width - 1)
    rest = runs.remaining(run, frame)
    room = max(10, width - cells(lead) - 9)
    bar = runs.progress(run, frame, min(room, 36))
    return cut((*lead, *bar, Piece(f" {rest:>7}", "soft")), width - 1)


def telling_runs(frame: Frame) -> list[RunRow]:
    """What somebody asked for, newest first; then each scheduled job once, its newest run, what failed on top."""
    told: list[RunRow] = []
    routine: dict[tuple[Job, WorkspaceKey | None], RunRow] = {}
    for row in frame.snapshot.runs:
        run = row.run
        if runs.asked(run):
            told.append(row)
        elif run.over or (runs.took(run, frame) or 0.0) >= SHORT_S:
            routine.setdefault((run.job, run.workspace), row)
    order = sorted(
        routine,
        key=lambda key: (
            routine[key].run.outcome not in (Outcome.FAILED, Outcome.PARTIAL),
            _ROUTINE.index(key[0]),
            str(key[1] or ""),
        ),
    )
    return [*told, *(routine[key] for key in order)]


def runs_lines(frame: Frame, width: int, height: int) -> list[Line]:
    rows = telling_runs(frame)
    if height == 1:
        return [run_line(rows[0], frame, width)] if rows else [(Piece(" no run yet", "faint"),)]
    note: Line = (Piece("4", "key"), Piece(" all", "soft"))
    lines = [rule((Piece("runs", "title"),), note, width, frame.glyphs.rule)]
    if not rows:
        return [*lines, (Piece(" none yet", "faint"),)]
    return [*lines, *(run_line(row, frame, width) for row in rows[: height - 1])]
