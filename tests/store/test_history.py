"""The history of runs, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bisonwatch.domain.history import Place, RunPage, Standing, Wish, named
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Run, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.store import history
from bisonwatch.store.database import Database
from bisonwatch.store.tables import runs
from tests.support.news import NOON, NORTHWIND, at

OTHER = WorkspaceKey("eu", 12)
NAMES = {NORTHWIND: "Northwind Desk", OTHER: "Äcme \x1b[2J"}


def some(number: int, dice: Random) -> Run:
    """One of many kinds; several are asked for at the same moment."""
    when = at(-(number // 3))
    outcome = dice.choice((*Outcome, Outcome.SUCCESS, None))
    return Run(
        id=uuid7(when),
        job=dice.choice((Job.POLL, Job.ACCOUNTS, Job.RESYNC)),
        workspace=dice.choice((None, NORTHWIND, OTHER)),
        parts=(),
        asked_by=dice.choice((SCHEDULE, SCHEDULE, "ops")),
        state=RunState.DONE if outcome else dice.choice((RunState.QUEUED, RunState.RUNNING)),
        queued_at=when,
        finished_at=when if outcome else None,
        outcome=outcome,
        error="the Provider is away" if outcome is Outcome.FAILED else None,
    )


async def stored(database: Database, many: list[Run]) -> None:
    """As they are: past the queue, which would write them in ten thousand steps."""
    figures = ("done", "rows_read", "rows_written", "rows_unchanged", "rows_removed", "requests", "retries")
    async with database.write() as tx:
        await tx.run(
            tx.dialect.insert(runs),
            [
                {
                    "id": one.id,
                    "job": one.job.value,
                    "instance": one.workspace and one.workspace.instance,
                    "workspace_id": one.workspace and one.workspace.id,
                    "parts": [],
                    "asked_by": one.asked_by,
                    "state": one.state.value,
                    "queued_at": one.queued_at,
                    "finished_at": one.finished_at,
                    "outcome": one.outcome and one.outcome.value,
                    "error": one.error,
                    "cancel_asked": False,
                    **dict.fromkeys(figures, 0),
                }
                for one in many
            ],
        )


async def page(database: Database, wish: Wish, limit: int, after: Place | None = None) -> RunPage:
    async with database.read() as tx:
        return await history.page(tx, wish, NAMES, limit, after)


async def all_of(database: Database, wish: Wish, limit: int) -> list[RunRow]:
    """To the end of history."""
    found: list[RunRow] = []
    place: Place | None = None
    while True:
        part = await page(database, wish, limit, place)
        found += part.rows
        if part.next is None:
            return found
        assert place is None or part.next < place  # it never stands still
        place = part.next


ODD: list[Standing] = [Outcome.FAILED, RunState.QUEUED]
WISHES = [
    Wish(),
    Wish(everything=True),
    Wish(jobs=frozenset({Job.POLL})),
    Wish(jobs=frozenset({Job.POLL, Job.RESYNC}), workspace=OTHER),
    Wish(standings=frozenset(ODD)),
    Wish(standings=frozenset({RunState.RUNNING})),
    Wish(workspace=NORTHWIND, everything=True),
    Wish(instance="E", everything=True),
    Wish(since=at(-20), words=("PROVIDER", "äc"), without=("accounts",)),
    Wish(words=("nobody says this",)),
]


@pytest.mark.parametrize("wish", WISHES, ids=range(len(WISHES)))
@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_pages_give_each_run_that_is_meant_once(database: Database, wish: Wish, limit: int) -> None:
    """In order, whatever the page's size, also where many were asked for at one moment: the rule of the domain and the database agree."""
    dice = Random(7)
    many = [some(number, dice) for number in range(240)]
    await stored(database, many)
    meant = [row for run in many if run.over and wish.keeps(row := named(run, NAMES))]
    meant.sort(key=lambda row: (row.run.queued_at, row.run.id), reverse=True)
    assert await all_of(database, wish, limit) == meant
    if wish is WISHES[0]:
        assert 50 < len(meant) < 200


async def test_a_page_looks_at_so_many_runs_at_most(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is found the page is empty and says where to go on; the needle is found in the end."""
    monkeypatch.setattr(history, "CHUNK", 10)
    monkeypatch.setattr(history, "CHUNKS", 5)
    monkeypatch.setattr(history, "WINDOW", 40)
    failed = Run(uuid7(at(-500)), Job.FULL, None, (), "ops", RunState.DONE, at(-500), outcome=Outcome.FAILED,
                 finished_at=at(-400), error="needle")  # fmt: skip
    hay = [replace(failed, id=uuid7(at(-n)), queued_at=at(-n), error="hay") for n in range(120)]
    await stored(database, [*hay, failed])
    wish = Wish(words=("needle",))
    first = await page(database, wish, 100)
    assert first == RunPage((), (hay[49].queued_at, hay[49].id))
    assert [row.run.id for row in await all_of(database, wish, 100)] == [failed.id]
    rare = Wish(standings=frozenset({Outcome.FAILED}))
    well = [replace(one, id=uuid7(one.queued_at), outcome=Outcome.SUCCESS) for one in hay]
    await stored(database, [replace(one, queued_at=one.queued_at + timedelta(minutes=200)) for one in well])
    assert (await page(database, rare, 100)).rows == ()
    assert len(await all_of(database, rare, 100)) == len(hay) + 1


async def test_runs_that_begin_with_digits(database: Database) -> None:
    """In order, open ones as well."""
    many = [some(number, Random(number)) for number in range(9)]
    await stored(database, many)
    low, high = uuid7(NOON - timedelta(minutes=1)), uuid7(NOON + timedelta(minutes=1))
    async with database.read() as tx:
        found = await history.beginning(tx, low, high, 100)
    assert [run.id for run in found] == sorted(run.id for run in many if low <= run.id <= high)
    assert found
