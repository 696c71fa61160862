"""Commands that ask the provider: `webhooks` and `resync`, against a simulated one on a real port."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bisonwatch.clients.bison import caller
from bisonwatch.clock import SystemClock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, RunState
from bisonwatch.engine.scheduler import new_run
from bisonwatch.store import runs, workspaces
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
