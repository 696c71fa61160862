from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import inbox
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.place import Place
from tests.support.house import body, delivery
from tests.support.news import NOON


async def put(database: Database, n: int) -> None:
    item = delivery(body({"event": {"type": "email_sent", "workspace_id": 12}, "data": {"n": n}}), NOON)
    await database.transact(Lane.INBOX, lambda tx: inbox.put(tx, [item]))


async def stored(database: Database) -> int:
    async with database.read() as tx:
        return len(await inbox.due(tx, NOON, 10))


@pytest.fixture
async def used(sqlite_place: Place) -> AsyncIterator[Database]:
    """A database that has written once."""
    database = Database(sqlite_place, SystemClock())
    await put(database, 1)
    yield database
    await database.close()


@pytest.fixture
def file(sqlite_place: Place) -> Path:
    assert sqlite_place.file is not None
    return sqlite_place.file


async def test_a_file_that_was_moved_away(used: Database, file: Path) -> None:
    """Nothing is taken into a file that nobody will find, nor is an empty one begun; put back, it serves again."""
    file.rename(file.with_name("elsewhere.db"))
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=r"mirror\.db was moved away or deleted"):
            await put(used, 2)
    assert not file.exists()
    file.with_name("elsewhere.db").rename(file)
    await put(used, 3)
    assert await stored(used) == 2


async def test_a_file_that_was_replaced(used: Database, file: Path) -> None:
    """A backup laid over a running engine's file is not mixed with it."""
    shutil.copy(file, file.with_name("backup.db"))
    file.with_name("backup.db").replace(file)
    with pytest.raises(StoreUnavailable, match=r"mirror\.db was replaced"):
        await put(used, 2)


async def test_a_log_that_was_deleted(used: Database, file: Path) -> None:
    """What the log holds is nowhere else: nothing more goes into it, and a clean stop saves it."""
    file.with_name("mirror.db-wal").unlink()
    with pytest.raises(StoreUnavailable, match=r"mirror\.db-wal was deleted"):
        await put(used, 2)
    await used.close()
    assert await stored(used) == 1


async def test_moved_in_the_middle_of_a_transaction(used: Database, file: Path) -> None:
    """It is committed into a file that is gone already: not durable, so it is an error."""

    async def moving() -> None:
        async with used.write() as tx:
            await inbox.put(tx, [delivery(b"{}", NOON)])
            file.rename(file.with_name("elsewhere.db"))

    with pytest.raises(StoreUnavailable, match="moved away"):
        await moving()


async def test_closed_on_purpose_it_may_be_another(used: Database, file: Path) -> None:
    """Restored while nobody had it open, the new file is used."""
    shutil.copy(file, file.with_name("backup.db"))
    await used.close()
    file.with_name("backup.db").replace(file)
    await put(used, 2)
