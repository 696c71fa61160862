"""`bisonwatch status`, from a database with and without a living engine."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bisonwatch.cache.blind import Blind, redraw
from bisonwatch.cache.figures import Figures, to_json
from bisonwatch.cache.picture import Self
from bisonwatch.cli.text import status_text, table
from bisonwatch.clock import SystemClock
from bisonwatch.domain.health import Finding, Health
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.snapshot import AccountFigures, Milliseconds, nothing_yet
from bisonwatch.domain.status import status_json
from bisonwatch.domain.stuck import Stuck
from bisonwatch.store import nodes, transitions, watch, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell
from tests.tui.workspaces import row

KEY = WorkspaceKey("main", 12)


def engine_seen(place: Place, ago: timedelta, *, stopped: bool = False) -> datetime:
    """A mirror with one verified workspace, and an engine that was last seen so long ago."""
    now = datetime.now(UTC)
    figures = Figures("http://127.0.0.1:8787", 51234, 3, 41.2, Milliseconds(2.1, 7.9, 15), None, 4.1)
    node = Node(
        id=uuid7(now),
        name="host-a",
        version="0.1.0",
        pid=1,
        started_at=now - timedelta(hours=1),
        seen_at=now - ago,
        stopped_at=now - ago if stopped else None,
        leader=True,
        api_url="http://127.0.0.1:8788",
        figures=to_json(figures),
    )

    async def write() -> None:
        database = Database(place, SystemClock())
        async with database.write() as tx:
            await workspaces.see(tx, KEY, "Northwind Desk", now)
            await watch.subscribed(tx, KEY, now)
            await watch.walked(tx, KEY, now, 0, None)
            await transitions.change(tx, KEY, Finding(Health.HEALTHY, "webhooks arrive"), now)
            await nodes.beat(tx, node)
        await database.close()

    asyncio.run(write())
    return now - ago


def test_with_a_living_engine_it_tells_its_uptime_and_figures(shell: Shell, sqlite_place: Place) -> None:
    """From another process, through the database alone."""
    engine_seen(sqlite_place, timedelta(seconds=1))
    said = shell.run("status")
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert lines[0].startswith("bisonwatch 0.1.0 on host-a, up 1h00m")
    assert lines[1] == "score 100/100"
    assert lines[2] == "workspaces 1: 1 healthy"
    assert "webhooks 41.2/s, 51,234 acked, 3 rejected, ack p95 7.9 ms" in lines[3]
    assert lines[5].split()[:3] == ["STATE", "WORKSPACE", "LAG"]
    assert lines[6].startswith("healthy Northwind Desk ok ")


@pytest.mark.parametrize("stopped", [True, False])
def test_without_one_it_says_since_when(shell: Shell, sqlite_place: Place, stopped: bool) -> None:
    """And nothing looks good: nobody watches."""
    seen = engine_seen(sqlite_place, timedelta(minutes=2), stopped=stopped)
    out = shell.run("status").out
    assert f"no engine since {seen:%Y-%m-%d %H:%M:%S} UTC" in out
    assert "no engine is running" in out
    assert "\nhealthy" not in out


def test_json_is_one_object_with_the_jobs_and_when_they_come(shell: Shell, sqlite_place: Place) -> None:
    """With a living engine each scheduled job says when it comes next; without one nothing comes."""
    engine_seen(sqlite_place, timedelta(seconds=1))
    status = shell.run("status", "--json").json
    assert {job["name"] for job in status["jobs"]} == {
        "discover",
        "poll",
        "accounts",
        "campaigns",
        "leads",
        "reports",
        "upkeep",
        "subscriptions",
        "canary",
        "consistency",
        "full",
        "settings",
    }
    assert all(job["next_at"] for job in status["jobs"])
    assert (status["node"], status["leader"]) == ("host-a", True)
    assert status["listener"]["ack_ms"] == {"p50": 2.1, "p95": 7.9, "p99": 15}
    assert status["latency_ms"] == {"p50": None, "p95": None, "p99": None}
    engine_seen(sqlite_place, timedelta(minutes=2))
    gone = shell.run("status", "--json").json
    assert {job["next_at"] for job in gone["jobs"] if gone["uptime_s"] is None} <= {None}


def test_an_empty_mirror_says_that_nothing_is_discovered(shell: Shell) -> None:
    """No table of nothing."""
    assert shell.run("status").out.splitlines()[0].endswith("no engine has run on this database yet")
    assert "workspaces 0: none discovered yet" in shell.run("status").out


def test_a_mirror_that_fails_in_the_middle_is_no_empty_one(shell: Shell, sqlite_place: Place) -> None:
    """No picture of nothing with a good exit code."""
    assert shell.run("status").code == 0
    with closing(sqlite3.connect(str(sqlite_place.file))) as connection:
        connection.execute("DROP TABLE transitions")
        connection.commit()
    said = shell.run("status")
    assert (said.code, said.out) == (1, "")
    assert "could not be read to the end (try again; `bisonwatch db status`" in said.err


class _Daemon(BaseHTTPRequestHandler):
    """A daemon's API whose database is away."""

    def do_GET(self) -> None:
        known = (self.path, self.headers["authorization"]) == ("/api/v1/status", "Bearer ops-token-77")
        now = datetime.now(UTC)
        figures = Figures(None, 9, 0, 0.2, None, None, None, spooled=3, stuck=Stuck(1, "poison", 2))
        me = Self(uuid7(now), "host-a", "1.0", "postgresql://db.example/mirror", 100, {})
        picture = redraw(me, nothing_yet(now), Blind(figures, (), None, (), ()), now)
        body = json.dumps(status_json(picture, now)).encode()
        self.send_response(200 if known else 401)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_while_the_database_is_away_the_daemon_tells_of_itself(shell: Shell) -> None:
    """What it spooled is what one wants to know then; the call has failed all the same."""
    shell.config["database"] = {"url": "postgresql://u:pw@127.0.0.1:1/db"}
    with HTTPServer(("127.0.0.1", 0), _Daemon) as daemon:
        Thread(target=daemon.serve_forever, daemon=True).start()
        token = {"name": "ops", "role": "viewer", "token": "ops-token-77"}
        shell.config["api"] = {"port": daemon.server_port, "tokens": [token]}
        said, written = shell.run("status"), shell.run("status", "--json")
        daemon.shutdown()
    assert said.out.splitlines() == [
        "bisonwatch 1.0 on host-a goes on without its database",
        "score 0/100 (the database does not answer; 3 deliveries are spooled)",
        "webhooks 0.2/s, 9 acked, 0 rejected; 3 spooled",
        "1 delivery is refused and set aside in the spool, the newest since poison; `bisonwatch db spool list` shows it",
        "2 deliveries are in the spool for another database.url; `bisonwatch db spool adopt` hands them over",
    ]
    assert (said.code, said.err.count("\n"), "cannot be reached" in said.err) == (1, 1, True)
    assert (written.code, written.json["inbox"]["spooled"]) == (1, 3)


def test_a_mirror_that_is_not_there_says_who_makes_it(shell: Shell, tmp_path: Path) -> None:
    """And does not make one by looking."""
    file = tmp_path / "none.db"
    shell.config["database"] = {"url": f"sqlite:///{file}"}
    said = shell.run("status")
    line = f"bisonwatch: there is no mirror at {file} yet (`bisonwatch` or `bisonwatch --daemon` makes it)\n"
    assert (said.code, said.out, said.err) == (1, "", line)
    assert not file.exists()


def test_a_file_that_is_no_database_is_one_line(shell: Shell, tmp_path: Path) -> None:
    """As any other mirror that cannot be read."""
    file = tmp_path / "none.db"
    file.write_text(
        "this is a text, and a rather long one, since SQLite looks at the first hundred bytes" * 3
    )
    shell.config["database"] = {"url": f"sqlite:///{file}"}
    said = shell.run("status")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "file is not a database" in said.err


def test_nothing_known_is_a_dash_never_a_zero() -> None:
    """The picture before the first look."""
    now = datetime(2026, 9, 14, tzinfo=UTC)
    assert status_text(replace(nothing_yet(now), version="1.0", node="here"), now).splitlines() == [
        "bisonwatch 1.0 on here, no engine has run on this database yet",
        "score unknown",
        "workspaces 0: none discovered yet",
        "webhooks 0/s, 0 acked, 0 rejected; backlog 0, dead letters 0, 0 processed",
    ]


def test_delivery_is_told_from_both_sides_and_held_accounts_beside_the_others() -> None:
    """The provider's side only where it has one; what is unknown is a dash, never 0 or 100 %."""
    now = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)
    rows = (
        row(1, "both", delivery_rate_24h=0.95, delivery_rate_provider_24h=0.998),
        row(2, "ours", delivery_rate_24h=1.0, delivery_rate_provider_24h=None),
        row(3, "theirs", delivery_rate_24h=None, delivery_rate_provider_24h=1.0),
        row(4, "none", delivery_rate_24h=None, delivery_rate_provider_24h=None),
        row(5, "held", accounts=AccountFigures(40, 39, held=20)),
    )
    lines = table(rows, now)
    told = {words[1]: words[5] for words in map(str.split, lines[1:])}  # the lag is two words
    assert {name: told[name] for name in ("both", "ours", "theirs", "none")} == {
        "both": "95.0%/99.8%",
        "ours": "100.0%",
        "theirs": "-/100.0%",
        "none": "-",
    }
    assert any("39/40 (20 held)" in line for line in lines)


def test_what_in_the_spool_waits_for_a_person_is_told_with_what_to_do() -> None:
    """What is spooled beside what is not, and a line for each kind."""
    now = datetime(2026, 9, 14, tzinfo=UTC)
    calm = nothing_yet(now)
    inbox = replace(calm.inbox, spooled=3, stuck=Stuck(2, "value 5 is out of range", 1))
    lines = status_text(replace(calm, inbox=inbox), now).splitlines()
    assert any(", 3 spooled, dead letters" in line for line in lines)
    assert [line for line in lines if "in the spool" in line] == [
        "2 deliveries are refused and set aside in the spool, the newest since value 5 is out of range; "
        "`bisonwatch db spool list` shows them",
        "1 delivery is in the spool for another database.url; `bisonwatch db spool adopt` hands it over",
    ]
