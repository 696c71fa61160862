"""`bisonwatch db backup`, as a user calls it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bisonwatch.store.backup import dump_command
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell


def test_a_backup_is_a_mirror_of_its_own(shell: Shell, sqlite_place: Place) -> None:
    """It is told in one line, is nobody else's to read, can be opened where it is, and shrinks as the mirror does."""
    file = shell.folder / "kept.db"
    said = shell.run("db", "backup", str(file))
    size = f"{file.stat().st_size / 1e6:,.1f} MB"
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{sqlite_place.file} copied to {file}: {size}, checked\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in shell.folder.glob("kept*")) == ["kept.db"]
    with closing(sqlite3.connect(file)) as copied:
        assert copied.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    shell.config["database"]["url"] = f"sqlite:///{file}"
    assert shell.run("db", "status").code == 0


def test_a_file_that_is_there_is_kept(shell: Shell, sqlite_place: Place) -> None:
    """Without --force nothing is replaced; and the mirror never."""
    file = shell.folder / "kept.db"
    file.write_text("older")
    said = shell.run("db", "backup", str(file))
    assert (said.code, said.err) == (2, f"bisonwatch: {file} is there already (--force replaces it)\n")
    assert file.read_text() == "older"
    assert shell.run("db", "backup", "--force", str(file)).code == 0
    assert file.read_bytes().startswith(b"SQLite format 3")
    said = shell.run("db", "backup", "--force", str(sqlite_place.file))
    assert (said.code, said.err) == (2, f"bisonwatch: {sqlite_place.file} is the mirror itself\n")
    said = shell.run("db", "backup", "--force", f"{sqlite_place.file}-wal")
    assert (said.code, said.err) == (2, f"bisonwatch: {sqlite_place.file}-wal is the mirror's own log\n")


def test_what_cannot_be_written_is_told(shell: Shell) -> None:
    """A folder that is not there, in one line, and nothing is left behind."""
    file = shell.folder / "nowhere" / "kept.db"
    said = shell.run("db", "backup", str(file))
    assert (said.code, said.err) == (
        1,
        f"bisonwatch: {file} cannot be written: No such file or directory\n",
    )


def test_on_postgres_its_own_tool_is_named(shell: Shell) -> None:
    """The whole command, without the password."""
    shell.config["database"]["url"] = "postgresql://mirror:hunter2@db.example:5433/bison"
    said = shell.run("db", "backup", "/backups/to day.dump")
    assert (said.code, said.err) == (
        2,
        "bisonwatch: postgresql://mirror:***@db.example:5433/bison is Postgres; its own tool makes the backup: "
        "pg_dump --format=custom --schema=bisonwatch '--file=/backups/to day.dump' "
        "postgresql://mirror@db.example:5433/bison\n",
    )


def test_the_command_for_postgres_has_no_option_that_its_tool_refuses() -> None:
    """`pgbouncer=true` is for other programs; what libpq knows stays."""
    place = Place("postgresql://mirror@db.example/bison?pgbouncer=true&sslmode=require")
    assert dump_command(place, Path("x")).endswith(" 'postgresql://mirror@db.example/bison?sslmode=require'")


def test_a_copy_that_is_not_whole_is_thrown_away(shell: Shell, sqlite_place: Place) -> None:
    """A mirror whose pages are damaged makes no backup; the one that is there stays."""
    assert sqlite_place.file is not None
    kept = shell.folder / "kept.db"
    kept.write_text("older")
    pages = bytearray(sqlite_place.file.read_bytes())
    for place in range(4096 * 3, len(pages), 4096):
        pages[place : place + 64] = b"\xff" * 64
    Path(sqlite_place.file).write_bytes(pages)
    said = shell.run("db", "backup", "--force", str(kept))
    assert said.code == 1
    assert "is not whole" in said.err or "could not be copied" in said.err
    assert [path.name for path in shell.folder.glob("kept*")] == ["kept.db"]
    assert kept.read_text() == "older"
