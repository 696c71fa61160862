"""`bisonwatch export`: files and pipes for other tools."""

from __future__ import annotations

import asyncio
import csv
import errno
import gzip
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bisonwatch.cli.export_file import opened_for
from bisonwatch.cli.export_progress import Progress
from bisonwatch.clock import SystemClock
from bisonwatch.domain.export import LEADS, RUNS
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Run, RunState
from bisonwatch.errors import StartError
from bisonwatch.exports.writing import Form
from bisonwatch.store import facts, leads, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.cli.conftest import KEY, Shell
from tests.support.clock import ManualClock
from tests.support.news import NOON, NORTHWIND, at, fact, lead

OTHER = WorkspaceKey("main", 31)
HOSTILE = '=HYPERLINK("https://evil.example","Pia, \x9b2J\u202e")'
"""As it came past us: a formula, an escape sequence of one character, a turn of direction, quotes and a comma."""


@pytest.fixture
def place(sqlite_place: Place) -> Place:
    """Two workspaces, a hostile lead, two facts and a run that quotes a key."""

    async def put() -> None:
        database = Database(sqlite_place, SystemClock())
        async with database.write() as tx:
            await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
            await workspaces.see(tx, OTHER, "Bright Molar", NOON)
            names = {NORTHWIND: "Northwind Desk"}
            news = [lead("pia@molar.example", name=HOSTILE), lead("rolf@molar.example", name="x" * 5_000)]
            await leads.write(tx, news, names, NOON)
            await facts.add(tx, [fact("s:1"), fact("s:2", when=at(60), workspace=OTHER)])
            await runs.queue(
                tx, [Run(uuid7(NOON), Job.POLL, None, (), f"ops with {KEY}", RunState.QUEUED, NOON)]
            )
        await database.close()

    asyncio.run(put())
    return sqlite_place


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.usefixtures("place")
def test_to_stdout(shell: Shell) -> None:
    """Without more words it is csv on stdout, guarded, and nothing else is said."""
    said = shell.run("export", "leads")
    assert (said.code, said.err) == (0, "")
    pia, rolf = rows(said.out)
    assert tuple(pia) == LEADS.names
    assert (pia["first_name"], rolf["first_name"]) == (f"'{HOSTILE}", "x" * 5_000)
    assert shell.run("export", "leads", "--output", "-").out == said.out
    [bare] = rows(shell.run("export", "leads", "--no-guard", "--limit", "1").out)
    assert bare["first_name"] == HOSTILE


@pytest.mark.usefixtures("place")
def test_formats_by_the_files_name(shell: Shell, tmp_path: Path) -> None:
    """The same row in every kind of file; each is only ours to read, and told in one line."""
    for name in ("o.csv", "o.jsonl", "o.ndjson.gz", "o.parquet"):
        said = shell.run("export", "leads", "--output", name, "--limit", "1")
        assert said.out.startswith(f"1 leads written to {tmp_path / name}: ")
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert rows((tmp_path / "o.csv").read_text())[0]["email"] == "pia@molar.example"
    line = json.loads((tmp_path / "o.jsonl").read_bytes())
    assert json.loads(gzip.decompress((tmp_path / "o.ndjson.gz").read_bytes())) == line
    assert (line["first_name"], line["known_at"]) == (HOSTILE, "2026-11-20T12:00:00Z")
    [row] = pq.read_table(tmp_path / "o.parquet").to_pylist()
    assert (row["first_name"], row["known_at"], row["phone"]) == (HOSTILE, NOON, None)


@pytest.mark.usefixtures("place")
def test_workspaces_and_dates(shell: Shell) -> None:
    """Only the named workspaces, only what happened in between."""

    def keys(*words: str) -> list[str]:
        return [row["key"] for row in rows(shell.run("export", "events", *words).out)]

    assert keys() == ["s:1", "s:2"]
    assert keys("--workspace", "bright molar") == ["s:2"]
    assert keys("--workspace", "12", "--workspace", "main/31") == ["s:1", "s:2"]
    assert keys("--until", "2026-11-20T13:00") == ["s:1"]
    assert keys("--since", "2026-11-20T13:00") == ["s:2"]


@pytest.mark.usefixtures("place")
def test_no_key_leaves_in_an_export(shell: Shell) -> None:
    """A run that quotes a key in use is exported with the key masked, in each format."""
    for form in ("csv", "jsonl", "parquet"):
        assert shell.run("export", "runs", "--format", form, "--output", f"o.{form}").code == 0
        assert KEY.encode() not in Path(f"o.{form}").read_bytes()
    assert rows(Path("o.csv").read_text())[0]["asked_by"] == "ops with •••"
    assert pq.read_table("o.parquet").schema.names == list(RUNS.names)


WRONG = {
    ("export", "leads", "--since", "3d"): "leads have no date to choose by",
    ("export", "events", "--since", "soon"): "--since takes 24h",
    ("export", "events", "--until", "soon"): "--until takes 24h",
    ("export", "leads", "--workspace", "nobody"): "no workspace answers to 'nobody'",
    ("export", "leads", "--format", "parquet"): "parquet needs a file (--output leads.parquet)",
    ("export", "leads", "--output", "o.parquet", "--gzip"): "parquet is compressed by itself",
    ("export", "leads", "--format", "jsonl", "--bom"): "--bom and --no-guard are of csv, not of jsonl",
    ("export", "leads", "--force"): "--force goes with --output FILE",
    ("export", "leads", "--output", "/dev/null"): "/dev/null is no file",
    ("export", "leads", "--output", "there.csv"): "there.csv is there already (--force replaces it)",
    ("export", "leads", "--output", "mirror.db", "--force"): "mirror.db is the mirror itself",
    ("export", "leads", "--output", "mirror.db-wal", "--force"): "mirror.db-wal is the mirror itself",
    ("export", "letters"): "'letters' is not one of",
}


@pytest.mark.usefixtures("place")
def test_what_cannot_be_done(shell: Shell) -> None:
    """Each wrong call is one line on stderr with exit code 2, and writes nothing."""
    Path("there.csv").write_text("mine")
    for words, told in WRONG.items():
        said = shell.run(*words)
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1), words
        assert told in said.err
    assert Path("there.csv").read_text() == "mine"
    assert not [file for file in Path.cwd().iterdir() if file.name.startswith("o.")]


@pytest.mark.usefixtures("place")
def test_replacing_and_links(shell: Shell) -> None:
    """--force replaces the file that a link leads to; the link stays."""
    Path("there.csv").write_text("mine")
    Path("link.csv").symlink_to("there.csv")
    assert shell.run("export", "workspaces", "--output", "link.csv", "--force").code == 0
    assert Path("link.csv").is_symlink()
    assert [row["workspace_name"] for row in rows(Path("there.csv").read_text())] == [
        "Northwind Desk",
        "Bright Molar",
    ]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_half_a_file_is_none(tmp_path: Path, error: BaseException) -> None:
    """Full disk or Ctrl-C in the middle: what was there stays, nothing is left beside it, and a full disk is one line."""
    file = tmp_path / "o.csv"
    file.write_text("mine")
    ours = StartError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(ours) as told:
        _half(file, error)
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text() == "mine"
    if ours is StartError:
        assert str(told.value) == f"{file} cannot be written: no space left on device"


def _half(file: Path, error: BaseException) -> None:
    with opened_for(file, Form()) as out:
        out.write(b"half")
        raise error


@pytest.mark.usefixtures("place")
def test_it_can_be_ended(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM in the middle ends it as Ctrl-C does: one line, exit code 130, and nothing is left."""
    monkeypatch.setattr(Progress, "__call__", lambda _self, _rows: os.kill(os.getpid(), signal.SIGTERM))
    said = shell.run("export", "leads", "--output", "o.csv")
    assert (said.code, said.out, said.err) == (130, "", "bisonwatch: stopped\n")
    assert [file for file in Path.cwd().iterdir() if "o.csv" in file.name] == []


async def test_progress_is_drawn_where_it_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """At most ten times a second, with the rows there are as soon as they are counted; elsewhere nothing is said."""
    clock = ManualClock(NOON)
    for drawn in (True, False):
        progress = Progress(clock, "leads", drawn=drawn)
        progress(2_000)
        progress(4_000)
        progress.total = 5_000
        await clock.advance(0.2)
        progress(6_000)
        progress.end()
    lines = "\r2,000 leads\033[K\r6,000 of about 6,000 leads\033[K\r\033[K"
    assert capsys.readouterr().err == lines


@pytest.mark.usefixtures("place")
def test_a_terminal_is_not_moved(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal nothing in a row can move the cursor or turn text round, and compressed bytes are refused."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    said = shell.run("export", "leads", "--format", "jsonl")
    assert (said.code, "Pia, \ufffd2J\ufffd" in said.out) == (0, True)
    assert not {"\x9b", "\u202e"} & set(said.out)
    refused = shell.run("export", "leads", "--gzip")
    assert (refused.code, refused.out) == (2, "")


@pytest.mark.usefixtures("place")
def test_head_has_had_enough(shell: Shell) -> None:
    """A reader that goes away is no failure, and nothing is said about it."""
    command = [sys.executable, "-m", "bisonwatch", "--config", str(shell.write()), "export", "leads"]
    near, far = os.pipe()
    os.close(near)
    done = subprocess.run(command, stdout=far, stderr=subprocess.PIPE, timeout=40, check=False)
    os.close(far)
    assert (done.returncode, done.stderr) == (0, b"")
