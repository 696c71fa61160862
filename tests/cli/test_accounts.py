"""`bisonwatch accounts`: who waits to be removed, and a person's word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bisonwatch.clock import SystemClock
from bisonwatch.domain.absence import Absence
from bisonwatch.domain.run import Job, Run
from bisonwatch.store import account_walks, accounts, runs
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx
from tests.cli.conftest import Shell
from tests.support.mirrored import account, registered
from tests.support.news import NORTHWIND, at

HELD = frozenset(range(1, 8))
"""Seven of ten."""


def in_the_mirror(place: Place, work: Callable[[Tx], Awaitable[None]]) -> None:
    async def do() -> None:
        database = Database(place, SystemClock())
        async with database.write() as tx:
            await work(tx)
        await database.close()

    asyncio.run(do())


def held(place: Place) -> None:
    """Ten accounts, seven of which were not met; another is elsewhere."""

    async def put(tx: Tx) -> None:
        await registered(tx)
        await accounts.write(tx, [account(n) for n in range(1, 11)])
        await account_walks.lock(tx, NORTHWIND)
        await account_walks.set_absence(tx, NORTHWIND, Absence(HELD, at(0), 10, frozenset({9})))

    in_the_mirror(place, put)


def after(place: Place) -> tuple[Absence, list[Run]]:
    """Who waits, and the runs that are queued."""
    found: list[tuple[Absence, list[Run]]] = []

    async def look(tx: Tx) -> None:
        walks = await account_walks.get(tx, NORTHWIND)
        found.append((walks.absence, await runs.open_runs(tx)))

    in_the_mirror(place, look)
    return found[0]


def test_nobody_waits(shell: Shell, sqlite_place: Place) -> None:
    """Is said as that, and confirming nobody queues nothing."""
    assert shell.run("accounts", "held").out == "no account waits to be removed\n"
    assert shell.run("accounts", "held", "--json").json == {"items": []}

    async def known(tx: Tx) -> None:
        await registered(tx)

    in_the_mirror(sqlite_place, known)
    assert shell.run("accounts", "confirm", "--all", "--yes").out == "no account waits to be removed there\n"
    assert after(sqlite_place)[1] == []


def test_who_waits_and_why(shell: Shell, sqlite_place: Place) -> None:
    """Per workspace how many of how many and since when, with the first addresses; JSON has all."""
    held(sqlite_place)
    assert shell.run("accounts", "held").out.splitlines() == [
        "main/12 Northwind Desk: 7 of 10 accounts not met by a complete walk are held,"
        f" 1 account in a workspace that is not read, since {at(0):%Y-%m-%d %H:%M} UTC",
        *(f"  desk{n}@northwind.example" for n in range(1, 6)),
        "  and 3 more",
    ]
    (item,) = shell.run("accounts", "held", "--json").json["items"]
    assert (item["instance"], item["workspace"], item["name"], item["of"]) == (
        "main",
        12,
        "Northwind Desk",
        10,
    )
    assert (item["since"], item["confirmed_at"], item["confirmed_by"]) == (at(0).isoformat(), None, None)
    assert [one["id"] for one in item["held"]] == sorted(HELD)
    assert item["elsewhere"] == [{"id": 9, "email": "desk9@northwind.example"}]


def test_a_persons_word_is_written_and_queued(shell: Shell, sqlite_place: Place) -> None:
    """One run over that workspace acts on it; who confirmed is told until then. Saying it twice is fine."""
    held(sqlite_place)
    said = shell.run("accounts", "confirm", "main/12", "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out == "confirmed 8 accounts; no engine runs on this database: one that starts walks\n"
    absence, queued = after(sqlite_place)
    assert (absence.held, absence.confirmed, absence.confirmed_by) == (HELD, True, "command line")
    assert [(run.job, run.workspace, run.asked_by) for run in queued] == [
        (Job.ACCOUNTS, NORTHWIND, "command line")
    ]
    assert "(confirmed by command line)" in shell.run("accounts", "held").out
    assert shell.run("accounts", "confirm", "main/12", "--yes").code == 0


def test_nobody_is_confirmed_unasked(shell: Shell, sqlite_place: Place) -> None:
    """Where nobody can be asked, without a workspace, or with a wrong name: exit 2, and nothing is written."""
    held(sqlite_place)
    for words in (["main/12"], [], ["main/13", "--yes"], ["main/12", "--all", "--yes"]):
        said = shell.run("accounts", "confirm", *words)
        assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    absence, queued = after(sqlite_place)
    assert (absence.confirmed, queued) == (False, [])
