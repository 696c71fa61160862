"""`bisonwatch db upgrade` while somebody else has SQLite's one place for a writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bisonwatch.cli import db_upgrade
from bisonwatch.store import dialect, migrate
from bisonwatch.store.database import Database
from bisonwatch.store.migrate import HEAD, Schema
from tests.cli.conftest import Shell
from tests.support.schemas import stored_file

TRIES = 3


def test_the_second_of_two_upgrades_waits_for_the_first(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the first takes; that it waits is told once."""
    impatient = [words.replace("busy_timeout=5000", "busy_timeout=1") for words in dialect.PRAGMAS]
    monkeypatch.setattr(dialect, "PRAGMAS", impatient)
    monkeypatch.setattr(db_upgrade, "AGAIN_S", 0.0)
    place = stored_file("0001", tmp_path)
    shell.config["database"]["url"] = place.url
    upgrade, tries = migrate.upgrade, list[int]()
    with closing(sqlite3.connect(str(place.file), isolation_level=None)) as first:
        first.execute("PRAGMA journal_mode=WAL")
        first.execute("BEGIN IMMEDIATE")

        async def tried(database: Database, tell: Callable[[str], None]) -> Schema:
            tries.append(1)
            if len(tries) == TRIES:
                first.execute("ROLLBACK")
            return await upgrade(database, tell)

        monkeypatch.setattr(migrate, "upgrade", tried)
        said = shell.run("db", "upgrade")
    assert (said.code, said.out) == (0, f"{place.shown}: schema 0001 → {HEAD}\n")
    assert said.err.splitlines()[0] == (
        f"another program writes to {place.shown}, an upgrade perhaps: waiting for it"
    )
    assert (said.err.count("waiting"), len(tries)) == (1, TRIES)


def test_what_no_waiting_mends_is_told_at_once(shell: Shell) -> None:
    """Only a writer that goes away is waited for."""
    place = shell.folder / "text.db"
    place.write_text("Dear reader, " * 1000)
    shell.config["database"]["url"] = f"sqlite:///{place}"
    said = shell.run("db", "upgrade")
    assert (said.code, said.err.count("\n"), said.err[:11]) == (1, 1, "bisonwatch:")
