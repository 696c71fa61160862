"""Promises: the disk may fill, fail and be slow. What was answered 200 is there; when it works again, so do we, without a restart."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from tests.support import postgres
from tests.support.checker import administer, is_exact, is_sound, settled
from tests.support.daemon import Daemon
from tests.support.disk import MIB, fill, injected, small_disk
from tests.support.length import LONG
from tests.support.load import Load, eventually

SPOOLED, SERVED = "deliveries go to the spool", "the database takes deliveries again"
DELIVERIES = 5000 if LONG else 300

pytestmark = pytest.mark.timeout(600 if LONG else 240)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path) as mine:
        mine.start()
        yield mine


def all_there(daemon: Daemon, load: Load) -> None:
    """What was answered 200 is there, the file is sound, and nothing crashed on the way."""
    settled(daemon.database, load.answers)
    assert daemon.stop() == 0
    is_exact(daemon.database, load.answers)
    if daemon.database.startswith("sqlite"):
        is_sound(daemon.database)
    assert "Traceback" not in daemon.said()


def test_the_disk_is_full(tmp_path: Path) -> None:
    """Database and spool on a disk without room: 503, until there is room again."""
    with small_disk(tmp_path / "disk", 16 * MIB) as disk:
        place, spool = f"sqlite:///{disk / 'mirror.db'}", {"path": str(disk / "spool.db")}
        with Daemon(tmp_path, database=place, spool=spool) as daemon:
            daemon.start()
            fill(disk / "ballast", leave=2 * MIB)
            with Load(daemon.hook, seed=20) as load:
                load.wait_for(DELIVERIES, status=503, within=60)
                (disk / "ballast").unlink()
                load.wait_for(DELIVERIES, within=60)
            all_there(daemon, load)


def test_a_sync_fails(on_sqlite: Daemon, tmp_path: Path) -> None:
    """EIO from fdatasync: the kernel may have thrown the pages away, so that nothing of it counts as written."""
    with Load(on_sqlite.hook, seed=21) as load:
        load.wait_for(DELIVERIES)
        with injected(on_sqlite.pid, "fdatasync,fsync:error=EIO", *files(tmp_path)):
            load.wait_for(DELIVERIES)
        load.wait_for(DELIVERIES)
    assert set(load.told()) == {200}
    all_there(on_sqlite, load)


def test_the_disk_turns_read_only(on_sqlite: Daemon, tmp_path: Path) -> None:
    """EROFS, as a kernel does it to a disk that it no longer trusts."""
    with Load(on_sqlite.hook, seed=22) as load:
        load.wait_for(DELIVERIES)
        with injected(on_sqlite.pid, "pwrite64:error=EROFS", *files(tmp_path)):
            load.wait_for(DELIVERIES)
        load.wait_for(DELIVERIES)
    assert set(load.told()) == {200}
    all_there(on_sqlite, load)


def test_the_disk_is_slow(on_sqlite: Daemon, tmp_path: Path) -> None:
    """Each sync takes 200 ms: deliveries wait for it together, and each is answered in time."""
    with Load(on_sqlite.hook, seed=23, connections=16) as load:
        load.wait_for(DELIVERIES)
        with injected(on_sqlite.pid, "fdatasync,fsync:delay_exit=200000", *files(tmp_path)):
            load.wait_for(DELIVERIES // 3, within=60)
    assert set(load.told()) == {200}
    all_there(on_sqlite, load)


@pytest.fixture
def readable(tmp_path: Path) -> Iterator[Path]:
    """A folder that the user Postgres runs as may enter."""
    with tempfile.TemporaryDirectory(prefix="bisonwatch-disk-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def served(daemon: Daemon, server: postgres.Server) -> bool:
    """Whether the database is used again; a server that gave up is started, as an administrator would."""
    if not server.lives():
        server.start()
    return daemon.lines(SERVED) != []


def full_and_empty_again(server: postgres.Server, ballast: Path, folder: Path) -> None:
    """Load on a Postgres whose disk fills up and is cleared; the server is started again where it gave up."""
    with Daemon(folder, database=server.url()) as daemon:
        daemon.start()
        with Load(daemon.hook, seed=25, pause=0.01) as load:
            load.wait_for(DELIVERIES)
            fill(ballast, leave=MIB)
            if (
                ballast.parent == (server.data / "pg_wal").resolve().parent
            ):  # the log's disk: it is full as soon as the log grows
                with suppress(OSError, asyncpg.PostgresConnectionError):
                    administer(server, "SELECT pg_switch_wal()")
            eventually(lambda: daemon.lines(SPOOLED) != [], "the spool is used", within=60)
            load.wait_for(DELIVERIES)
            ballast.unlink()
            eventually(lambda: served(daemon, server), "the database is used again", within=60)
            load.wait_for(DELIVERIES)
        assert set(load.told()) == {200}
        all_there(daemon, load)
    server.stop("immediate")


def test_the_disk_of_postgres_is_full(tmp_path: Path, readable: Path) -> None:
    """It refuses: deliveries go to the spool, and home when there is room again."""
    with small_disk(readable / "disk", 160 * MIB) as disk:
        server = postgres.Server(disk / "cluster", options="-c wal_recycle=off")
        server.start()
        full_and_empty_again(server, disk / "ballast", tmp_path)


def test_the_log_of_postgres_is_full(tmp_path: Path, readable: Path) -> None:
    """It panics, and gives up: deliveries go to the spool, and home when it was cleared and started."""
    with small_disk(readable / "disk", 64 * MIB) as disk:
        server = postgres.Server(readable / "cluster", options="-c wal_recycle=off")
        shutil.copytree(server.data / "pg_wal", disk / "wal")
        shutil.rmtree(server.data / "pg_wal")
        (server.data / "pg_wal").symlink_to(disk / "wal")
        for path in (disk, *disk.rglob("*")):
            shutil.chown(path, server.user or os.geteuid())
        server.start()
        full_and_empty_again(server, disk / "ballast", tmp_path)
        assert "PANIC" in server.log.read_text()


def test_postgres_turns_read_only(server: postgres.Server, on_postgres: Daemon) -> None:
    """As after a failover to a replica, or when a hosting firm's quota is used up: it answers, and takes nothing."""
    turn = "ALTER SYSTEM SET default_transaction_read_only = {}", "SELECT pg_reload_conf()"
    on_postgres.start()
    with Load(on_postgres.hook, seed=26, pause=0.01) as load:
        load.wait_for(DELIVERIES)
        administer(server, *(word.format("on") for word in turn))
        eventually(lambda: on_postgres.lines(SPOOLED) != [], "the spool is used")
        load.wait_for(DELIVERIES)
        administer(server, "SET default_transaction_read_only = off", *(word.format("off") for word in turn))
        eventually(lambda: on_postgres.lines(SERVED) != [], "the database is used again")
        load.wait_for(DELIVERIES)
    assert set(load.told()) == {200}
    all_there(on_postgres, load)


def files(folder: Path) -> tuple[Path, Path]:
    return folder / "mirror.db", folder / "mirror.db-wal"


def test_the_file_is_moved_away(on_sqlite: Daemon, tmp_path: Path) -> None:
    """Deliveries do not go into a file that nobody will find; when it is put back, they go on into it."""
    with Load(on_sqlite.hook, seed=24) as load:
        load.wait_for(DELIVERIES)
        (tmp_path / "mirror.db").rename(tmp_path / "elsewhere.db")
        load.wait_for(DELIVERIES)
        assert not (tmp_path / "mirror.db").exists()
        (tmp_path / "elsewhere.db").rename(tmp_path / "mirror.db")
        load.wait_for(DELIVERIES)
    assert set(load.told()) == {200}
    all_there(on_sqlite, load)
    assert on_sqlite.lines("was moved away or deleted under the running engine")
