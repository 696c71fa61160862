"""Promises, with the database away: kill -9 loses nothing that was spooled, nodes may share a spool, and its disk may fill."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.checker import is_exact, settled
from tests.support.daemon import Daemon
from tests.support.disk import MIB, fill, small_disk
from tests.support.length import LONG
from tests.support.load import Answer, Load, eventually

KILLS = 10 if LONG else 2
DELIVERIES = 2000 if LONG else 300

pytestmark = pytest.mark.timeout(600 if LONG else 120)


def spooled(daemon: Daemon) -> object:
    inbox = daemon.status()["inbox"]
    assert isinstance(inbox, dict)
    return inbox["spooled"]


def in_the_mirror(server: postgres.Server, daemon: Daemon, answers: list[Answer]) -> None:
    """Everything that was answered 200, once, and nothing crashed on the way."""
    settled(server.url(), answers)
    assert daemon.stop() == 0
    is_exact(server.url(), answers)
    assert "Traceback" not in daemon.said()


def test_kill_9_while_the_database_is_away(server: postgres.Server, on_postgres: Daemon) -> None:
    """It starts again without its database, again and again; what it acknowledged is in the mirror in the end."""
    on_postgres.start()
    on_postgres.stop()
    server.stop("immediate")
    answers: list[Answer] = []
    for number in range(KILLS):
        on_postgres.start()
        with Load(on_postgres.hook, seed=30 + number) as load:
            load.wait_for(DELIVERIES)
            on_postgres.kill()
        answers.extend(load.answers)
    on_postgres.start()
    server.start()
    in_the_mirror(server, on_postgres, answers)


def test_kill_9_while_the_spool_drains(server: postgres.Server, on_postgres: Daemon) -> None:
    """Somewhere between the database's commit and the removal from the spool; it is drained again, and counted once."""
    on_postgres.start()
    server.stop("immediate")
    with Load(on_postgres.hook, seed=40) as load:
        load.wait_for(10 * DELIVERIES, within=60)
    server.start()
    for _ in range(KILLS):
        on_postgres.kill()
        on_postgres.start()
    in_the_mirror(server, on_postgres, load.answers)


def test_two_nodes_share_a_spool(server: postgres.Server, tmp_path: Path) -> None:
    """Both write while the database is away; one is killed, and the other drains what both acknowledged."""
    spool = {"path": str(tmp_path / "shared" / "spool.db")}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with (
        Daemon(tmp_path / "a", database=server.url(), spool=spool) as first,
        Daemon(tmp_path / "b", database=server.url(), spool=spool) as second,
    ):
        first.start()
        second.start()
        server.stop("immediate")
        with Load(first.hook, second.hook, seed=41) as load:
            load.wait_for(DELIVERIES)
        first.kill()
        server.start()
        in_the_mirror(server, second, load.answers)


def test_the_spools_disk_fills(server: postgres.Server, tmp_path: Path) -> None:
    """Deliveries are refused before nothing could be taken out again; the database comes back though that disk is full."""
    with small_disk(tmp_path / "disk", 20 * MIB) as disk:
        spool = {"path": str(disk / "spool.db")}
        with Daemon(tmp_path, database=server.url(), spool=spool) as daemon:
            daemon.start()
            server.stop("immediate")
            with Load(daemon.hook, seed=42) as load:
                load.wait_for(DELIVERIES)
                fill(disk / "ballast", leave=MIB)
                with suppress(OSError):
                    (disk / "dust").write_bytes(bytes(4 * MIB))
                load.wait_for(DELIVERIES, status=503, within=60)
                server.start()
                load.wait_for(DELIVERIES, within=60)
            settled(server.url(), load.answers)
            (disk / "ballast").unlink()
            eventually(lambda: spooled(daemon) == 0, "the spool is empty")
            in_the_mirror(server, daemon, load.answers)
