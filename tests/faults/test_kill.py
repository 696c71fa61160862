from __future__ import annotations

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, Sender

ROUNDS = int(os.environ.get("BISONWATCH_KILLS", "5"))
CONNECTIONS = 8


def drained(file: Path, deadline_s: float = 20) -> sqlite3.Connection:
    """The mirror once nothing is pending; what a test waits for is the product's own announcement in the table."""
    database = sqlite3.connect(file)
    until = time.monotonic() + deadline_s
    while database.execute("SELECT count(*) FROM inbox WHERE state = 'pending'").fetchone()[0]:
        assert time.monotonic() < until, "the backlog did not drain"
        time.sleep(0.05)
    return database


@pytest.mark.timeout(300)
def test_an_answered_200_survives_kill_9(tmp_path: Path) -> None:
    """SIGKILL at random moments under load: every acknowledged event is in the mirror after restart, exactly once."""
    rng, daemon, acked = random.Random(20261122), Daemon(tmp_path), set[int]()
    for round_number in range(ROUNDS):
        daemon.start()
        senders = [
            Sender(daemon, (round_number * CONNECTIONS + n + 1) * 100_000, 50_000) for n in range(CONNECTIONS)
        ]
        for sender in senders:
            sender.start()
        assert senders[0].started.wait(10)
        time.sleep(rng.uniform(0.05, 0.8))  # the random moment is the attack, not a wait for something
        daemon.kill()
        for sender in senders:
            sender.join()
            acked.update(sender.acked)
    daemon.start()
    database = drained(tmp_path / "mirror.db")
    keys = [key for (key,) in database.execute("SELECT key FROM facts WHERE type = 'sent'")]
    in_mirror = {int(key.removeprefix("s:")) for key in keys}
    assert len(keys) == len(in_mirror)
    assert acked <= in_mirror
    assert database.execute("SELECT sum(n) FROM daily_counts WHERE metric = 'sent'").fetchone()[0] == len(
        in_mirror
    )
    assert database.execute("SELECT count(*) FROM client_leads").fetchone()[0] == len(in_mirror)
    assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert daemon.stop() == 0


@pytest.mark.timeout(120)
def test_sigterm_under_load_is_a_clean_stop(tmp_path: Path) -> None:
    """Requests in flight are answered, exit 0 within ten seconds, nothing acknowledged is lost, no traceback is logged."""
    daemon = Daemon(tmp_path)
    daemon.start()
    senders = [Sender(daemon, (n + 1) * 100_000, 50_000) for n in range(CONNECTIONS)]
    for sender in senders:
        sender.start()
    assert senders[0].started.wait(10)
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 10
    for sender in senders:
        sender.join()
    daemon.start()
    database = drained(tmp_path / "mirror.db")
    in_mirror = {int(key.removeprefix("s:")) for (key,) in database.execute("SELECT key FROM facts")}
    assert {number for sender in senders for number in sender.acked} <= in_mirror
    assert "Traceback" not in daemon.said()
    assert daemon.stop() == 0
