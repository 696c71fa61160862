"""Several daemons on one Postgres: one is killed, one is paused, and clocks disagree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Door
from tests.support.checker import is_exact, rows, settled
from tests.support.crowd import OVERLAPS, Provider, Watcher, all_share, ids, jobs_go_on, leader, node, one
from tests.support.daemon import Daemon
from tests.support.load import Load, eventually
from tests.support.postgres import Server

FAKE = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), Path("libfaketime.so.1"))
MINUTE_AHEAD = ("env", f"LD_PRELOAD={FAKE}", "FAKETIME=+60s", "DONT_FAKE_MONOTONIC=1")
NOW = "SELECT clock_timestamp()"
Crowd = Callable[[int], list[Daemon]]


@pytest.fixture
def crowd(own_door: Door, tmp_path: Path) -> Iterator[Crowd]:
    """Makes so many nodes; none is started."""
    provider, made = Provider(), list[Daemon]()

    def make(count: int) -> list[Daemon]:
        made.extend(node(tmp_path / f"node{number}", own_door.url(), provider) for number in range(count))
        return made

    yield make
    for daemon in made:
        daemon.__exit__()
    provider.close()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("count", [2, 3])
def test_a_leader_killed_under_load_is_succeeded(server: Server, crowd: Crowd, count: int) -> None:
    """Nothing acknowledged is lost or counted twice, the others go on with its jobs within 30 s, and no run is done twice.

    What the dead one had acknowledged into its own spool, since the database was slow at that moment, comes when it starts again.
    """
    url, daemons = server.url(), crowd(count)
    for daemon in daemons:
        daemon.start()
    all_share(daemons)
    with Watcher(url) as seen, Load(*(d.hook for d in daemons), seed=21, pause=0.01, copies=(1, 3)) as load:
        jobs_go_on(url, one(url, NOW), 20)
        victim = leader(url, daemons)
        (dead,) = (number for number, daemon in ids(url, daemons).items() if daemon is victim)
        victim.kill()
        killed = one(url, NOW)
        jobs_go_on(url, killed + timedelta(milliseconds=1), 30)
        load.wait_for(50)
        answers = load.stop()
    survivors = [daemon for daemon in daemons if daemon is not victim]
    assert leader(url, survivors) in survivors
    victim.start()
    settled(url, answers)
    is_exact(url, answers)
    assert seen.longest_gap() < 10
    assert len({held.fence for held in seen.held}) == 2
    assert one(url, OVERLAPS) == 0
    twice = [run.id for run in seen.taken if run.fence > 1]
    assert all(seen.takers(run)[:-1] == [dead] for run in twice)
    ended = [run for run in seen.taken if run.state == "done"]
    assert len({run.id for run in ended}) == len(ended)
    assert [daemon.stop() for daemon in daemons] == [0] * count


@pytest.mark.timeout(180)
def test_a_paused_leader_is_fenced(server: Server, crowd: Crowd) -> None:
    """Stopped past its lease with a run in its hands, and resumed: the run is another's, so is the lead, and it writes neither."""
    url, daemons = server.url(), crowd(2)
    for daemon in daemons:
        daemon.start()
    all_share(daemons)
    paused = leader(url, daemons)
    (mine,) = (number for number, daemon in ids(url, daemons).items() if daemon is paused)
    with Watcher(url) as seen:
        run = stopped_in_a_run(url, paused, str(mine))
        state = f"SELECT state FROM runs WHERE id = '{run}'"
        eventually(lambda: bool(one(url, state) == "done"), "the run is done by the other", 40)
        ended = rows(url, f"SELECT node_id, fence, outcome, finished_at FROM runs WHERE id = '{run}'")
        os.kill(paused.pid, signal.SIGCONT)
        eventually(lambda: "was given to another node" in paused.said(), "it learns that the run is gone")
        jobs_go_on(url, one(url, NOW), 20)
        all_share(daemons)
    assert rows(url, f"SELECT node_id, fence, outcome, finished_at FROM runs WHERE id = '{run}'") == ended
    assert seen.takers(run)[0] == mine != ended[0][0][0]
    assert leader(url, daemons) is not paused
    assert one(url, OVERLAPS) == 0
    assert [daemon.stop() for daemon in daemons] == [0, 0]


def stopped_in_a_run(url: str, daemon: Daemon, number: str) -> object:
    """Pause it while it does a run, and tell which; when it ended just then, try again."""
    mine = f"state = 'running' AND node_id = '{number}'"
    running = f"SELECT id FROM runs WHERE {mine} AND job <> 'consistency'"  # which waits a while for what is under way
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not rows(url, running)[0]:
            continue
        os.kill(daemon.pid, signal.SIGSTOP)
        time.sleep(0.1)  # what was on its way to the database arrives
        found = rows(url, running)[0]
        if found:
            return found[0][0]
        os.kill(daemon.pid, signal.SIGCONT)
    raise AssertionError("it was never caught in a run")


@pytest.mark.timeout(120)
def test_clocks_a_minute_apart_do_not_matter(server: Server, crowd: Crowd) -> None:
    """Nothing is rescued wrongly, jobs keep their rhythm, and every moment in the mirror is the database's."""
    url, (ahead, right) = server.url(), crowd(2)
    ahead.start(*MINUTE_AHEAD)
    right.start()
    all_share([ahead, right])
    began = one(url, NOW)
    with Watcher(url) as seen, Load(ahead.hook, right.hook, seed=23, pause=0.02) as load:
        jobs_go_on(url, began, 20)
        jobs_go_on(url, one(url, NOW), 20)
        answers = load.stop()
        ages = rows(url, "SELECT extract(epoch FROM clock_timestamp() - seen_at) FROM nodes")[0]
    settled(url, answers)
    is_exact(url, answers)
    assert len(ages) == 2
    assert all(-1 < float(age) < 3 for (age,) in ages)
    assert {run.fence for run in seen.taken} <= {0, 1}
    assert one(url, STRAYS) == 0
    assert 1.9 < float(one(url, RHYTHM)) < 6
    for seen_by in (ahead.status(), right.status(), looked(ahead)):
        assert 0 < float(str(seen_by["uptime_s"])) < 60
    assert len(ahead.lines("this machine's clock is 60.0 s ahead of the database's")) == 1
    assert not right.lines("this machine's clock")
    assert [ahead.stop(), right.stop()] == [0, 0]


def looked(daemon: Daemon) -> dict[str, object]:
    """What `bisonwatch status` says where the clock is wrong."""
    command = [
        *MINUTE_AHEAD,
        sys.executable,
        "-m",
        "bisonwatch",
        "--config",
        daemon.config,
        "status",
        "--json",
    ]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    found: dict[str, object] = json.loads(printed)
    return found


STRAYS = """
SELECT (SELECT count(*) FROM inbox WHERE received_at > clock_timestamp() + interval '1 s' OR processed_at < received_at - interval '1 s')
     + (SELECT count(*) FROM runs WHERE greatest(queued_at, started_at, finished_at) > clock_timestamp() + interval '1 s')
     + (SELECT count(*) FROM workspace_watch WHERE greatest(last_poll_at, tried_at, verified_at) > clock_timestamp() + interval '1 s')
"""
"""Moments that are still to come, or that went backwards."""
RHYTHM = """
SELECT coalesce(extract(epoch FROM min(gap)), 2) FROM (
  SELECT queued_at - lag(queued_at) OVER (ORDER BY queued_at) AS gap
  FROM (SELECT DISTINCT queued_at FROM runs WHERE job = 'accounts') AS rounds) AS gaps
"""
"""The shortest time between two rounds of a job that comes every two seconds."""
