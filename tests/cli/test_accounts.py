"""`bisonwatch accounts`: who waits to be removed, and a person's word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bisonwatch.clock import SystemClock
from bisonwatch.domain.absence import Absence
from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.run import Job, Run
from bisonwatch.store import account_walks, accounts, provider_days, runs
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx
from tests.cli.conftest import Shell
from tests.support.mirrored import account, ago, registered
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


def two_weeks(place: Place) -> None:
    """A thousand sends a week by ten Google accounts, one of them disconnected; 40 replies the first week, 20 the second."""
    today = datetime.now(UTC).date()
    weeks = ((14, 2000, 100), (7, 3000, 140), (0, 4000, 160))

    async def put(tx: Tx) -> None:
        await registered(tx)
        for days, sent, replied in weeks:
            told = [
                account(n, sent=sent // 10, replied=replied // 10, known_at=ago(days * 86_400))
                for n in range(2, 11)
            ]
            broken = account(
                1,
                status=AccountStatus.DISCONNECTED,
                sent=sent // 10,
                replied=replied // 10,
                known_at=ago(days * 86_400),
            )
            await accounts.write(tx, [broken, *told])
            await provider_days.record(tx, today - timedelta(days=days))

    in_the_mirror(place, put)


def test_how_the_providers_fare(shell: Shell, sqlite_place: Place) -> None:
    """The three questions: how each fares, where connections are lost, whose reply rate dropped."""
    assert shell.run("accounts", "providers").out == "no account is known yet\n"
    two_weeks(sqlite_place)
    google, trend, where = shell.run("accounts", "providers").out.splitlines()
    assert google.startswith(
        "google: 10 accounts, 1 disconnected (10.00%); 4,000 sent, 160 replied (4.00%), "
    )
    assert trend == (
        "  reply rate of the last 7 days 2.00%, 4.00% in the 7 days before: down 50% (over the threshold)"
    )
    assert where == "main/12 Northwind Desk: 10.0% of its google accounts are disconnected"
    found = shell.run("accounts", "providers", "--json").json
    (one,), (place,) = found["providers"], found["workspaces"]
    assert (one["provider"], one["accounts"], one["connected"], one["drop"], one["dropped"]) == (
        "google", 10, 9, 0.5, True,
    )  # fmt: skip
    assert one["last_7_days"] == {"sent": 1000, "replied": 20, "reply_rate": 0.02}
    assert one["7_days_before"] == {"sent": 1000, "replied": 40, "reply_rate": 0.04}
    assert (place["workspace"], place["disconnect_rate"], place["over"]) == (12, 0.1, True)
