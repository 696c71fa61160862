"""All accounts of all workspaces, as a face reads them: whole once, then only where something changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bisonwatch.cache import roster as news
from bisonwatch.domain.absence import NOTHING, Absence
from bisonwatch.domain.account import AccountStatus, Said, Warmup
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import Mark, Roster, Standing
from bisonwatch.domain.run import Job
from bisonwatch.errors import CallError
from bisonwatch.store import absent, account_walks, account_warmups, accounts, roster, runs
from bisonwatch.store.accounts import Labelled
from bisonwatch.store.database import Database
from tests.support.mirrored import account, registered
from tests.support.news import NORTHWIND, at
from tests.support.statements import sent

OTHER = WorkspaceKey("main", 31)
ELSEWHERE = WorkspaceKey("eu", 12)
HELD = Absence(frozenset({1, 2}), at(0), 5, frozenset({3}))
WARM = Warmup(NORTHWIND, 2, 96.5, 140, 44, 6, 0, 1, 0, at(0))


async def write(database: Database, *items: Labelled) -> None:
    """Those of one instance."""
    async with database.write() as tx:
        await accounts.write(tx, items)


async def three(database: Database) -> None:
    """Five accounts here, two in another workspace, and the same ids once more in another instance."""
    await write(database, *(account(n, known_at=at(0)) for n in range(1, 6)))
    await write(database, *(account(n, known_at=at(0), workspace=OTHER) for n in (8, 9)))
    await write(database, *(account(n, known_at=at(0), workspace=ELSEWHERE) for n in (1, 2)))
    async with database.write() as tx:
        await registered(tx)


async def asked(database: Database, known: Mapping[WorkspaceKey, Mark] | None = None) -> Roster:
    return await news.news(database, known or {})


def ids(told: Roster) -> dict[WorkspaceKey, list[int]]:
    return {key: [row.id for row in rows] for key, rows in told.rows.items()}


async def test_all_at_first_then_nothing(database: Database) -> None:
    """Whoever knows every mark is told no row."""
    await three(database)
    told = await asked(database)
    assert ids(told) == {ELSEWHERE: [1, 2], NORTHWIND: [1, 2, 3, 4, 5], OTHER: [8, 9]}
    assert told.names == {NORTHWIND: "Northwind Desk"}
    again = await asked(database, told.marks)
    assert (again.rows, again.marks) == ({}, told.marks)


async def test_an_empty_mirror(database: Database) -> None:
    assert await asked(database) == Roster({}, {}, {}, {})


async def test_a_row_says_what_is_stored(database: Database) -> None:
    """With the score of its warm-up, which most accounts do not have."""
    await three(database)
    async with database.write() as tx:
        await account_warmups.write(tx, [WARM])
    first, second = (await asked(database)).rows[NORTHWIND][:2]
    stored = account(1, known_at=at(0))
    assert (first.email, first.status, first.tags) == (
        stored.account.email,
        AccountStatus.CONNECTED,
        ("Mailforge", "warm"),
    )
    assert (first.provider, first.reseller, first.daily_limit, first.warmup_enabled) == (
        "google",
        "Mailforge",
        40,
        True,
    )
    assert (first.sent, first.replied, first.bounced, first.known_at) == (200, 5, 3, at(0))
    assert (first.score, second.score) == (None, 96.5)


@pytest.mark.parametrize("what", ["content", "event", "gone", "seen", "late", "warm", "moved"])
async def test_whatever_changes_a_workspace_changes_its_mark(database: Database, what: str) -> None:
    """And only that workspace is read again, however small the change, and though it is older than the newest row."""
    await three(database)
    await write(database, account(5, known_at=at(9)))
    before = await asked(database)
    async with database.write() as tx:
        match what:
            case "content":
                await accounts.write(tx, [account(1, known_at=at(9), sent=201)])
            case "event":
                await accounts.say(tx, [Said(NORTHWIND, 2, AccountStatus.DISCONNECTED, at(5))])
            case "gone":
                await accounts.gone(tx, NORTHWIND, 3, at(5))
            case "seen":
                await accounts.write(tx, [account(n, known_at=at(10)) for n in range(1, 6)])
            case "late":
                await accounts.write(tx, [account(1, known_at=at(4), replied=6)])
            case "warm":
                await account_warmups.write(tx, [replace(WARM, score=12.0)])
                await account_walks.walked(tx, NORTHWIND, at(9), 5, 5)
                await account_walks.warmed(tx, NORTHWIND, at(9))
            case _:
                await accounts.write(tx, [account(4, known_at=at(9), workspace=OTHER)])
    after = await asked(database, before.marks)
    assert set(after.rows) == ({NORTHWIND, OTHER} if what == "moved" else {NORTHWIND})
    assert (await asked(database, after.marks)).rows == {}


async def test_ids_and_hashes_at_the_edge_of_what_can_be_counted(database: Database) -> None:
    """Two removed rows have the greatest hash there is each: their sum is no trouble."""
    await three(database)
    async with database.write() as tx:
        for number in range(1, 6):
            assert await accounts.gone(tx, NORTHWIND, number, at(5))
    await write(database, account(2**63 - 1, known_at=at(0)))
    told = await asked(database)
    assert ids(told)[NORTHWIND] == [1, 2, 3, 4, 5, 2**63 - 1]


async def test_pages_are_small_and_meet_every_account_once(database: Database) -> None:
    """Also where the last page is full, and in another order of writing than of ids."""
    await write(database, *(account(n, known_at=at(0)) for n in reversed(range(1, 7))))
    await three(database)
    for size in (1, 2, 3, 4, 7):
        async with database.read() as tx:
            pages = [[row.id for row in page] async for page in roster.pages(tx, NORTHWIND, size)]
        assert [number for page in pages for number in page] == [1, 2, 3, 4, 5, 6]
        assert all(len(page) <= size for page in pages)


async def test_questions_do_not_grow_with_the_accounts(database: Database) -> None:
    """Two tell what changed, whatever there is; a workspace costs two more for each page of its accounts."""
    await three(database)
    assert len(await sent(database, roster.marks)) == 2
    assert len(await sent(database, lambda tx: roster.of(tx, NORTHWIND))) == 2


async def test_more_than_a_roster_holds(database: Database) -> None:
    """Whole workspaces are left out, and counted; none is shown in part."""
    await three(database)
    told = await news.news(database, {}, most=7)
    assert (ids(told), told.left_out) == ({ELSEWHERE: [1, 2], NORTHWIND: [1, 2, 3, 4, 5]}, 2)
    assert set(told.marks) == set(told.rows)
    few = await news.news(database, {}, most=6)
    assert (set(few.rows), few.left_out) == ({ELSEWHERE}, 7)


async def test_one_account_whole(database: Database) -> None:
    """With its warm-up and who waits in its workspace; that of the same id in another instance is another."""
    await three(database)
    async with database.write() as tx:
        await account_warmups.write(tx, [WARM])
        await account_walks.lock(tx, NORTHWIND)
        await account_walks.set_absence(tx, NORTHWIND, HELD)
    card = await news.card(database, "main", 2)
    assert card is not None
    assert (card.account, card.provider, card.reseller) == (
        account(2, known_at=at(0)).account,
        "google",
        "Mailforge",
    )
    assert (card.warmup, card.absence, card.workspace_name, card.seen_at) == (
        WARM,
        HELD,
        "Northwind Desk",
        at(0),
    )
    assert card.standing is Standing.HELD
    twin = await news.card(database, "eu", 2)
    assert twin is not None
    assert (twin.account.workspace, twin.warmup, twin.absence) == (ELSEWHERE, None, NOTHING)
    assert await news.card(database, "main", 77) is None


async def hold(database: Database, absence: Absence) -> None:
    async with database.write() as tx:
        await account_walks.lock(tx, NORTHWIND)
        await account_walks.set_absence(tx, NORTHWIND, absence)


async def test_a_word_queues_a_walk(database: Database) -> None:
    """Word and run are one: three accounts, one run for that workspace."""
    await hold(database, HELD)
    async with database.write() as tx:
        assert await absent.confirm(tx, NORTHWIND, HELD, at(1), "ops") == 3
    async with database.read() as tx:
        known = (await account_walks.get(tx, NORTHWIND)).absence
        (run,) = await runs.open_runs(tx)
    assert (known.confirmed_at, known.confirmed_by) == (at(1), "ops")
    assert (run.job, run.workspace, run.asked_by) == (Job.ACCOUNTS, NORTHWIND, "ops")


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(replace(HELD, held=HELD.held | {4}), id="one more is held"),
        pytest.param(replace(HELD, elsewhere=frozenset({5})), id="others are elsewhere"),
        pytest.param(NOTHING, id="nobody waits"),
    ],
)
async def test_a_word_is_about_those_who_were_seen(database: Database, now: Absence) -> None:
    """Where others wait by now nothing is written, and no run is queued."""
    await hold(database, now)
    with pytest.raises(CallError, match="wait"):
        async with database.write() as tx:
            await absent.confirm(tx, NORTHWIND, HELD, at(1), "ops")
    async with database.read() as tx:
        assert (await account_walks.get(tx, NORTHWIND)).absence == now
        assert await runs.open_runs(tx) == []


async def test_a_word_on_fewer_than_were_seen(database: Database) -> None:
    """Some came back meanwhile: it is about those who are left."""
    await hold(database, replace(HELD, held=frozenset({2})))
    async with database.write() as tx:
        assert await absent.confirm(tx, NORTHWIND, HELD, at(1), "ops") == 2
