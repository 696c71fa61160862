"""Invented runs of weeks gone by."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from bisonwatch.domain.history import named
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Part, Run, RunState, Tally
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.domain.totals import Totals
from tests.tui.workspaces import NAMES, ago

KEYS = {WorkspaceKey("main", 10 + place): name for place, name in enumerate(NAMES)}
REFUSED = (
    "main/12: the provider answered 502 with HTML; main/14: the page held 14 rows of 15, and a third time 14 of 15 "
    "(the walk is thrown away and nothing is removed); eu/3: the key answers for another workspace than it should"
)


def past_run(
    number: int,
    minutes: float,
    job: Job = Job.ACCOUNTS,
    workspace: WorkspaceKey | None = None,
    by: str = SCHEDULE,
    outcome: Outcome = Outcome.SUCCESS,
    took: float = 12.0,
    error: str | None = None,
    tally: Tally | None = None,
) -> RunRow:
    """One that was asked for so many minutes ago and took so many seconds."""
    at = ago(minutes=minutes)
    run = Run(
        UUID(int=(0x19A << 112) + 10_000 - number),
        job,
        workspace,
        (Part.LEADS, Part.ACCOUNTS) if job is Job.RESYNC else (),
        by,
        RunState.DONE,
        at,
        at + timedelta(seconds=1),
        at + timedelta(seconds=1 + took),
        outcome,
        tally or Tally(433, 433, 433, 12, 421, 0, 29, 1),
        error,
    )
    return named(run, KEYS)


def totals_of() -> Totals:
    return Totals.of({key: 433 - 37 * place for place, key in enumerate(list(KEYS)[:9])})


def past_rows() -> list[RunRow]:
    """A day: polls each minute, accounts each 5 min, now and then something that is worth a look."""
    rows: list[RunRow] = []
    for minute in range(2, 1440):
        rows.append(
            past_run(
                len(rows), minute, Job.POLL, took=0.4 + minute % 3 / 10, tally=Tally(27, 27, 27, 0, 27, 0, 27)
            )
        )
        if minute % 5 == 0:
            wrong = minute % 95 == 0
            rows.append(
                past_run(
                    len(rows),
                    minute + 0.5,
                    took=12 + minute % 35 + (60 if wrong else 0),
                    outcome=Outcome.PARTIAL if wrong else Outcome.SUCCESS,
                    error=REFUSED if wrong else None,
                    tally=Tally(
                        4012,
                        4012,
                        4012,
                        31,
                        3981,
                        0,
                        271,
                        4 if wrong else 0,
                        27,
                        3 if wrong else 0,
                        totals_of(),
                    ),
                )
            )
        if minute % 60 == 7:
            key = list(KEYS)[minute // 60 % len(KEYS)]
            outcome = (Outcome.SUCCESS, Outcome.CANCELLED, Outcome.SUCCESS, Outcome.FAILED)[minute // 60 % 4]
            error = "the provider is away since 10:02" if outcome is Outcome.FAILED else None
            rows.append(
                past_run(
                    len(rows), minute + 0.7, Job.RESYNC, key, "terminal", outcome, 190 + minute % 80, error
                )
            )
    return rows
