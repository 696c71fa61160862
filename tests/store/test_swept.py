"""What a walk of the provider asks of the store: which deliveries are there, which accounts were not read."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.domain.account import Account, AccountStatus
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.store import accounts, deliveries, inbox
from bisonwatch.store.database import Database
from tests.support.news import NOON, NORTHWIND, at


def account(number: int, known_at: datetime, workspace: WorkspaceKey = NORTHWIND) -> accounts.Labelled:
    plain = Account(
        workspace,
        number,
        f"a{number}@try.example",
        None,
        AccountStatus.CONNECTED,
        "",
        (),
        15,
        None,
        0,
        0,
        0,
        known_at,
    )
    return accounts.Labelled(plain, "other", None)


async def test_unseen_accounts(database: Database) -> None:
    """Of a workspace's accounts those read before the moment, without the removed ones and other workspaces'."""
    other = WorkspaceKey("main", 13)
    async with database.write() as tx:
        await accounts.write(tx, [account(1, NOON), account(2, at(5)), account(3, NOON)])
        await accounts.write(tx, [account(4, NOON, other)])
        await accounts.gone(tx, NORTHWIND, 3, NOON)
        assert await accounts.unseen(tx, NORTHWIND, at(5)) == [1]


async def test_stored_deliveries(database: Database) -> None:
    """Which of some ids are in the inbox, whatever became of them."""
    there, absent = uuid7(NOON), uuid7(NOON)
    delivery = Delivery(there, "main", 12, "email_sent", Source.POLL, NOON, b"{}", b"hash")
    async with database.write() as tx:
        await inbox.put(tx, [delivery])
        assert await deliveries.stored(tx, [there, absent]) == {there}
        assert await deliveries.stored(tx, []) == frozenset()
