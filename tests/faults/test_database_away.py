"""Promise: the database may go away. Acknowledgements go on through the spool, and afterwards the mirror is as if nothing had been."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.checker import is_exact, rows, settled
from tests.support.daemon import Daemon
from tests.support.length import LONG
from tests.support.load import Load, eventually
from tests.support.proxy import Proxy

LASTS_S = 60.0 if LONG else 6.0
BACK_S = 2.0 if LONG else 4.0
"""Serving from the database again; in the short run another test shares the two cores."""
TURN = "deliveries go to the spool", "the database takes deliveries again"
END_BACKENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bisonwatch%'"
)

pytestmark = pytest.mark.timeout(400 if LONG else 240)


@pytest.fixture
def proxy(server: postgres.Server) -> Iterator[Proxy]:
    with Proxy(server.url()) as mine:
        yield mine


@pytest.fixture
def behind(proxy: Proxy, tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that reaches its Postgres through the proxy."""
    with Daemon(tmp_path, database=proxy.url) as mine:
        mine.start()
        yield mine


@contextmanager
def steady(daemon: Daemon, seed: int) -> Iterator[Load]:
    """A few hundred deliveries a second, of which every single one is acknowledged."""
    with Load(daemon.hook, seed=seed, pause=0.03) as load:
        load.wait_for(100)
        yield load
        load.stop()
    assert set(load.told()) == {200}


def everything_there(server: postgres.Server, daemon: Daemon, load: Load) -> None:
    settled(server.url(), load.answers)
    assert daemon.stop() == 0
    is_exact(server.url(), load.answers)
    assert "Traceback" not in daemon.said()


def served_again(server: postgres.Server, since: float) -> None:
    """A delivery that came after that moment is in the database in time."""
    newer = f"SELECT count(*) FROM inbox WHERE received_at > to_timestamp({since})"
    eventually(lambda: rows(server.url(), newer)[0][0][0] > 0, "deliveries go to the database again", BACK_S)


def outage(
    server: postgres.Server, daemon: Daemon, gone: Callable[[], None], back: Callable[[], None]
) -> None:
    """One outage under load: nothing refused, nothing lost, served again at once, one line at each turn."""
    with steady(daemon, seed=5) as load:
        gone()
        load.wait_for(100)
        time.sleep(LASTS_S)  # how long it lasts is part of the attack
        back()
        served_again(server, time.time())
    everything_there(server, daemon, load)
    assert [len(daemon.lines(words)) for words in TURN] == [1, 1]


def test_the_connection_stalls(server: postgres.Server, proxy: Proxy, behind: Daemon) -> None:
    """Nothing is refused by anybody, and nothing is answered: the deadline finds it out."""
    outage(server, behind, proxy.stall, proxy.heal)


def test_the_network_refuses(server: postgres.Server, proxy: Proxy, behind: Daemon) -> None:
    """Connections are reset in the middle of a batch, and cannot be made again."""
    outage(server, behind, proxy.refuse, proxy.heal)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgres_is_stopped_and_started(server: postgres.Server, on_postgres: Daemon, mode: str) -> None:
    """As an administrator does it, and as a crash does."""
    on_postgres.start()
    outage(server, on_postgres, lambda: server.stop(mode), server.start)


def test_postgres_stands_still(server: postgres.Server, on_postgres: Daemon) -> None:
    """SIGSTOP to every process of it: connections are there, and dead."""
    on_postgres.start()
    outage(server, on_postgres, server.freeze, server.thaw)


@contextmanager
def often(attack: Callable[[], object], every_s: float) -> Iterator[None]:
    """Again and again, as long as it lasts."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(every_s):
            attack()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def test_backends_are_terminated(server: postgres.Server, on_postgres: Daemon) -> None:
    """Connections end in the middle of whatever they were doing, three times a second."""
    on_postgres.start()
    with steady(on_postgres, seed=6) as load, often(lambda: rows(server.url(), END_BACKENDS), 0.3):
        time.sleep(LASTS_S)
    everything_there(server, on_postgres, load)


def test_connections_are_cut_in_the_middle_of_a_batch(
    server: postgres.Server, proxy: Proxy, behind: Daemon
) -> None:
    """The network drops every connection, three times a second."""
    with steady(behind, seed=7) as load, often(proxy.cut, 0.3):
        time.sleep(LASTS_S)
    everything_there(server, behind, load)


@pytest.mark.parametrize("message", [b"COMMIT", b"@load.example"], ids=["commit", "batch"])
def test_the_answer_to_a_commit_is_lost(
    server: postgres.Server, proxy: Proxy, behind: Daemon, message: bytes
) -> None:
    """Nobody can tell whether it was done, and it was: done again it is nothing, and nothing is counted twice."""
    with steady(behind, seed=8) as load, often(lambda: proxy.lose_answers(1, message), 0.2):
        time.sleep(LASTS_S)
    assert proxy.lost_answers > LASTS_S
    everything_there(server, behind, load)


def test_a_slow_network_is_only_slow(server: postgres.Server, proxy: Proxy, behind: Daemon) -> None:
    """Every message takes 50 ms each way: acknowledgements are slower, and nothing turns."""
    with steady(behind, seed=9) as load:
        proxy.delay(0.05)
        load.wait_for(200)
        proxy.heal()
    everything_there(server, behind, load)
    assert not behind.lines(*TURN)
