from __future__ import annotations

import random
import time

import pytest

from tests.faults.conftest import LONG
from tests.support.checker import is_exact, is_sound, settled
from tests.support.daemon import Daemon
from tests.support.load import Load

ROUNDS = 100 if LONG else 10


@pytest.mark.timeout(1800 if LONG else 180)
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


@pytest.mark.timeout(120)
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
