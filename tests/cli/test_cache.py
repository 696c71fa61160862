"""`bisonwatch cache`: the cache of datasets from a process that is no engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bisonwatch.cli import consent
from bisonwatch.clock import SystemClock
from bisonwatch.store import datasets
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx
from tests.cli.conftest import Shell
from tests.support.mirrored import registered


def in_the_mirror(place: Place, work: Callable[[Tx], Awaitable[object]]) -> None:
    async def do() -> None:
        database = Database(place, SystemClock())
        async with database.write() as tx:
            await work(tx)
        await database.close()

    asyncio.run(do())


@pytest.fixture
def known(shell: Shell, sqlite_place: Place) -> Shell:
    """A mirror with one workspace."""
    in_the_mirror(sqlite_place, registered)
    return shell


def cleared(place: Place) -> list[bool]:
    found: list[bool] = []

    async def look(tx: Tx) -> None:
        found.extend(mark.cleared for mark in (await datasets.marks(tx)).values())

    in_the_mirror(place, look)
    return found


def test_what_was_made_is_told(known: Shell) -> None:
    """Without an engine: refresh makes and stores, stats tells how old it is and that nobody read it."""
    assert known.run("cache", "stats").out.splitlines()[0] == (
        "0 of 4 datasets are stored and under an hour old; nothing was read in the last hour, nothing was read in 24 h"
    )
    made = known.run("cache", "refresh", "Northwind Desk", "--only", "kpi,volume")
    assert (made.code, made.out, made.err) == (0, "made 2 of 2 datasets\n", "")
    told = known.run("cache", "stats", "12", "--json").json
    assert (told["kept"], told["hour"]["hit_rate"], told["hour"]["refreshed"]) == (2, None, 2)
    shown = [(entry["dataset"], entry["freshness"] != "error") for entry in told["entries"]]
    assert shown == [("kpi", True), ("volume", True), ("revenue", False), ("infrastructure", False)]
    assert told["entries"][0]["age_s"] < 60
    lines = known.run("cache", "stats").out.splitlines()
    assert lines[2].split()[:3] == ["WORKSPACE", "DATASET", "AGE"]
    assert len(lines) == 7


def test_all_of_them_as_json(known: Shell) -> None:
    """Without a name, every dataset of every workspace."""
    assert known.run("cache", "refresh", "--json").json == {"asked": 4, "made": 4, "failed": []}


def test_clearing_asks(known: Shell, sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A no changes nothing; where nobody can be asked, --yes has to say it; what it says is how many are gone."""
    known.run("cache", "refresh")
    refused = known.run("cache", "clear")
    assert (refused.code, "Nobody can be asked here" in refused.err) == (2, True)
    monkeypatch.setattr("bisonwatch.cli.cache_clear.agreed", lambda question, yes: False)
    assert known.run("cache", "clear").code == 0
    assert not any(cleared(sqlite_place))
    monkeypatch.setattr("bisonwatch.cli.cache_clear.agreed", consent.agreed)
    assert known.run("cache", "clear", "main/12", "--yes").out == "threw away 4 datasets\n"
    assert cleared(sqlite_place) == [True] * 4
    assert known.run("cache", "clear", "--yes", "--json").json == {"workspaces": 1, "cleared": 0}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["refresh", "--only", "kpis"], "--only takes kpi, volume, revenue, infrastructure, not 'kpis'"),
        (["stats", "main/99"], "no workspace answers to 'main/99'"),
    ],
)
def test_a_wrong_call(known: Shell, words: list[str], line: str) -> None:
    """One line, and the code of a wrong call."""
    said = known.run("cache", *words)
    assert said.code == 2
    assert line in said.err
