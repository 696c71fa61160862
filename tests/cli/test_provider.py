"""Commands that ask the provider: `webhooks` and `resync`, against a simulated one on a real port."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bisonwatch.cli import runs_desk
from bisonwatch.clients.bison import caller
from bisonwatch.clock import SystemClock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, RunState
from bisonwatch.engine.scheduler import new_run
from bisonwatch.store import counts, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.cli.conftest import HOOK_TOKEN, KEY, Shell, config_of
from tests.cli.test_status import engine_seen

AWAY = "cannot connect (is its url under instances: right, and can this machine reach it?)"


def known(place: Place, names: dict[int, str]) -> None:
    """Workspaces in the registry."""

    async def write() -> None:
        database = Database(place, SystemClock())
        async with database.write() as tx:
            for number, name in names.items():
                await workspaces.see(tx, WorkspaceKey("main", number), name, database.clock.now())
        await database.close()

    asyncio.run(write())


def waiting(place: Place, *, add: bool = False) -> list[tuple[Job, RunState]]:
    """The queue; with `add`, one more run of the schedule's in it."""

    async def look() -> list[tuple[Job, RunState]]:
        database = Database(place, SystemClock())
        async with database.write() as tx:
            if add:
                await runs.queue(tx, [new_run(Job.POLL, None, (), "schedule", database.clock.now())])
            found = [(run.job, run.state) for run in await runs.open_runs(tx)]
        await database.close()
        return found

    return asyncio.run(look())


def test_webhooks_are_registered_once_and_listed_without_the_token(watching: Shell) -> None:
    """Doing it twice changes nothing; the list marks ours."""
    first = watching.run("webhooks", "register", "--all")
    assert first.code == 0
    assert [line.split(": ", 1)[1].split(":")[0] for line in first.out.splitlines()] == ["created"] * 3
    again = watching.run("webhooks", "register", "--all")
    assert [line.split(": ", 1)[1].split(":")[0] for line in again.out.splitlines()] == ["unchanged"] * 3
    listed = watching.run("webhooks", "list", "main/12")
    [line] = listed.out.splitlines()
    assert line.startswith("main/12 Northwind Desk: ours ")
    assert line.endswith("http://127.0.0.1:8787/webhooks/main/•••")
    assert HOOK_TOKEN not in first.out + again.out + listed.out


def test_a_workspace_without_subscription_is_only_polled(watching: Shell) -> None:
    """The list says so for each of them."""
    watching.config["listener"]["public_url"] = "http://elsewhere.example"
    said = watching.run("webhooks", "list", "13")
    assert said.out.startswith("main/13 Cobalt Ridge: ")
    assert "ours" not in said.out


def test_registering_without_a_public_url_says_what_to_set(watching: Shell) -> None:
    """For every workspace, exit 1."""
    del watching.config["listener"]["public_url"]
    said = watching.run("webhooks", "register", "main/12")
    assert said.code == 1
    assert "failed: listener.public_url is not set (the provider must know where" in said.out


def test_a_resync_without_an_engine_is_done_by_the_command(watching: Shell, sqlite_place: Place) -> None:
    """It tells how it ended, and leaves alone what waited in the queue for an engine."""
    known(sqlite_place, {12: "Northwind Desk"})
    assert waiting(sqlite_place, add=True) == [(Job.POLL, RunState.QUEUED)]
    said = watching.run("resync", "northwind desk", "--only", "accounts,metrics")
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert lines[0] == "no engine is running on this database: this command does it itself"
    assert lines[-1].startswith("main/12 Northwind Desk: success in ")
    assert " rows read, " in lines[-1]
    assert waiting(sqlite_place) == [(Job.POLL, RunState.QUEUED)]


def test_a_resync_that_is_interrupted_is_cancelled(shell: Shell, sqlite_place: Place) -> None:
    """Ctrl-C while the provider keeps it waiting: the run does not stay in the list as if somebody did it."""
    known(sqlite_place, {12: "Northwind Desk"})
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        shell.config = config_of(sqlite_place, url=url)
        command = [sys.executable, "-m", "bisonwatch", "--config", str(shell.write()), "resync", "main/12"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            hanging.accept()[0].settimeout(30)
            assert waiting(sqlite_place) == [(Job.RESYNC, RunState.RUNNING)]
            child.send_signal(signal.SIGINT)
            _, errors = child.communicate(timeout=30)
    assert (child.returncode, "Traceback" in errors) == (130, False), errors
    assert waiting(sqlite_place) == []


def test_a_run_that_an_engine_took_meanwhile_is_left_to_it(sqlite_place: Place) -> None:
    """Interrupted after an engine had started and rescued the run: it goes on there."""

    async def look() -> list[tuple[Job, RunState]]:
        database = Database(sqlite_place, SystemClock())
        asked = runs_desk.asked(Job.RESYNC, [None], database)
        mine = await runs_desk.taken(database, asked)
        async with database.write() as tx:
            await runs.give_back(tx, mine[0].node_id)
            [theirs] = await runs.take(tx, uuid4(), database.clock.now(), [mine[0].id])
        await runs_desk.cancel_open(database, mine)
        async with database.read() as tx:
            found = [(run.job, run.state) for run in await runs.open_runs(tx)]
        await runs_desk.cancel_open(database, [theirs])
        await database.close()
        return found

    assert asyncio.run(look()) == [(Job.RESYNC, RunState.RUNNING)]
    assert waiting(sqlite_place) == []


def test_with_a_living_engine_it_is_queued(shell: Shell, sqlite_place: Place) -> None:
    """The engine does it; without --wait the command ends at once."""
    engine_seen(sqlite_place, timedelta(seconds=0))
    said = shell.run("resync", "--all")
    assert (said.code, said.out) == (
        0,
        "queued 1 run; `bisonwatch status` or the terminal shows them\n",
    )
    assert waiting(sqlite_place) == [(Job.RESYNC, RunState.QUEUED)]


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("nowhere", "no workspace answers to 'nowhere' (`bisonwatch status` lists them)"),
        ("north", "no workspace answers to 'north' (did you mean main/12 (Northwind Desk)?)"),
        ("main/99", "no workspace answers to 'main/99' (`bisonwatch status` lists them)"),
        (
            "13",
            "'13' is the name of 2 workspaces: main/13 (Cobalt Ridge), main/14 (13) (write instance/id)",
        ),
    ],
)
def test_a_word_that_names_none_or_several_is_refused(
    shell: Shell, sqlite_place: Place, word: str, line: str
) -> None:
    """With the candidates."""
    known(sqlite_place, {12: "Northwind Desk", 13: "Cobalt Ridge", 14: "13"})
    said = shell.run("resync", word)
    assert (said.code, said.out, said.err) == (2, "", f"bisonwatch: {line}\n")
    assert waiting(sqlite_place) == []


def test_with_nothing_discovered_there_is_nothing_to_resync(shell: Shell) -> None:
    """And the way out is named."""
    said = shell.run("resync", "--all")
    assert (said.code, said.err) == (
        2,
        "bisonwatch: no workspace is known yet (`bisonwatch webhooks list` asks the provider which there are)\n",
    )


def test_a_provider_that_cannot_be_reached_is_one_line_each(
    shell: Shell, sqlite_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 1; no key and no traceback in it."""
    monkeypatch.setattr(caller, "TRIES", 1)
    known(sqlite_place, {12: "Northwind Desk"})
    said = shell.run("webhooks", "list")
    assert said.code == 1
    assert said.err == f"bisonwatch: 127.0.0.1:9 GET /api/users: {AWAY}\n"
    assert said.out.startswith(f"main/12 Northwind Desk: failed: 127.0.0.1:9 GET /api/users: {AWAY}")


def test_a_rejected_key_says_where_to_look(
    shell: Shell, sqlite_place: Place, provider: dict[str, Any]
) -> None:
    """The key itself is not repeated."""
    shell.config = config_of(sqlite_place, url=provider["url"])
    said = shell.run("webhooks", "list")
    assert said.code == 1
    assert "401" in said.err
    assert "key" in said.err
    assert KEY not in said.out + said.err


def test_an_instance_whose_key_is_rejected_names_no_workspaces(
    shell: Shell, sqlite_place: Place, provider: dict[str, Any]
) -> None:
    """That is a failure, not an empty list."""
    shell.config = config_of(sqlite_place, url=provider["url"], api_key=KEY, workspaces="all")
    said = shell.run("webhooks", "list")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1


def hooks_of(watching: Shell) -> dict[int, list[dict[str, Any]]]:
    """What `list --json` says of each workspace's subscriptions."""
    found = watching.run("webhooks", "list", "--json").json
    return {row["workspace"]: row["subscriptions"] for row in found["workspaces"]}


def at_provider(watching: Shell, method: str, route: str, body: dict[str, Any] | None = None) -> Any:
    """Somebody else at work in the first workspace."""
    instance = watching.config["instances"][0]
    headers = {"authorization": f"Bearer {instance['workspaces'][0]['api_key']}"}
    return httpx.request(method, instance["url"] + route, json=body, headers=headers).json()["data"]


def test_what_drifted_is_told_repaired_and_removed(watching: Shell) -> None:
    """Somebody took types away and pointed another subscription at a place of theirs: only ours is ever touched."""
    assert watching.run("webhooks", "register", "--all").code == 0
    theirs = at_provider(
        watching,
        "POST",
        "/api/webhook-url",
        {"name": "crm", "url": "https://u:pw@crm.example/in/s3cret-path?k=s3cret", "events": ["email_sent"]},
    )
    [ours] = [hook for hook in hooks_of(watching)[12] if hook["ours"]]
    changed = {
        "name": "x",
        "url": f"http://127.0.0.1:8787/webhooks/main/{HOOK_TOKEN}?workspace=12",
        "events": ["email_sent"],
    }
    at_provider(watching, "PUT", f"/api/webhook-url/{ours['id']}", changed)
    listed = watching.run("webhooks", "list", "main/12")
    assert "our webhook subscription lacks manual_email_sent, lead_first_contacted and 14 more" in listed.out
    assert " 1 type   https://crm.example/•••" in listed.out
    assert "s3cret" not in listed.out
    row = watching.run("webhooks", "list", "main/12", "--json").json["workspaces"][0]
    assert (row["state"], row["error"], row["canary"]["arrived_at"]) == ("drifted", None, None)
    repaired = watching.run("webhooks", "register", "main/12", "--json").json["workspaces"][0]
    assert (repaired["change"], repaired["id"], len(repaired["types"])) == ("repaired", ours["id"], 17)
    gone = watching.run("webhooks", "remove", "--all", "--yes")
    assert (gone.code, gone.out.count(": removed\n")) == (0, 3)
    assert [hook["id"] for hooks in hooks_of(watching).values() for hook in hooks] == [theirs["id"]]
    again = watching.run("webhooks", "remove", "main/12", "--yes", "--json").json
    assert again["workspaces"][0]["removed"] == 0
    at_provider(watching, "DELETE", f"/api/webhook-url/{theirs['id']}")


def test_removing_asks_a_person(watching: Shell) -> None:
    """Where nobody can be asked, nothing is taken away."""
    watching.run("webhooks", "register", "main/12")
    said = watching.run("webhooks", "remove", "main/12")
    assert said.code == 2
    assert "take our webhook subscription away from main/12" in said.err
    assert [hook["ours"] for hook in hooks_of(watching)[12]] == [True]


def test_one_workspace_that_fails_leaves_the_others(watching: Shell) -> None:
    """Exit 1; its line, and its member of the object, say why."""
    watching.config["instances"][0]["workspaces"][1]["api_key"] = "99|nobody"
    said = watching.run("webhooks", "register", "--all", "--json")
    errors = {row["workspace"]: row["error"] for row in said.json["workspaces"]}
    assert said.code == 1
    assert [number for number, error in errors.items() if error] == [13]
    assert "401" in errors[13]


def test_a_test_event_without_an_engine_says_so_at_once(watching: Shell) -> None:
    """Nobody listens, so nothing is sent."""
    said = watching.run("webhooks", "test", "main/12")
    assert said.code == 1
    assert said.out == (
        "main/12 Northwind Desk: failed: no engine is running on this database, so nothing listens; start "
        "`bisonwatch --daemon`\n"
    )


def test_a_test_event_that_does_not_arrive_says_why(watching: Shell, sqlite_place: Place) -> None:
    """An engine lives on the database, but the public address leads to nobody."""
    engine_seen(sqlite_place, timedelta(seconds=0))
    watching.config["listener"]["public_url"] = "http://127.0.0.1:9"
    said = watching.run("webhooks", "test", "main/12", "--wait", "1", "--json")
    [row] = said.json["workspaces"]
    assert said.code == 1
    assert row["error"] == (
        "no test event within 1 s: 127.0.0.1 in listener.public_url is an address that the provider cannot reach from "
        "outside"
    )
    listed = watching.run("webhooks", "list", "main/12")
    assert "no test event arrives since " in listed.out


def compared(place: Place, age: timedelta = timedelta(minutes=5), days: int = 7, **told: int) -> WorkspaceKey:
    """A workspace first seen a week ago, whose provider told these numbers for yesterday some minutes ago."""
    key = WorkspaceKey("main", 12)

    async def write() -> None:
        database = Database(place, SystemClock())
        now = database.clock.now()
        series = {Metric(name): {(now - timedelta(days=1)).date(): n} for name, n in told.items()}
        async with database.write() as tx:
            await workspaces.see(tx, key, "Northwind Desk", now - timedelta(days=days))
            await counts.report(tx, key, series, now - age)
        await database.close()

    asyncio.run(write())
    return key


def test_a_check_tells_what_drifts_and_exits_1(watching: Shell, sqlite_place: Place) -> None:
    """Without an engine the command does it itself; what it found is on stdout, a line for each day and number."""
    compared(sqlite_place, sent=400, replied=3)
    said = watching.run("check", "main/12")
    lines = said.out.splitlines()
    assert said.code == 1
    assert lines[0].startswith(
        "main/12 Northwind Desk: drift 100.00%, 400 sent mails fewer than the provider reports"
    )
    assert any(" sent         0 here, 400 at the provider: 400 sent mails fewer" in line for line in lines)
    assert not any(" replied " in line for line in lines)
    assert said.err.splitlines()[0] == "no engine is running on this database: this command does it itself"
    assert (Job.RESYNC, RunState.QUEUED) in waiting(sqlite_place)


def test_a_check_that_cannot_tell_exits_1(watching: Shell, sqlite_place: Place) -> None:
    """No full day has passed since the workspace was first seen: that is no drift, and nothing to rely on either."""
    compared(sqlite_place, days=0, sent=400)
    said = watching.run("check", "main/12", "--json")
    [row] = said.json["workspaces"]
    assert (said.code, row["drift"], row["over"]) == (1, None, False)


def test_a_check_that_finds_nothing_exits_0(watching: Shell, sqlite_place: Place) -> None:
    """As one object with `--json`, every figure of every day in it."""
    compared(sqlite_place, sent=4, replied=0)
    said = watching.run("check", "--json")
    assert said.code == 0
    found = said.json
    assert found["threshold"] == 0.05
    [row] = [item for item in found["workspaces"] if item["workspace"] == 12]
    assert (row["drift"], row["over"], row["name"]) == (0.0, False, "Northwind Desk")
    assert {
        "day",
        "metric",
        "counted",
        "reported",
        "drift",
        "reason",
        "as_of",
        "checked_at",
        "healed_at",
        "resync_id",
    } == {name for day in row["days"] for name in day}
    assert {day["metric"] for day in row["days"]} >= {"sent", "replied", "accounts", "leads"}
    status = watching.run("status", "--json").json
    assert status["workspaces"][0]["drift"] == 0.0


def test_a_check_of_nobody_that_answers_exits_1(shell: Shell, sqlite_place: Place) -> None:
    """It could not be told, which is not well."""
    compared(sqlite_place, sent=4)
    said = shell.run("check")
    assert said.code == 1
    assert said.out == "main/12 Northwind Desk: never compared\n"
    assert AWAY in said.err


def test_a_job_is_done_by_the_command_where_no_engine_lives(watching: Shell, sqlite_place: Place) -> None:
    """For all workspaces."""
    known(sqlite_place, {12: "Northwind Desk"})
    said = watching.run("jobs", "run", "full")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].startswith("full: success in ")


def test_a_job_is_queued_once(shell: Shell, sqlite_place: Place) -> None:
    """With a living engine; the second one is told that it is there already."""
    engine_seen(sqlite_place, timedelta(seconds=0))
    first = shell.run("jobs", "run", "consistency")
    assert (first.code, first.out) == (
        0,
        "queued consistency; `bisonwatch status` or the terminal shows it\n",
    )
    assert waiting(sqlite_place) == [(Job.CONSISTENCY, RunState.QUEUED)]
    second = shell.run("jobs", "run", "consistency")
    assert (second.code, second.out) == (2, "")
    assert (
        second.err == "bisonwatch: consistency is queued already (`bisonwatch status` shows how far it is)\n"
    )


def test_jobs_are_listed_with_their_rhythms(shell: Shell, sqlite_place: Place) -> None:
    """All of them; a name that is none of them is refused with their names."""
    shell.config["sync"] = {"full_at": "15 4 * * 1"}
    listed = shell.run("jobs", "list").out.splitlines()
    names = [line.split()[0] for line in listed]
    assert sorted(names) == sorted(set(Job) - {Job.RESYNC, Job.BACKFILL})
    assert any(re.match(r"full +at 15 4 \* \* 1 +never ran", line) for line in listed)
    assert len({line.index(" next ") for line in listed if " next " in line}) <= 1
    assert len({line.index("never ran") for line in listed}) == 1
    assert [job["name"] for job in shell.run("jobs", "list", "--json").json["jobs"]] == names
    shell.config["timezone"] = "Europe/Berlin"
    assert shell.run("jobs", "list").out.splitlines()[-1] == "cron expressions are read in Europe/Berlin"
    wrong = shell.run("jobs", "run", "ful")
    assert (wrong.code, wrong.err) == (2, f"bisonwatch: there is no job 'ful': {', '.join(names)}\n")
