"""`bisonwatch backfill` and `bisonwatch runs` where the call is wrong, and what a killed command leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bisonwatch.domain.api_log import EndpointCalls
from bisonwatch.domain.backfill import Order, Stretch
from bisonwatch.domain.campaign import Campaign
from bisonwatch.domain.ids import uuid7
from bisonwatch.domain.run import Job, Run, RunState
from bisonwatch.domain.span import Span
from bisonwatch.store import api_log, backfills, campaigns, runs
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx
from tests.cli.conftest import Shell
from tests.cli.test_accounts import in_the_mirror
from tests.support.mirrored import registered
from tests.support.news import NORTHWIND

TODAY = datetime.now(UTC).date()


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.fixture(autouse=True)
def known(sqlite_place: Place) -> None:
    """One workspace, whose first campaign is three months old."""

    async def put(tx: Tx) -> None:
        await registered(tx)
        made = datetime.now(UTC) - timedelta(days=90)
        wave = Campaign(workspace=NORTHWIND, id=44, read_at=made, name="Wave", created_at=made)
        await campaigns.read(tx, NORTHWIND, [wave])

    in_the_mirror(sqlite_place, put)


def open_runs(place: Place) -> list[Run]:
    found: list[Run] = []

    async def look(tx: Tx) -> None:
        found.extend(await runs.open_runs(tx))

    in_the_mirror(place, look)
    return found


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "yesterday"), "--from takes a day such as 2025-11-22, not 'yesterday'"),
        (("--from", ago(-1)), f"--from {ago(-1)} is in the future: today is {ago(0)} (UTC)"),
        (("--from", ago(3), "--to", ago(-2)), f"--to {ago(-2)} is in the future: today is {ago(0)} (UTC)"),
        (("--from", ago(3), "--to", ago(4)), f"--from {ago(3)} is after --to {ago(4)}"),
        (
            ("--from", ago(401)),
            f"--from {ago(401)} is too far back: what happened is kept for 400 days, since {ago(400)}",
        ),
        (
            ("--from", ago(200), "--to", ago(100), "12"),
            f"--to {ago(100)} is too far back: the first campaign of main/12 is of {ago(90)}",
        ),
        (("--from", ago(3), "99"), "no workspace answers to '99'"),
        (("--from", ago(3), "--only", "leads"), "leads have no history"),
        (("--from", ago(3), "--only", "moods"), "--only takes sends, replies, metrics, not 'moods'"),
    ],
)
def test_wrong_calls(shell: Shell, sqlite_place: Place, words: tuple[str, ...], why: str) -> None:
    """One line that says what is wrong, exit 2, and nothing is queued."""
    said = shell.run("backfill", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("bisonwatch: ")
    assert why in said.err
    assert open_runs(sqlite_place) == []


def test_what_a_killed_command_left_is_put_away(shell: Shell, sqlite_place: Place) -> None:
    """Its run is nobody's: the next command does not wait for it. `--anew` forgets what was read. What it asked is in the API log."""
    now = datetime.now(UTC)
    order = Order(TODAY - timedelta(days=9), TODAY)

    async def put(tx: Tx) -> None:
        left = Run(uuid7(now), Job.BACKFILL, NORTHWIND, (), "command line", RunState.QUEUED, now, order=order)
        await runs.queue(tx, [left])
        await runs.take(tx, uuid7(now), now, [left.id])
        await backfills.read(tx, NORTHWIND, "sends", Stretch(order.first, TODAY - timedelta(days=3)), now)

    in_the_mirror(sqlite_place, put)
    said = shell.run("backfill", "--from", ago(9), "--anew", "main/12", "--wait")
    assert said.code == 1  # nobody answers at this provider's address
    assert "no engine is running on this database: this command does it itself" in said.out
    assert "its numbers do not reach back" in said.out
    assert open_runs(sqlite_place) == []
    told = shell.run("runs", "list", "--job", "backfill", "--json").json["items"]
    assert sorted(run["outcome"] for run in told) == ["cancelled", "failed"]
    assert [run["error"] for run in told if run["outcome"] == "cancelled"] == [
        "what did it was cut off; the same was asked for again"
    ]
    assert {(run["from"], run["to"]) for run in told} == {(ago(9), ago(0))}
    kept: list[Stretch] = []
    asked: list[EndpointCalls] = []

    async def look(tx: Tx) -> None:
        kept.extend(await backfills.stretches(tx, NORTHWIND, "sends"))
        asked.extend((await api_log.log(tx, Span.DAY, datetime.now(UTC))).endpoints)

    in_the_mirror(sqlite_place, look)
    assert kept == []
    assert asked
    assert {tuple(one.endings) for one in asked} == {("broken",)}
