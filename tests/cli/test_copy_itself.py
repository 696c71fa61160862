"""`bisonwatch db copy` whose target is its own source, by another name."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import click
import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.store import copies, migrate, tables
from bisonwatch.store import copy as copying
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell
from tests.cli.test_db_copy import beat, fill
from tests.support import postgres
from tests.support.house import everything
from tests.support.proxy import Proxy

Names = Callable[[Place], Iterator[str]]


def another_host(place: Place) -> Iterator[str]:
    yield place.url.replace("127.0.0.1", "localhost")


def another_option(place: Place) -> Iterator[str]:
    yield f"{place.url}?sslmode=prefer"


def another_port(place: Place) -> Iterator[str]:
    """As a pooler's, or a tunnel's."""
    with Proxy(place.url) as proxy:
        yield proxy.url


def another_user(place: Place) -> Iterator[str]:
    asyncio.run(_said(place, "CREATE ROLE second LOGIN SUPERUSER"))
    yield place.url.replace("bison@", "second@")
    asyncio.run(_said(place, "DROP ROLE second"))


async def _said(place: Place, statement: str) -> None:
    connection = await asyncpg.connect(place.url)
    await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("names", [another_host, another_option, another_port, another_user])
def test_a_server_is_itself_by_every_name(shell: Shell, postgres_place: Place, names: Names) -> None:
    """Refused before anybody is asked, whatever is answered; every row stays, and no trace of the question does."""
    asyncio.run(fill(postgres_place, 3))
    shell.config["database"]["url"] = postgres_place.url
    with contextmanager(names)(postgres_place) as url:
        said = shell.run("db", "copy", "--to", url, "--replace", "--yes")
    assert (said.code, said.out) == (2, "")
    assert "cannot be copied to itself" in said.err
    assert asyncio.run(_kept(postgres_place)) == (3, 0)


def test_a_standby_is_not_copied_into_its_primary(shell: Shell, tmp_path: Path) -> None:
    """It may lag, and so not see what was written there a moment ago: whose standby it is, is asked too."""
    with postgres.throwaway() as primary:
        place = Place(primary.url())
        asyncio.run(migrated(place))
        asyncio.run(fill(place, 3))
        with postgres.standby(primary) as standby:
            asyncio.run(_said(Place(standby.url()), "SELECT pg_wal_replay_pause()"))
            shell.config["database"]["url"] = standby.url()
            said = shell.run("db", "copy", "--to", place.url, "--replace", "--yes")
            elsewhere = shell.run("db", "copy", "--to", f"sqlite:///{tmp_path / 'beside.db'}")
        assert (said.code, "cannot be copied to itself" in said.err) == (2, True)
        assert asyncio.run(_kept(place)) == (3, 0)
    assert (elsewhere.code, "equal in both" in elsewhere.out) == (0, True)


async def migrated(place: Place) -> None:
    database = Database(place, SystemClock())
    await migrate.upgrade(database)
    await database.close()


async def _kept(place: Place) -> tuple[int, int]:
    database = Database(place, SystemClock())
    try:
        return len(await everything(database, tables.daily_counts)), len(
            await everything(database, tables.copies)
        )
    finally:
        await database.close()


def by_symlink(file: Path, folder: Path) -> str:
    (folder / "linked.db").symlink_to(file)
    return str(folder / "linked.db")


def by_hard_link(file: Path, folder: Path) -> str:
    os.link(file, folder / "linked.db")
    return str(folder / "linked.db")


def relative(file: Path, _folder: Path) -> str:
    return os.path.relpath(file)


@pytest.mark.parametrize("name", [by_symlink, by_hard_link, relative])
@pytest.mark.parametrize("how", [("--replace", "--yes"), ("--verify-only",)])
def test_a_file_is_itself_by_every_path(
    shell: Shell, sqlite_place: Place, name: Callable[[Path, Path], str], how: tuple[str, ...], tmp_path: Path
) -> None:
    """It is not even opened by its second name: the log beside it would be another."""
    assert sqlite_place.file is not None
    asyncio.run(fill(sqlite_place, 3))
    (tmp_path / "away").mkdir()
    target = name(sqlite_place.file, tmp_path / "away")
    said = shell.run("db", "copy", "--to", f"sqlite:///{target}", *how)
    assert said.code == 2
    assert "cannot be copied to itself" in said.err
    assert asyncio.run(_kept(sqlite_place)) == (3, 0)
    assert sorted(path.name for path in (tmp_path / "away").iterdir()) in ([], ["linked.db"])


def test_a_copy_that_was_cut_off_goes_on(shell: Shell, sqlite_place: Place, postgres_place: Place) -> None:
    """What is asked of the target leaves its books as they are."""
    asyncio.run(fill(sqlite_place, 3))
    asyncio.run(_begun(postgres_place, copies.called(sqlite_place)))
    said = shell.run("db", "copy", "--to", postgres_place.url)
    told = f"going on with an unfinished copy of {sqlite_place.file}"
    assert (said.code, said.err.splitlines()[0]) == (0, told)
    assert asyncio.run(_kept(postgres_place)) == (3, len(copying.TABLES))


async def _begun(place: Place, source: str) -> None:
    database = Database(place, SystemClock())
    await copying.begin(database, source)
    await database.close()


def test_a_source_that_cannot_be_read_costs_nothing(
    shell: Shell, sqlite_place: Place, postgres_place: Place
) -> None:
    """The target is emptied only when the source's moment is held."""
    asyncio.run(fill(postgres_place, 3))
    with closing(sqlite3.connect(str(sqlite_place.file))) as source:
        source.execute("DROP TABLE runs")
    said = shell.run("db", "copy", "--to", postgres_place.url, "--replace", "--yes")
    assert (said.code, "no such table: runs" in said.err) == (1, True)
    assert asyncio.run(_kept(postgres_place)) == (3, 0)


def test_an_engine_that_starts_during_the_question_is_seen(
    shell: Shell, postgres_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person takes their time over the answer; the target is looked at again, and nothing is deleted."""
    asyncio.run(fill(postgres_place, 3))

    def confirm(_what: str, **_options: object) -> bool:
        with ThreadPoolExecutor(1) as beside:
            beside.submit(asyncio.run, beat(postgres_place)).result()
        return True

    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(click, "confirm", confirm)
    said = shell.run("db", "copy", "--to", postgres_place.url, "--replace")
    assert said.code == 2
    assert "an engine is running, host-a (pid 7), on" in said.err
    assert asyncio.run(_kept(postgres_place)) == (3, 0)
