from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from tests.support import postgres
from tests.support.checker import is_exact, is_sound, settled
from tests.support.daemon import Daemon
from tests.support.length import LONG
from tests.support.load import Load, eventually

ROUNDS = 100 if LONG else 10


@pytest.mark.timeout(1800 if LONG else 300)
def test_an_answered_200_survives_kill_9(daemon: Daemon) -> None:
    """SIGKILL at random moments under load: every acknowledged event is in the mirror after restart, exactly once."""
    moments = random.Random(20261122)
    with Load(daemon.hook, seed=1) as load:
        for _ in range(ROUNDS):
            daemon.start()
            load.wait_for(20)
            time.sleep(moments.uniform(0, 0.4))  # the random moment is the attack, not a wait for something
            daemon.kill()
    answers = load.stop()
    daemon.start()
    settled(daemon.database, answers)
    assert daemon.stop() == 0
    is_exact(daemon.database, answers)
    if daemon.database.startswith("sqlite"):
        is_sound(daemon.database)


@pytest.mark.timeout(240)
def test_sigterm_under_load_is_a_clean_stop(daemon: Daemon) -> None:
    """Requests in flight are answered, exit 0 within ten seconds, nothing acknowledged is lost, no traceback is logged."""
    daemon.start()
    with Load(daemon.hook, seed=2) as load:
        load.wait_for(200)
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 10
    answers = load.stop()
    daemon.start()
    settled(daemon.database, answers)
    is_exact(daemon.database, answers)
    assert "Traceback" not in daemon.said()
    assert daemon.stop() == 0


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("gone", "end"),
    [
        (postgres.Server.stop, Daemon.stop),
        (postgres.Server.freeze, Daemon.stop),
        (postgres.Server.freeze, Daemon.kill),
    ],
    ids=["stopped, sigterm", "frozen, sigterm", "frozen, sigkill"],
)
def test_the_end_while_the_database_is_away(
    server: postgres.Server,
    on_postgres: Daemon,
    gone: Callable[[postgres.Server], None],
    end: Callable[[Daemon], int | None],
) -> None:
    """However it ends, within ten seconds, what the spool holds stays; the next start brings it home, once."""
    on_postgres.start()
    with Load(on_postgres.hook, seed=3, pause=0.01) as load:
        load.wait_for(100)
        gone(server)
        eventually(lambda: on_postgres.lines("deliveries go to the spool") != [], "the spool is used")
        load.wait_for(100)
        began = time.monotonic()
        assert end(on_postgres) in (0, None)
        assert time.monotonic() - began < 10
    assert set(load.told()) <= {200, None}
    if not server.lives():
        server.start()
    server.thaw()
    on_postgres.start()
    settled(server.url(), load.answers)
    assert on_postgres.stop() == 0
    is_exact(server.url(), load.answers)
    assert "Traceback" not in on_postgres.said()
