"""The spool's file by itself: what it keeps, in which order, and what it does about a file that is none."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import spool_desk, spool_file
from bisonwatch.store.place import Place
from bisonwatch.store.spool import Holding, SpoolFile
from tests.support.house import body, delivery
from tests.support.news import NOON, at

SIZE = 1 << 20


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[SpoolFile]:
    file = SpoolFile(tmp_path / "node" / "spool.db", SIZE, "here")
    yield file
    await file.close()


def items(*numbers: int) -> list[Delivery]:
    return [delivery(body({"n": number})) for number in numbers]


async def bodies(spool: SpoolFile) -> list[bytes]:
    return [held.delivery.body for held in (await spool.oldest(1000, SIZE)).held]


async def test_what_is_put_comes_back_whole(spool: SpoolFile) -> None:
    """Every field survives the file, to the microsecond and the byte."""
    item = replace(
        delivery(b"{}", NOON + timedelta(microseconds=1), source=Source.POLL, logged_at=at(-1)),
        canary="n0nce",
        body=b"\x00\xff",
    )
    plain = delivery(b'{"event": {"type": "news"}}')
    await spool.put([item, plain])
    assert [held.delivery for held in (await spool.oldest(10, SIZE)).held] == [item, plain]


async def test_the_oldest_come_first_and_a_batch_is_bounded(spool: SpoolFile) -> None:
    """By number, and by bytes but for one; the order is that of arrival, over restarts too."""
    await spool.put(items(3, 1))
    await spool.close()
    await spool.put(items(2))
    assert await bodies(spool) == [body({"n": n}) for n in (3, 1, 2)]
    assert len((await spool.oldest(2, SIZE)).held) == 2
    assert len((await spool.oldest(10, 1)).held) == 1
    [first, *rest] = (await spool.oldest(10, SIZE)).held
    assert (await spool.oldest(10, SIZE, after=first.seq)).held == tuple(rest)


async def test_a_removed_place_is_never_given_out_again(spool: SpoolFile, tmp_path: Path) -> None:
    """So that two nodes that share a file cannot remove each other's deliveries."""
    other = SpoolFile(spool.path, SIZE, "here")
    await spool.put(items(1))
    mine = (await spool.oldest(10, SIZE)).held
    await other.remove([held.seq for held in (await other.oldest(10, SIZE)).held])
    await other.put(items(2))
    await spool.remove([held.seq for held in mine])
    assert await bodies(spool) == [body({"n": 2})]
    await other.close()


async def test_another_mirrors_deliveries_are_left_alone(spool: SpoolFile) -> None:
    """A node whose `database.url` is another one neither sees nor drains them."""
    other = SpoolFile(spool.path, SIZE, "there")
    await other.put(items(1, 2))
    await spool.put(items(3))
    assert await bodies(spool) == [body({"n": 3})]
    assert await spool.holding() == Holding(waiting=1, refused=0, foreign=2, mirrors=("there",))
    await other.close()


async def test_what_was_refused_keeps_nobody_waiting(spool: SpoolFile) -> None:
    """It stays in the file, and is offered again when it is asked for."""
    await spool.put(items(1, 2))
    [first, _] = (await spool.oldest(10, SIZE)).held
    await spool.set_aside(first.seq, "not wanted", at(0))
    assert (await bodies(spool), await spool.holding()) == (
        [body({"n": 2})],
        Holding(1, 1, 0, reason="not wanted"),
    )
    assert (await spool.try_again(at(-1), 10), await spool.try_again(at(1), 10)) == (0, 1)
    assert await bodies(spool) == [body({"n": 1}), body({"n": 2})]


async def test_the_file_is_bounded_and_gives_its_room_back(spool: SpoolFile) -> None:
    """Over its size it refuses and keeps what it has; emptied, it takes deliveries again and shrinks."""
    kept = 16
    for _ in range(kept):
        await spool.put([delivery(body({"a": "x" * 50_000}))])
    with pytest.raises(StoreUnavailable, match=r"full: spool.max_size is reached, or its disk has no room"):
        await spool.put([delivery(body({"a": "x" * 250_000}))])
    assert await spool.holding() == Holding(kept, 0, 0)
    assert spool.path.stat().st_size <= SIZE
    await spool.remove([held.seq for held in (await spool.oldest(1000, 2 * SIZE)).held])
    while await spool.shrink():
        pass
    assert spool.path.stat().st_size < SIZE / 10
    await spool.put(items(1))


def sqlite_file(path: Path, *statements: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def aside(spool: SpoolFile) -> list[Path]:
    return list(spool.path.parent.glob("spool.db.broken-*"))


async def test_a_broken_file_is_kept_and_a_new_one_begun(
    spool: SpoolFile, caplog: pytest.LogCaptureFixture
) -> None:
    """Garbage in its place costs one refusal and one loud line, never a byte of it."""
    spool.path.parent.mkdir()
    spool.path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable, match="file is not a database"):
        await spool.put(items(1))
    await spool.put(items(1))
    assert await bodies(spool) == items(1)[0].body.splitlines()
    [kept] = aside(spool)
    assert kept.read_bytes() == b"this is no database" * 100
    assert f"it is kept as {kept.name} and a new one is begun" in caplog.text


async def test_a_file_that_breaks_later_is_set_aside_too(spool: SpoolFile) -> None:
    """A page of it is overwritten while the node is stopped; the next start goes on with a new file."""
    await spool.put([delivery(body({"a": "x" * 50_000}))])
    await spool.close()
    with spool.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(StoreUnavailable, match="malformed"):
        await spool.oldest(10, SIZE)
    assert (await bodies(spool), len(aside(spool))) == ([], 1)


def misled(path: Path, *, which: str = "spooled_waiting") -> None:
    """An index of the file names a row that is not there: SQLite says so only to who follows it."""
    schema = "type, name, tbl_name, rootpage, sql"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA writable_schema = ON")
        known = file.execute(f"SELECT {schema} FROM sqlite_master WHERE name = ?", (which,)).fetchone()
        file.execute("DELETE FROM sqlite_master WHERE name = ?", (which,))
    sqlite_file(path, "DELETE FROM spooled WHERE seq = (SELECT min(seq) FROM spooled)")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute(f"INSERT INTO sqlite_master ({schema}) VALUES (?, ?, ?, ?, ?)", known)


async def test_a_damaged_index_is_a_damaged_file(spool: SpoolFile, caplog: pytest.LogCaptureFixture) -> None:
    """It is set aside with one loud line, though a quick look at it finds nothing; what comes in next is kept and read."""
    await spool.put(items(1, 2))
    await spool.close()
    misled(spool.path)
    with closing(sqlite3.connect(spool.path)) as file:
        assert file.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    with pytest.raises(StoreUnavailable, match="malformed"):
        await spool.oldest(10, SIZE)
    await spool.put(items(3))
    assert (await bodies(spool), len(aside(spool))) == ([body({"n": 3})], 1)
    assert len([line for line in caplog.messages if "cannot be used" in line]) == 1


async def test_of_nodes_that_share_a_damaged_file_one_sets_it_aside(spool: SpoolFile) -> None:
    """The other finds another file under the name, and leaves it alone, whatever is in it."""
    await spool.put(items(1, 2))
    await spool.close()
    misled(spool.path)
    damaged = spool_file.identity(spool.path)
    spool_file.set_aside(spool.path, "malformed", damaged)
    await spool.put(items(3, 4))
    await spool.close()
    misled(spool.path)
    spool_file.set_aside(spool.path, "malformed", damaged)
    assert (len(aside(spool)), spool.path.exists()) == (1, True)


async def test_a_new_file_goes_on_numbering(spool: SpoolFile) -> None:
    """What is known of places in the old file never meets a delivery in the new one."""
    await spool.put(items(1))
    [old] = (await spool.oldest(10, SIZE)).held
    spool.path.rename(spool.path.with_name("elsewhere.db"))
    await spool.put(items(2))
    [new] = (await spool.oldest(10, SIZE, after=old.seq)).held
    await spool.remove([old.seq])
    assert (new.delivery.body, await bodies(spool)) == (body({"n": 2}), [body({"n": 2})])
    elsewhere = SpoolFile(spool.path.with_name("elsewhere.db"), SIZE, "here")
    assert await bodies(elsewhere) == [body({"n": 1})]
    await elsewhere.close()


async def test_a_spool_of_another_version_is_set_aside(spool: SpoolFile) -> None:
    """It is not guessed at, and not written to."""
    await spool.put(items(1))
    await spool.close()
    sqlite_file(spool.path, "PRAGMA user_version = 7")
    assert (await bodies(spool), len(aside(spool))) == ([], 1)


async def test_a_database_of_something_else_is_not_touched(spool: SpoolFile) -> None:
    """Such as the mirror itself, named by mistake: it stays where it is, and nothing is spooled."""
    sqlite_file(spool.path, "CREATE TABLE theirs (a)", "INSERT INTO theirs VALUES (1)")
    before = spool.path.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="is the file of another program; choose another"):
            await spool.put(items(1))
    assert (spool.path.read_bytes(), aside(spool)) == (before, [])


async def test_a_writer_that_holds_the_file_is_an_answer(spool: SpoolFile) -> None:
    """Another process that keeps it locked delays a batch by a second, then it is refused; afterwards all goes on."""
    await spool.put(items(1))
    with closing(sqlite3.connect(spool.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="database is locked"):
            await spool.put(items(2))
    await spool.put(items(3))
    assert await bodies(spool) == [body({"n": 1}), body({"n": 3})]


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("postgresql://other:secret@db.example/mirror?sslmode=require", True),
        ("postgresql://bison@db.example:5432/mirror", True),
        ("postgresql://bison@db.example:6432/mirror", False),
        ("postgresql://bison@db.example/other", False),
        ("sqlite:////tmp/mirror.db", False),
    ],
)
def test_a_mirror_is_its_server_database_and_schema(url: str, same: bool) -> None:
    """Whoever asks, and with whichever options: a new password changes nothing."""
    assert (Place(url).mirror == Place("postgresql://bison@db.example/mirror").mirror) is same
    assert Place(url, schema="other").mirror != Place("postgresql://bison@db.example/mirror").mirror


async def test_a_name_that_is_no_text_is_shown_and_handed_over_all_the_same(spool: SpoolFile) -> None:
    """A flipped bit in whose it is makes it somebody else's, never what stops the count."""
    await spool.put(items(1, 2))
    sqlite_file(
        spool.path,
        "UPDATE spooled SET mirror = CAST(x'68ff' AS TEXT) WHERE seq = 1 + (SELECT min(seq) FROM spooled)",
    )
    assert await spool.holding() == Holding(1, 0, 1, ("h\\xff",))
    assert spool_desk.adopt(spool.path, "h\\xff", "here") == 1
    assert await bodies(spool) == [body({"n": 1}), body({"n": 2})]
