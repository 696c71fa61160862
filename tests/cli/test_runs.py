"""`bisonwatch runs`: the history as text and JSON, one run, and stopping."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Run, RunState, Tally
from bisonwatch.domain.totals import Totals
from bisonwatch.store import runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell

NORTHWIND = WorkspaceKey("main", 12)
NOW = SystemClock().now().replace(microsecond=0)


def run(
    ago: float,
    job: Job = Job.RESYNC,
    by: str = "ops",
    workspace: WorkspaceKey | None = NORTHWIND,
    outcome: Outcome | None = Outcome.SUCCESS,
    error: str | None = None,
) -> Run:
    """Asked for so many minutes ago; over after one of them, or queued where it has no outcome."""
    at = NOW - timedelta(minutes=ago)
    asked = Run(uuid7(at), job, workspace, (), by, RunState.QUEUED, at)
    if outcome is None:
        return asked
    tally = Tally(433, 433, 433, 12, 421, 0, 29, 1, 1, 0, Totals((("main", 433),), (("main/12", 433),)))
    end = at + timedelta(seconds=61.5)
    return replace(
        asked,
        state=RunState.DONE,
        started_at=at,
        finished_at=end,
        outcome=outcome,
        tally=tally,
        error=error,
    )


def put(place: Place, *wanted: Run) -> None:
    async def do() -> None:
        database, node = Database(place, SystemClock()), uuid7(NOW)
        async with database.write() as tx:
            await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOW)
            for one in wanted:
                await runs.queue(tx, [one])
                if one.state is RunState.QUEUED:
                    continue
                [taken] = await runs.take(tx, node, one.started_at or one.queued_at, [one.id])
                if one.outcome is not None and one.finished_at is not None:
                    await runs.finish(tx, taken, one.outcome, one.tally, one.error, one.finished_at)
        await database.close()

    asyncio.run(do())


def states(place: Place, *ids: UUID) -> list[tuple[str, str | None, bool]]:
    async def look() -> list[tuple[str, str | None, bool]]:
        database = Database(place, SystemClock())
        async with database.read() as tx:
            found = [await runs.get(tx, number) for number in ids]
        await database.close()
        return [(one.state.value, one.outcome, one.cancel_asked) for one in found if one]

    return asyncio.run(look())


def test_no_run(shell: Shell) -> None:
    """Is said as that, and what was left out."""
    said = shell.run("runs", "list")
    assert said.out == "no such run\nwhat went well by the schedule is left out: --all shows it\n"
    assert shell.run("runs", "list", "--json").json == {"items": [], "more": False}


def test_what_went_well_by_the_schedule_does_not_drown_the_rest(shell: Shell, sqlite_place: Place) -> None:
    """It is left out, unless everything, its job or its outcome is asked for; what is open comes first."""
    failed = run(300, Job.ACCOUNTS, SCHEDULE, None, Outcome.FAILED, "the provider is away")
    asked, waits = run(200), run(1, outcome=None)
    polls = [run(n / 10, Job.POLL, SCHEDULE, None) for n in range(20, 60)]
    put(sqlite_place, failed, asked, waits, *polls)

    def ids(*words: str) -> list[str]:
        return [item["id"] for item in shell.run("runs", "list", "--json", *words).json["items"]]

    few = [str(one.id) for one in (waits, asked, failed)]
    assert ids() == few
    assert set(ids("--all")) == {*few, *(str(poll.id) for poll in polls)}
    assert ids("--all")[:1] == few[:1]
    assert len(ids("--job", "poll")) == len(polls)
    assert len(ids("--outcome", "success")) == len(polls) + 1
    assert ids("--outcome", "failed", "--outcome", "queued") == [str(waits.id), str(failed.id)]
    assert ids("--workspace", "main/12", "--since", "2h") == [str(waits.id)]
    assert ids("--text", "provider IS away") == [str(failed.id)]
    assert shell.run("runs", "list", "--limit", "2", "--json").json["more"] is True


def test_the_list_as_text(shell: Shell, sqlite_place: Place) -> None:
    """A line each; what came from outside cannot act on the terminal."""
    failed = run(60, outcome=Outcome.FAILED, error="no\x1b[2Jbody\u202e", by="ops\n")
    put(sqlite_place, failed)
    said = shell.run("runs", "list")
    assert said.code == 0
    head, line, *_ = said.out.splitlines()
    assert head.split() == ["ID", "STATE", "JOB", "WORKSPACE", "QUEUED", "TOOK", "ROWS", "REQUESTS", "ASKED", "BY", "ERROR"]  # fmt: skip
    assert line.split()[:4] == [str(failed.id)[:13], "failed", "resync", "main/12"]
    assert line.endswith("61.5 s   433        29  ops       no [2Jbody")
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out


def test_one_run(shell: Shell, sqlite_place: Place) -> None:
    """By the beginning of its id, everything; the same as in the list for programs."""
    one = run(60, outcome=Outcome.PARTIAL, error="2 of 433 rows could not be read")
    put(sqlite_place, one)
    said = shell.run("runs", "show", str(one.id)[:13])
    assert said.out.splitlines()[1:] == [
        "state        partial",
        "job          resync",
        "workspace    main/12 Northwind Desk",
        "asked by     ops",
        f"queued       {one.queued_at:%Y-%m-%d %H:%M:%S}",
        f"started      {one.queued_at:%Y-%m-%d %H:%M:%S}",
        f"finished     {one.finished_at:%Y-%m-%d %H:%M:%S}",
        "took         61.5 s",
        "done         433 of 433",
        "rows         433 read, 12 written, 421 unchanged, 0 removed",
        "requests     29, 1 repeated",
        "workspaces   1, 0 of them failed",
        "accounts     main 433",
        "largest      main/12 433",
        "error        2 of 433 rows could not be read",
    ]
    shown = shell.run("runs", "show", str(one.id), "--json").json
    assert shown == shell.run("runs", "list", "--json").json["items"][0]
    assert (shown["took_s"], shown["rows"]["unchanged"]) == (61.5, 421)
    assert shown["totals"] == {"instances": {"main": 433}, "workspaces": {"main/12": 433}}


def test_cancelling_by_id(shell: Shell, sqlite_place: Place) -> None:
    """A queued one is over, a running one is asked to stop, one that is over is a failure that hinders no other."""
    over, waits, runs_now = run(60), run(1, outcome=None), run(2)
    put(sqlite_place, over, waits, replace(runs_now, outcome=None, finished_at=None, state=RunState.RUNNING))
    said = shell.run("runs", "cancel", str(over.id), str(waits.id), str(runs_now.id), "0" * 8)
    assert said.code == 1
    assert said.out.splitlines() == [
        "resync of main/12 Northwind Desk: cancelled before it began",
        "resync of main/12 Northwind Desk: asked to stop; no engine is running here, so it ends when one starts, unless a command is doing it",
    ]
    assert said.err.splitlines() == [
        "bisonwatch: resync of main/12 Northwind Desk: it was over already",
        "bisonwatch: there is no run '00000000' (`bisonwatch runs list` shows those there are)",
    ]
    assert states(sqlite_place, over.id, waits.id, runs_now.id) == [
        ("done", "success", False),
        ("done", "cancelled", True),
        ("running", None, True),
    ]


def test_cancelling_what_is_queued_asks(shell: Shell, sqlite_place: Place) -> None:
    """Where nobody can be asked nothing is done without --yes; what has begun is left to run."""
    waiting = [run(n, outcome=None) for n in (3, 2)]
    poll = run(1, Job.POLL, outcome=None)
    begun = replace(run(4), outcome=None, finished_at=None, state=RunState.RUNNING)
    put(sqlite_place, *waiting, poll, begun)
    ids = [one.id for one in (*waiting, poll, begun)]
    said = shell.run("runs", "cancel", "--queued")
    assert (said.code, said.out) == (2, "")
    assert "cancel 3 queued runs? Nobody can be asked here (--yes goes on without asking)" in said.err
    assert [state for state, _, _ in states(sqlite_place, *ids)] == ["queued"] * 3 + ["running"]
    said = shell.run("runs", "cancel", "--queued", "--job", "resync", "--yes")
    assert (said.code, len(said.out.splitlines())) == (0, 2)
    assert [state for state, _, _ in states(sqlite_place, *ids)] == ["done", "done", "queued", "running"]
    assert states(sqlite_place, begun.id) == [("running", None, False)]
    refused = shell.run("runs", "cancel", "--all")
    assert (refused.code, "cancel 2 open runs?" in refused.err) == (2, True)
    said = shell.run("runs", "cancel", "--all", "--yes")
    assert (said.code, said.out.count("asked to stop"), said.out.count("before it began")) == (0, 1, 1)
    assert states(sqlite_place, begun.id) == [("running", None, True)]
    assert shell.run("runs", "cancel", "--all", "--job", "full", "--yes").out == "no such run is open\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--since", "yesterday"], "--since takes 24h, 2026-11-22 or 2026-11-22T10:00, not 'yesterday'"),
        (["list", "--since", "99999999999d"], "--since takes"),
        (["list", "--workspace", "nope"], "no workspace answers to 'nope'"),
        (["show", "xyz"], "'xyz' is not the id of a run, nor the first 8 or more characters of one"),
        (["show", "0" * 12], "there is no run '000000000000'"),
        (["cancel"], "which runs? give their ids, or say --queued or --all"),
        (["cancel", "0" * 8, "--queued"], "name runs, or say --queued or --all, not both"),
        (["cancel", "0" * 8, "--job", "poll"], "--job and --workspace go with --queued or --all"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_calls(shell: Shell, words: list[str], said: str) -> None:
    """One line that says what, and code 2."""
    told = shell.run("runs", *words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert told.err.count("\n") == 1
