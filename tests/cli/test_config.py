"""`bisonwatch config` and `bisonwatch db`, and what a wrong configuration says."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bisonwatch.cli import db_upgrade
from bisonwatch.clock import SystemClock
from bisonwatch.store.database import Database
from bisonwatch.store.migrate import HEAD
from bisonwatch.store.place import Place
from tests.cli.conftest import HOOK_TOKEN, KEY, Shell
from tests.support.schemas import stored_file


def revised(place: Place, revision: str) -> None:
    """As another version of bisonwatch would have left it."""

    async def write() -> None:
        database = Database(place, SystemClock())
        async with database.write() as tx:
            await tx.run(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        await database.close()

    asyncio.run(write())


@pytest.mark.parametrize("words", [["status"], ["db", "status"], ["--daemon"], ["config", "check"], []])
def test_a_wrong_key_is_told_with_file_line_key_and_the_nearest_name(shell: Shell, words: list[str]) -> None:
    """Exit 2, whatever was asked."""
    shell.config["sync"] = {"pol_every": "5m"}
    said = shell.run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"bisonwatch: {shell.folder}/bisonwatch.yaml:")
    assert said.err.endswith(": sync.pol_every: unknown key; did you mean poll_every?\n")


def test_without_instances_there_is_nothing_to_watch(shell: Shell) -> None:
    """And the way out is named."""
    shell.config["instances"] = []
    for words in (["--daemon"], ["resync", "--all"], ["webhooks", "list"]):
        said = shell.run(*words)
        assert (said.code, said.err) == (
            2,
            "bisonwatch: nothing to watch: the configuration names no instances "
            "(`bisonwatch config init` writes an example file; `bisonwatch demo` needs none)\n",
        )


def test_a_file_that_is_not_there_is_one_line(shell: Shell) -> None:
    """With the command that writes one."""
    said = shell.run("--config", "nowhere.yaml", "status")
    assert (said.code, said.err) == (
        2,
        "bisonwatch: nowhere.yaml: no such file (`bisonwatch config init` writes one)\n",
    )


def test_init_writes_a_file_that_can_be_checked(shell: Shell, tmp_path: Path) -> None:
    """Not over one that is there, unless forced."""
    said = shell.run("config", "init", str(tmp_path / "new.yaml"))
    assert (said.code, said.out.split(";")[0]) == (0, f"wrote {tmp_path / 'new.yaml'}")
    again = shell.run("config", "init", str(tmp_path / "new.yaml"))
    assert (again.code, again.err) == (
        2,
        f"bisonwatch: {tmp_path / 'new.yaml'} is there already (--force overwrites it)\n",
    )
    assert shell.run("config", "init", str(tmp_path / "new.yaml"), "--force").code == 0
    assert shell.run("--config", str(tmp_path / "new.yaml"), "config", "show").code == 0


def test_check_counts_what_it_remarks(shell: Shell) -> None:
    """A secret in the file is a warning; one that is not set an error, and exit 2."""
    said = shell.run("config", "check")
    assert said.code == 0
    assert said.out.splitlines()[-1].endswith("bisonwatch.yaml: 0 errors, 3 other remarks")
    shell.config["instances"][0]["webhook_token"] = "env:NOT_SET_ANYWHERE"
    said = shell.run("config", "check")
    assert said.code == 2
    assert "error: " in said.out
    assert "the environment variable NOT_SET_ANYWHERE is not set" in said.out


def test_show_masks_secrets_and_says_where_values_come_from(shell: Shell) -> None:
    """Neither the key nor the token is printed."""
    said = shell.run("config", "show")
    assert said.code == 0
    assert KEY not in said.out
    assert HOOK_TOKEN not in said.out
    assert any(
        line.split()[:2] == ["listener.port", "0"] and "bisonwatch.yaml:" in line
        for line in said.out.splitlines()
    )


def test_an_unset_secret_keeps_the_engine_from_starting(shell: Shell) -> None:
    """One line that names the variable; nothing was bound or written."""
    shell.config["instances"][0]["webhook_token"] = "env:NOT_SET_ANYWHERE"
    said = shell.run("--daemon")
    assert said.code == 2
    assert "the environment variable NOT_SET_ANYWHERE is not set" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("words", [["config", "check"], ["status"], ["--daemon"]])
def test_an_unknown_option_of_the_address_is_a_wrong_configuration(
    shell: Shell, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found when the file is read; behind a reference `check` remarks it, and nothing starts."""
    shell.config["database"]["url"] = "postgresql://u@h/db?foo=1"
    said = shell.run(*words)
    assert (said.code, "its option 'foo' is not known" in said.err) == (2, True)
    monkeypatch.setenv("MIRROR", "postgresql://u@h/db?foo=1")
    shell.config["database"]["url"] = "env:MIRROR"
    said = shell.run(*words)
    assert said.code == 2
    assert "env:MIRROR: its option 'foo' is not known" in said.out + said.err


def test_db_upgrade_makes_a_mirror_and_may_be_run_twice(shell: Shell, tmp_path: Path) -> None:
    """And `db status` says so before and after."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    shell.config["database"] = {"url": url}
    before = shell.run("db", "status")
    assert (before.code, "no database yet" in before.out) == (1, True)
    assert shell.run("db", "upgrade").out.startswith(f"{url}: schema none → ")
    assert "already at schema" in shell.run("db", "upgrade").out
    after = shell.run("db", "status")
    assert (after.code, ", up to date; " in after.out) == (0, True)
    assert after.out.endswith(" of write-ahead log\n")


@pytest.mark.parametrize(
    "words", [["db", "upgrade"], ["db", "status"], ["status"], ["--daemon"], ["resync", "--all"]]
)
def test_a_newer_database_is_refused(shell: Shell, sqlite_place: Place, words: list[str]) -> None:
    """By every command, and never touched."""
    revised(sqlite_place, "9999")
    said = shell.run(*words)
    assert said.code == 1
    assert "has schema 9999, this bisonwatch knows only up to" in said.out + said.err
    assert "(upgrade bisonwatch itself)" in said.out + said.err


async def test_a_long_upgrade_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line now and then says how long it has taken, until it is done."""
    told, lines = asyncio.Event(), []

    def tell(line: str) -> None:
        lines.append(line)
        told.set()

    async def work() -> str:
        await told.wait()
        return "done"

    monkeypatch.setattr(db_upgrade, "EVERY_S", 0.001)
    monkeypatch.setattr(db_upgrade, "_tell", tell)
    assert await db_upgrade.patiently(work()) == "done"
    assert lines[0] == "still at it, 0 s"


@pytest.mark.parametrize("words", [["db", "status"], ["status"], ["--daemon"], ["resync", "--all"]])
def test_an_older_database_waits_for_its_upgrade(shell: Shell, tmp_path: Path, words: list[str]) -> None:
    """Every command but `db upgrade` says what to run, and touches nothing."""
    place = stored_file("0001", tmp_path)
    shell.config["database"] = {"url": place.url}
    said = shell.run(*words)
    assert said.code == 1
    assert (
        f"has schema 0001, this bisonwatch needs {HEAD} (run `bisonwatch db upgrade`)" in said.out + said.err
    )
    with closing(sqlite3.connect(tmp_path / "stored.db")) as left:
        assert left.execute(
            "SELECT version_num, (SELECT count(body) FROM inbox) FROM alembic_version"
        ).fetchall() == [("0001", 361)]


def test_a_folder_that_cannot_be_made_is_one_line(shell: Shell) -> None:
    """No traceback."""
    shell.config["database"] = {"url": "sqlite:////dev/null/x/mirror.db"}
    said = shell.run("db", "upgrade")
    assert said.code == 1
    assert said.err.startswith("bisonwatch: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("door", ["api", "listener"])
@pytest.mark.parametrize("words", [["--daemon"], ["config", "check"]])
def test_a_public_address_without_tokens_is_refused(shell: Shell, door: str, words: list[str]) -> None:
    """Before anything is bound, with the file, the setting and what to do."""
    shell.config[door] = {"host": "0.0.0.0", "port": 0}
    shell.config["instances"][0].pop("webhook_token")
    said = shell.run(*words)
    assert said.code == 2
    assert f"{door}.host: is reachable from outside" in said.out + said.err
    assert "bisonwatch.yaml:" in said.out + said.err
