"""The write-ahead log of an SQLite mirror is watched, and cut off when nobody reads it any more."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bisonwatch.engine.log_watch import LogWatch
from bisonwatch.store import inbox, space
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tables import inbox as inbox_table
from tests.support.clock import ManualClock
from tests.support.house import delivery, everything
from tests.support.news import NOON

LARGE, SMALL = 4 << 20, 1 << 20


@pytest.fixture
async def on_sqlite(sqlite_place: Place) -> AsyncIterator[Database]:
    database = Database(sqlite_place, ManualClock(NOON))
    yield database
    await database.close()


async def written(database: Database, megabytes: int, begin: int = 0) -> None:
    for number in range(begin, begin + megabytes):
        body = b'{"n":"%d%s"}' % (number, b"x" * (1 << 20))
        async with database.write() as tx:
            await inbox.put(tx, [delivery(body, NOON + timedelta(seconds=number))])


async def test_the_log_grows_while_somebody_reads_and_shrinks_after(
    on_sqlite: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader that stays open keeps all that is written in the log; it is said once, and once more when it is over."""
    clock = ManualClock(NOON)
    watch, file = LogWatch(on_sqlite, clock, LARGE, SMALL), on_sqlite.place.file
    caplog.set_level("INFO", "bisonwatch.engine.log_watch")
    async with on_sqlite.read() as tx:
        before = await tx.rows(inbox_table.select())
        await written(on_sqlite, 6)
        await watch.once()
        await written(on_sqlite, 6, 6)
        await watch.once()
        assert space.log_size(on_sqlite.place) > 12 << 20
        assert await tx.rows(inbox_table.select()) == before == []
    await clock.advance(60)
    await watch.once()
    await watch.once()
    assert space.log_size(on_sqlite.place) == 0
    assert [(record.levelname, record.getMessage().split(":")[0]) for record in caplog.records] == [
        ("WARNING", f"{file}-wal is 6 MB"),
        ("INFO", f"{file}-wal is small again, after 60 s"),
    ]
    assert len(await everything(on_sqlite, inbox_table)) == 12


async def test_what_nobody_adds_to_is_taken_over(on_sqlite: Database) -> None:
    """After a look at which nothing was new, the file holds everything, and a copy of it alone is whole."""
    watch, file = LogWatch(on_sqlite, ManualClock(NOON)), on_sqlite.place.file
    await written(on_sqlite, 2)
    assert file is not None
    for _ in range(2):
        assert file.stat().st_size < 1 << 20
        await watch.once()
    assert file.stat().st_size > 2 << 20


async def test_a_log_goes_into_no_other_file(on_sqlite: Database, tmp_path: Path) -> None:
    """Where the file was replaced under the running engine, the log of the old one is left alone."""
    file = on_sqlite.place.file
    assert file is not None
    await written(on_sqlite, 2)
    other = shutil.copy(file, tmp_path / "other.db")
    before = other.read_bytes()
    file.rename(tmp_path / "away.db")
    other.rename(file)
    assert not await on_sqlite.take_over(cut_off=True)
    assert file.read_bytes() == before
    assert space.log_size(on_sqlite.place) > 2 << 20


async def test_a_server_has_no_log_of_ours(on_postgres: Database) -> None:
    """There is nothing to watch, and nothing is done."""
    await LogWatch(on_postgres, ManualClock(NOON)).once()
    assert await on_postgres.take_over(cut_off=True)
