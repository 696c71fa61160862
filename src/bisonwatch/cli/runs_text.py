"""Runs as text for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bisonwatch.cli.letters_text import aligned, moment, shortest
from bisonwatch.domain.clean import clean
from bisonwatch.domain.history import standing
from bisonwatch.domain.run import Run, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.domain.totals import Counts

HEAD = ("ID", "STATE", "JOB", "WORKSPACE", "QUEUED", "TOOK", "ROWS", "REQUESTS", "ASKED BY", "ERROR")
ERROR = 100


def runs_text(rows: Sequence[RunRow], now: datetime, *, more: bool, folded: bool) -> str:
    """A line each, and what is not shown."""
    left = "what went well by the schedule is left out: --all shows it" if folded else ""
    notes = [note for note in ("--limit shows more" if more else "", left) if note]
    if not rows:
        return "\n".join(["no such run", *notes])
    short = shortest([str(row.run.id) for row in rows])
    table = aligned([HEAD, *(_row(row, short, now) for row in rows)], right=(5, 6, 7))
    return "\n".join([*(line.rstrip() for line in table), *(["", "; ".join(notes)] if notes else [])])


def _row(row: RunRow, short: int, now: datetime) -> tuple[str, ...]:
    run, tally = row.run, row.run.tally
    far = f"{tally.done:,}" if run.over or tally.total is None else f"{tally.done:,}/{tally.total:,}"
    return (
        str(run.id)[:short],
        standing(run).value,
        run.job.value,
        whose(row),
        moment(run.queued_at),
        took(run, now),
        far,
        f"{tally.requests:,}",
        clean(run.asked_by, 30),
        clean(run.error or "", ERROR),
    )


def whose(row: RunRow) -> str:
    """The workspace, by its name where it has one."""
    key, name = row.run.workspace, clean(row.workspace_name, 40)
    return name if key is None else f"{key} {name}".strip()


def took(run: Run, now: datetime) -> str:
    """Up to now, of one that runs."""
    if run.started_at is None:
        return ""
    spent = max(0.0, ((run.finished_at or now) - run.started_at).total_seconds())
    return f"{spent:,.1f} s"


def run_text(row: RunRow, now: datetime) -> str:
    """Everything about one run."""
    return "\n".join(f"{name:<12} {value}" for name, value in _told(row, now) if value)


def _told(row: RunRow, now: datetime) -> Iterator[tuple[str, str]]:
    run, tally = row.run, row.run.tally
    stopping = ", asked to stop" if run.cancel_asked and not run.over else ""
    yield "id", str(run.id)
    yield "state", standing(run).value + stopping
    yield "job", run.job.value + (f" ({', '.join(part.value for part in run.parts)})" if run.parts else "")
    yield "days", str(run.order or "")
    yield "workspace", whose(row)
    yield "asked by", clean(run.asked_by)
    yield "queued", moment(run.queued_at)
    yield "started", moment(run.started_at) if run.started_at else ""
    yield "finished", moment(run.finished_at) if run.finished_at else ""
    yield "took" if run.over else "so far", took(run, now)
    if run.state is not RunState.QUEUED:
        total = "" if tally.total is None else f" of {tally.total:,}"
        yield "done", f"{tally.done:,}{total}"
        yield (
            "rows",
            (
                f"{tally.rows_read:,} read, {tally.rows_written:,} written, {tally.rows_unchanged:,} unchanged, "
                f"{tally.rows_removed:,} removed"
            ),
        )
        yield "requests", f"{tally.requests:,}, {tally.retries:,} repeated"
    if tally.workspaces is not None:
        yield "workspaces", f"{tally.workspaces:,}, {tally.workspaces_failed or 0:,} of them failed"
    if tally.totals is not None:
        yield "accounts", _counts(tally.totals.instances)
        yield "largest", _counts(tally.totals.top)
    yield "error", clean(run.error or "", 2000)


def _counts(counts: Counts) -> str:
    return ", ".join(f"{clean(name)} {count:,}" for name, count in counts)
