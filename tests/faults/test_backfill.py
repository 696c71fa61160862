"""A backfill by a real daemon: killed, cancelled, and beside live traffic."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bisonwatch.domain.run import Job, Outcome, Run
from tests.support.daemon import Daemon
from tests.support.history import (
    Books,
    Latency,
    Provider,
    Size,
    command,
    counted,
    probe,
    provider,
    runs,
    truth,
    watch,
)
from tests.support.length import LONG
from tests.support.load import eventually

SMALL = Size(3, 120, 90, 0.1)
EVERYTHING = Size(27, 4000, 365, 0.02, 10.0) if LONG else Size(27, 400, 14, 0.05, 5.0)
RATE = 30.0
"""Requests a second, so that it does not take all day; unset it is five."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path) as made:
        yield made


def days(told: Provider) -> tuple[date, date]:
    """The whole past of a provider, but today."""
    return told.start.date() - timedelta(days=told.size.days), told.start.date() - timedelta(days=1)


def window(told: Provider) -> tuple[str, ...]:
    first, last = days(told)
    return "--from", first.isoformat(), "--to", last.isoformat()


def begun(daemon: Daemon, job: Job) -> None:
    daemon.start()
    eventually(lambda: any(run.over for run in runs(daemon, job)), f"{job} was done", 180)


def asked(daemon: Daemon) -> int:
    return sum(run.tally.requests for run in runs(daemon))


def over(daemon: Daemon) -> bool:
    return all(run.over for run in runs(daemon))


@pytest.mark.timeout(400)
def test_killed_in_the_middle_it_goes_on(daemon: Daemon) -> None:
    """SIGKILL three times while it reads: the next start does the rest by itself, and every number is right; done again it asks for little."""
    with provider(SMALL) as told:
        watch(daemon, told, RATE)
        begun(daemon, Job.DISCOVER)
        queued = command(daemon, "backfill", *window(told))
        assert (queued.returncode, queued.stdout[:13]) == (0, "queued 3 runs"), queued.stderr
        for _ in range(3):
            before = told.books()["asked"]
            eventually(lambda start=before: told.books()["asked"] > start + 60, "it reads")
            daemon.kill()
            daemon.start()
        eventually(lambda: over(daemon), "all are over", 180)
        assert {run.outcome for run in runs(daemon)} == {Outcome.SUCCESS}
        assert daemon.stop() == 0
        assert counted(daemon.database, *days(told)) == truth(told.past(), *days(told))
        before = told.books()["asked"]
        again = command(daemon, "backfill", *window(told)[:2], "--pace", "full", "--wait")
        assert again.returncode == 0, again.stderr
        assert told.books()["asked"] - before < 120
        assert "opened 0 (reported only: the provider keeps no history of it)" in again.stdout


@pytest.mark.timeout(300)
def test_cancelled_it_stops_and_run_again_it_goes_on(daemon: Daemon) -> None:
    """From the command line, while the daemon reads; a second one of the same workspace is refused meanwhile."""
    with provider(SMALL) as told:
        watch(daemon, told, RATE / 3)
        begun(daemon, Job.DISCOVER)
        assert command(daemon, "backfill", *window(told), "12").returncode == 0
        eventually(lambda: asked(daemon) > 30, "it reads")
        refused = command(daemon, "backfill", *window(told), "12")
        assert (refused.returncode, "is running already" in refused.stderr) == (2, True), refused.stderr
        listed = json.loads(command(daemon, "runs", "list", "--job", "backfill", "--json").stdout)["items"]
        assert [(run["state"], run["workspace"], run["to"]) for run in listed] == [
            ("running", 12, days(told)[1].isoformat())
        ]
        stopping = command(daemon, "runs", "cancel", "--all", "--job", "backfill", "--yes")
        assert (stopping.returncode, stopping.stdout.count("asked to stop")) == (0, 1), stopping
        eventually(lambda: runs(daemon)[0].outcome is Outcome.CANCELLED, "it stops")
        assert daemon.stop() == 0
        done = command(daemon, "backfill", *window(told), "12", "--pace", "full", "--wait")
        assert done.returncode == 0, done.stdout + done.stderr
        mine = {slot: n for slot, n in truth(told.past(), *days(told)).items() if slot[0] == 12}
        assert counted(daemon.database, *days(told)) == mine


@pytest.mark.timeout(5400 if LONG else 300)
def test_beside_live_traffic(daemon: Daemon) -> None:
    """All workspaces' history at once: never a 429, no minute beyond the pace, and what webhooks bring is there as soon as without it."""
    mirror, probing_s = daemon.folder / "mirror.db", 120.0 if LONG else 10.0
    with provider(EVERYTHING, limits={"scope": "instance"}, deliver_to=daemon.hook) as told:
        watch(daemon, told, RATE)
        begun(daemon, Job.LEADS)
        alone = probe(daemon, 10_000, probing_s, mirror)
        began = time.monotonic()
        assert command(daemon, "backfill", *window(told)).returncode == 0
        with Books(told) as books:
            beside = probe(daemon, 500_000, probing_s, mirror)
            eventually(lambda: over(daemon), "all are over", 5000)
        found = runs(daemon)
        _tell(found, round(time.monotonic() - began), books, alone, beside)
        assert {run.outcome for run in found} == {Outcome.SUCCESS}
        assert len(found) == 27
        assert books.refused == 0
        assert books.most_in_a_minute <= 3000 * 0.8
        assert daemon.stop() == 0
        assert counted(daemon.database, *days(told)) == truth(told.past(), *days(told))
    assert beside.p95 < max(2 * alone.p95, 1000.0)


def _tell(found: list[Run], took: int, books: Books, alone: Latency, beside: Latency) -> None:
    """For whoever wants the figures: BISONWATCH_FIGURES names a file."""
    if "BISONWATCH_FIGURES" in os.environ:
        rows = sum(run.tally.rows_read for run in found)
        requests = sum(run.tally.requests for run in found)
        told: dict[str, object] = {"rows": rows, "requests": requests, "seconds": took, "asked": books.asked}
        told |= {"refused": books.refused, "most_in_a_minute": books.most_in_a_minute}
        told |= {"alone": str(alone), "beside": str(beside)}
        Path(os.environ["BISONWATCH_FIGURES"]).write_text(json.dumps(told, indent=1))
