from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from bisonwatch.domain.account import Account, AccountStatus, Said
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import accounts, tables
from bisonwatch.store.accounts import Labelled, StoredAccount, Written
from bisonwatch.store.database import Database
from tests.support.news import NOON, NORTHWIND, at

OTHER = WorkspaceKey("main", 31)
TESS = Account(
    NORTHWIND,
    3301,
    "tess@try.example",
    "Tess",
    AccountStatus.CONNECTED,
    "google",
    ("Google", "A & B"),
    15,
    None,
    412,
    9,
    3,
    NOON,
)


async def write(database: Database, *items: Account) -> Written:
    async with database.write() as tx:
        return await accounts.write(tx, [Labelled(item, "google", "ResellCo") for item in items])


async def page(database: Database, workspace: WorkspaceKey = NORTHWIND) -> list[StoredAccount]:
    async with database.read() as tx:
        return await accounts.page(tx, workspace, None, 10)


def shown(account: Account, seen_at: datetime) -> StoredAccount:
    return StoredAccount(
        account.id,
        account.email,
        account.name,
        account.status.value,
        account.type,
        "google",
        "ResellCo",
        list(account.tags),
        account.daily_limit,
        account.warmup_enabled,
        account.sent,
        account.replied,
        account.bounced,
        seen_at,
    )


async def test_new_and_unchanged(database: Database) -> None:
    """What is new is written; what says the same is only marked as seen, each at its own moment."""
    second = replace(TESS, id=3302)
    assert await write(database, TESS, second) == Written(2, 0)
    assert await write(database, replace(TESS, known_at=at(5)), replace(second, known_at=at(3))) == Written(
        0, 2
    )
    assert await page(database) == [shown(TESS, at(5)), shown(second, at(3))]


async def test_changed(database: Database) -> None:
    """A newer read that says something else replaces the row."""
    await write(database, TESS)
    broken = replace(TESS, status=AccountStatus.DISCONNECTED, sent=413, tags=(), known_at=at(1))
    assert await write(database, broken) == Written(1, 0)
    assert await page(database) == [shown(broken, at(1))]


async def test_older_news_changes_nothing(database: Database) -> None:
    """A slow page never overwrites a fresh read, whether it says the same or something else."""
    await write(database, TESS)
    assert await write(database, replace(TESS, sent=1, known_at=at(-1))) == Written(0, 1)
    assert await write(database, replace(TESS, known_at=at(-1))) == Written(0, 1)
    assert await page(database) == [shown(TESS, NOON)]


async def test_gone_is_soft_and_dated(database: Database) -> None:
    """A 404 removes an account unless something newer is known; a newer read brings it back."""
    await write(database, TESS)
    async with database.write() as tx:
        assert not await accounts.gone(tx, NORTHWIND, 3301, at(-1))
        assert await accounts.gone(tx, NORTHWIND, 3301, at(1))
        assert not await accounts.gone(tx, NORTHWIND, 3301, at(2))
    (row,) = await page(database)
    assert row.status == "removed"
    async with database.read() as tx:
        assert (await accounts.count(tx, NORTHWIND), await accounts.figures(tx)) == (0, {})
    assert await write(database, TESS) == Written(0, 1)
    assert await write(database, replace(TESS, known_at=at(3))) == Written(1, 0)
    assert await page(database) == [shown(TESS, at(3))]


async def test_an_account_may_move(database: Database) -> None:
    """It is (instance, id): read in another workspace it is there and no longer here."""
    await write(database, TESS)
    moved = replace(TESS, workspace=OTHER, known_at=at(1))
    await write(database, moved)
    assert await write(database, replace(TESS, known_at=at(-5))) == Written(0, 1)
    assert (await page(database), await page(database, OTHER)) == ([], [shown(moved, at(1))])


async def test_figures_and_pages(database: Database) -> None:
    """Counted per workspace without the removed; pages go on after the last id."""
    await write(database, *(replace(TESS, id=number) for number in (1, 2, 3)))
    await write(database, replace(TESS, id=4, workspace=OTHER, status=AccountStatus.DISCONNECTED))
    await write(database, replace(TESS, id=2, status=AccountStatus.DISCONNECTED, known_at=at(1)))
    async with database.read() as tx:
        assert await accounts.figures(tx) == {NORTHWIND: (3, 2), OTHER: (1, 0)}
        assert [row.id for row in await accounts.page(tx, NORTHWIND, 1, 1)] == [2]
        assert await accounts.count(tx, NORTHWIND) == 3
        assert await accounts.unseen(tx, NORTHWIND, at(1)) == [1, 3]


async def say(
    database: Database, status: AccountStatus, known_at: datetime, key: WorkspaceKey = NORTHWIND
) -> None:
    async with database.write() as tx:
        await accounts.say(tx, [Said(key, 3301, status, known_at), Said(key, 9, status, known_at)])


async def test_an_event_tells_the_state_until_the_next_reading(database: Database) -> None:
    """At once, though nothing else of the account is known anew; a reading of the same moment or later replaces it, an older one does not."""
    await write(database, TESS)
    await say(database, AccountStatus.DISCONNECTED, at(2))
    told = replace(TESS, status=AccountStatus.DISCONNECTED)
    assert await page(database) == [shown(told, NOON)]
    assert await write(database, replace(TESS, known_at=at(1))) == Written(0, 1)
    assert await page(database) == [shown(told, NOON)]
    assert await write(database, replace(TESS, known_at=at(2))) == Written(1, 0)
    assert await page(database) == [shown(TESS, at(2))]


async def test_an_event_that_is_no_news(database: Database) -> None:
    """Older than the reading, of another workspace, of nobody, or of one that was removed: nothing changes."""
    await write(database, TESS)
    await say(database, AccountStatus.DISCONNECTED, NOON)
    await say(database, AccountStatus.DISCONNECTED, at(5), OTHER)
    assert await page(database) == [shown(TESS, NOON)]
    async with database.write() as tx:
        await accounts.gone(tx, NORTHWIND, 3301, at(1))
    await say(database, AccountStatus.CONNECTED, at(9))
    assert [row.status for row in await page(database)] == ["removed"]


async def test_nobody_removes_what_another_workspace_has(database: Database) -> None:
    """A 404 by the key of the workspace that it left says nothing about the one that has it."""
    await write(database, replace(TESS, workspace=OTHER))
    async with database.write() as tx:
        assert not await accounts.gone(tx, NORTHWIND, 3301, at(5))
        assert await accounts.gone(tx, OTHER, 3301, at(5))


async def test_every_counter_is_kept(database: Database) -> None:
    """A change of any of them alone is a change."""
    names = ("opened", "unsubscribed", "interested", "contacted", "unique_replied", "unique_opened")
    await write(database, TESS)
    for number, name in enumerate(names, 1):
        changed = replace(TESS, **{name: 2**40 + number}, known_at=at(number))
        assert await write(database, changed) == Written(1, 0)
        async with database.read() as tx:
            column = tables.accounts.c[name]
            assert await tx.value(select(column)) == 2**40 + number


async def test_addresses(database: Database) -> None:
    """Of those that are there, however many are asked for."""
    await write(database, TESS)
    async with database.read() as tx:
        assert await accounts.addresses(tx, NORTHWIND, range(2800, 4000)) == {3301: "tess@try.example"}
        assert await accounts.addresses(tx, NORTHWIND, []) == {}


async def test_a_limit_beyond_the_column_is_the_most_it_holds(database: Database) -> None:
    """A stranger's number cannot stop a page from being written."""
    assert await write(database, replace(TESS, daily_limit=2**62, sent=2**63 - 1)) == Written(1, 0)
    (row,) = await page(database)
    assert (row.daily_limit, row.sent) == (2**31 - 1, 2**63 - 1)


async def test_nothing_to_write(database: Database) -> None:
    assert await write(database) == Written(0, 0)
