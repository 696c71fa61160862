"""`bisonwatch db backup --force` over a file that has a log of its own: SQLite would play that over whatever stands there next."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bisonwatch.store.place import Place
from tests.cli.conftest import Shell

WRITER = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA journal_mode=" + sys.argv[2])
file.execute("PRAGMA wal_autocheckpoint=0")
file.execute("PRAGMA cache_size=1")
file.execute("BEGIN")
for number in range(3000):
    file.execute("INSERT INTO bodies (id, body) VALUES (?, zeroblob(1000))", (f"{number:032x}",))
if sys.argv[2] == "WAL":
    file.execute("COMMIT")
print("written", flush=True)
sys.stdin.read()
"""


def killed_writer(file: Path, mode: str) -> None:
    """Somebody wrote to the older backup (a restore that was tried on it, say) and was killed: its log stays."""
    words = [sys.executable, "-c", WRITER, str(file), mode]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        count: int = opened.execute("SELECT count(*) FROM bodies").fetchone()[0]
        return count


@pytest.fixture
def kept(shell: Shell) -> Path:
    """An older backup, under the name that the next shall have."""
    file = shell.folder / "kept.db"
    assert shell.run("db", "backup", str(file)).code == 0
    return file


def beside(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.glob(f"{file.name}*"))


@pytest.mark.parametrize(("mode", "log"), [("WAL", "-wal"), ("DELETE", "-journal")])
def test_a_log_of_the_older_file_is_not_played_over_the_new(
    shell: Shell, kept: Path, mode: str, log: str
) -> None:
    """What is called checked is what is there when it is opened."""
    killed_writer(kept, mode)
    assert f"kept.db{log}" in beside(kept)
    assert shell.run("db", "backup", "--force", str(kept)).code == 0
    assert beside(kept) == ["kept.db"]
    assert rows(kept) == 0


@pytest.mark.parametrize("how", ["rw", "ro"])
def test_a_file_that_is_open_elsewhere_is_left_alone(shell: Shell, kept: Path, how: str) -> None:
    """Whoever works on it would write the log anew: one clear sentence, and nothing is changed."""
    killed_writer(kept, "WAL")
    with closing(sqlite3.connect(f"{kept.as_uri()}?mode={how}", uri=True)) as reader:
        assert reader.execute("SELECT count(*) FROM bodies").fetchone() == (3000,)
        said = shell.run("db", "backup", "--force", str(kept))
        assert (said.code, said.err) == (
            1,
            f"bisonwatch: {kept} is open in another program (stop that, or name another file)\n",
        )
        assert "kept.db.part" not in beside(kept)
    assert rows(kept) == 3000


def test_a_log_without_its_file_is_replaced_by_force_only(shell: Shell, kept: Path) -> None:
    """A file that was moved away may have left it."""
    killed_writer(kept, "WAL")
    kept.unlink()
    said = shell.run("db", "backup", str(kept))
    assert (said.code, said.err) == (2, f"bisonwatch: {kept}-wal is there already (--force replaces it)\n")
    assert shell.run("db", "backup", "--force", str(kept)).code == 0
    assert (beside(kept), rows(kept)) == (["kept.db"], 0)


def test_what_is_no_database_goes_with_its_log(shell: Shell, kept: Path) -> None:
    """Nobody can play such a log into such a file."""
    killed_writer(kept, "WAL")
    kept.write_text("Dear reader, " * 1000)
    assert shell.run("db", "backup", "--force", str(kept)).code == 0
    assert (beside(kept), rows(kept)) == (["kept.db"], 0)


def test_the_older_backup_stays_whole_when_the_new_one_fails(
    shell: Shell, kept: Path, sqlite_place: Place
) -> None:
    """What its log held is in it."""
    killed_writer(kept, "WAL")
    assert sqlite_place.file is not None
    sqlite_place.file.write_text("Dear reader, " * 1000)
    assert shell.run("db", "backup", "--force", str(kept)).code == 1
    moved = shell.folder / "moved"
    moved.mkdir()
    for name in beside(kept):
        shutil.move(shell.folder / name, moved / name)
    assert rows(moved / "kept.db") == 3000
