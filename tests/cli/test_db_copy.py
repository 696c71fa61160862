from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bisonwatch.cli.copy_progress import CopyProgress, line
from bisonwatch.clock import SystemClock
from bisonwatch.store import copies, nodes, tables
from bisonwatch.store import copy as copying
from bisonwatch.store.copy import Step
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from bisonwatch.store.place import Place
from bisonwatch.store.spool import SpoolFile
from tests.cli.conftest import Shell
from tests.support.clock import ManualClock
from tests.support.house import delivery
from tests.support.news import NOON

MANY = 60_000


async def fill(place: Place, count: int) -> None:
    database = Database(place, SystemClock())
    first = date(1900, 1, 1)
    rows = [
        {
            "instance": "main",
            "workspace_id": number // 20_000,
            "day": first + timedelta(days=number % 20_000),
            "metric": "sent",
            "n": number,
        }
        for number in range(count)
    ]
    async with database.write() as tx:
        if rows:
            await tx.run(tables.daily_counts.insert(), rows)
            await tx.run(tables.daily_reports.insert(), [row | {"as_of": NOON} for row in rows])
    await database.close()


async def beat(place: Place) -> None:
    database, now = Database(place, SystemClock()), datetime.now(UTC)
    async with database.write() as tx:
        await nodes.beat(tx, Node(UUID(int=1), "host-a", "1", 7, now, now, None, True, None, {}))
    await database.close()


async def begun(place: Place) -> str | None:
    database = Database(place, SystemClock())
    async with database.read() as tx:
        found = await copies.unfinished(tx)
    await database.close()
    return found


async def spool(file: Path, mirror: str, count: int) -> None:
    held = SpoolFile(file, 1 << 24, mirror)
    await held.put([delivery(b"{}", NOON + timedelta(seconds=number)) for number in range(count)])
    await held.close()


@pytest.fixture
def there(postgres_place: Place) -> Iterator[Place]:
    """Where the copies go."""
    return postgres_place


def test_there_and_back(shell: Shell, sqlite_place: Place, there: Place, tmp_path: Path) -> None:
    """From a file to Postgres and from there to a file: each says how many rows are equal and what to do next."""
    asyncio.run(fill(sqlite_place, 3))
    said = shell.run("db", "copy", "--to", there.url)
    assert (said.code, said.out) == (
        0,
        f"{len(copying.TABLES)} tables, 6 rows: equal in both\n"
        f"next: set database.url to {there.shown} (`bisonwatch config show` tells where it is set) "
        f"and start the engine; keep {sqlite_place.shown} until you trust the new one\n",
    )
    assert "copying daily_counts: 3 of 3 rows\n" in said.err
    assert "comparing daily_counts: 3 of 3 rows\n" in said.err
    shell.config["database"]["url"] = there.url
    back = shell.run("db", "copy", "--to", f"sqlite:///{tmp_path / 'back.db'}", "--json")
    assert back.code == 0
    assert back.json["equal"] is True
    assert back.json["rows"] | {"daily_counts": 3, "daily_reports": 3} == back.json["rows"]
    assert shell.run("db", "copy", "--to", f"sqlite:///{tmp_path / 'back.db'}", "--verify-only").code == 0


def test_a_target_with_data_is_refused_unless_told(shell: Shell, sqlite_place: Place, there: Place) -> None:
    """Exit 2 with the tables that hold rows; --replace asks a person, and --yes is the answer."""
    asyncio.run(fill(sqlite_place, 3))
    asyncio.run(fill(there, 5))
    refused = shell.run("db", "copy", "--to", there.url)
    assert refused.code == 2
    assert "holds data already (daily_counts, daily_reports) (--replace deletes" in refused.err
    asked = shell.run("db", "copy", "--to", there.url, "--replace")
    assert asked.code == 2
    assert "will be deleted (daily_counts, daily_reports) (say --yes if that is meant)" in asked.err
    told = shell.run("db", "copy", "--to", there.url, "--replace", "--yes", "--json")
    assert (told.code, told.json["rows"]["daily_counts"]) == (0, 3)


def test_living_engines_are_in_the_way(shell: Shell, sqlite_place: Place, there: Place) -> None:
    """On the source --yes is enough; on the target nothing is."""
    asyncio.run(beat(sqlite_place))
    refused = shell.run("db", "copy", "--to", there.url)
    assert refused.code == 2
    assert "an engine is running, host-a (pid 7), on" in refused.err
    told = shell.run("db", "copy", "--to", there.url, "--yes")
    assert told.code == 0
    assert "the target will be as of now" in told.err
    asyncio.run(beat(there))
    never = shell.run("db", "copy", "--to", there.url, "--yes", "--replace")
    assert never.code == 2
    assert "stop it first" in never.err


def test_what_waits_in_the_spool_is_told(
    shell: Shell, sqlite_place: Place, there: Place, tmp_path: Path
) -> None:
    """Deliveries that this node holds for the source are not in it yet: --yes is needed; those for others are nobody's concern here."""
    file = tmp_path / "spool.db"
    shell.config["spool"] = {"path": str(file)}
    asyncio.run(spool(file, "postgresql://elsewhere", 1))
    assert shell.run("db", "copy", "--to", there.url).code == 0
    asyncio.run(spool(file, sqlite_place.mirror, 2))
    before = file.stat().st_mtime_ns
    refused = shell.run("db", "copy", "--to", there.url, "--replace")
    told = (
        f"2 deliveries wait in the spool {file} for {sqlite_place.shown} and will not be in the copy: "
        "start the engine on the source until the spool is empty"
    )
    assert (refused.code, refused.err) == (2, f"bisonwatch: {told} (say --yes if that is meant)\n")
    agreed = shell.run("db", "copy", "--to", there.url, "--replace", "--yes")
    assert (agreed.code, f"bisonwatch db copy: {told}\n" in agreed.err) == (0, True)
    assert file.stat().st_mtime_ns == before


def test_a_spool_that_cannot_be_read_is_told(shell: Shell, there: Place, tmp_path: Path) -> None:
    """It is left as it is, and a person decides."""
    file = tmp_path / "spool.db"
    file.write_text("Dear reader, " * 1000)
    shell.config["spool"] = {"path": str(file)}
    refused = shell.run("db", "copy", "--to", there.url)
    assert refused.code == 2
    assert f"the spool {file}: file is not a database: whether deliveries for" in refused.err
    assert file.read_text().startswith("Dear reader")


def test_no_folder_is_made_for_a_copy(shell: Shell, tmp_path: Path) -> None:
    """As of a backup: exit 1, one line, nothing made."""
    target = tmp_path / "nosuch" / "dir" / "x.db"
    said = shell.run("db", "copy", "--to", f"sqlite:///{target}")
    assert (said.code, said.err) == (
        1,
        f"bisonwatch: {target} cannot be written: there is no folder {target.parent}\n",
    )
    assert not (tmp_path / "nosuch").exists()


@pytest.mark.parametrize(("words", "what"), [(("copy", "--to"), "--to"), (("adopt",), "URL")])
def test_which_url_is_wrong_is_said(shell: Shell, words: tuple[str, ...], what: str) -> None:
    """A reference that leads nowhere, or an option that nobody knows, is of the argument, not of the configuration."""
    said = shell.run("db", *words, "env:NOSUCH")
    assert (said.code, said.err) == (2, f"bisonwatch: {what}: the environment variable NOSUCH is not set\n")
    said = shell.run("db", *words, "postgresql://h/db?foo=1")
    assert (said.code, said.err.startswith(f"bisonwatch: {what}: its option 'foo' is not known")) == (2, True)


def test_a_difference_is_exit_1(shell: Shell, sqlite_place: Place, there: Place) -> None:
    """It names the table and the row."""
    asyncio.run(fill(sqlite_place, 1))
    said = shell.run("db", "copy", "--to", there.url, "--verify-only")
    assert said.code == 1
    assert (
        "daily_counts differs (rows: 1 in the source, 0 in the target): main/0/1900-01-01/sent is missing"
        in said.err
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_copy_that_is_cut_off_goes_on(
    shell: Shell, sqlite_place: Place, there: Place, number: signal.Signals
) -> None:
    """However the process ends: no engine starts on half a copy, `db status` tells, and the same command finishes it."""
    asyncio.run(fill(sqlite_place, MANY))
    words = ["--config", str(shell.write()), "db", "copy", "--to", there.url]
    command = [sys.executable, "-m", "bisonwatch", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        while not child.stderr.readline().startswith(f"copying daily_counts: {MANY:,}"):
            assert child.poll() is None
        child.send_signal(number)
        rest = child.stderr.read()
    assert child.returncode == (-9 if number is signal.SIGKILL else 130)
    assert ("the same command goes on from here" in rest) == (number is not signal.SIGKILL)
    assert "Traceback" not in rest
    assert asyncio.run(begun(there)) == str(sqlite_place.file)
    shell.config["database"]["url"] = there.url
    assert "holds an unfinished copy of" in shell.run("--daemon").err
    assert "`bisonwatch db copy` goes on" in shell.run("db", "status").out
    shell.config["database"]["url"] = sqlite_place.url
    said = shell.run("db", "copy", "--to", there.url)
    assert (said.code, said.out.splitlines()[0]) == (
        0,
        f"{len(copying.TABLES)} tables, {2 * MANY:,} rows: equal in both",
    )
    assert said.err.startswith("going on with an unfinished copy of")
    assert asyncio.run(begun(there)) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x", "--to: "),
        ("sqlite:////nowhere/at/all.db", "there is no /nowhere/at/all.db to compare with"),
    ],
)
def test_a_wrong_target_is_one_line(shell: Shell, url: str, said: str) -> None:
    """Exit 2, and nothing is made."""
    answer = shell.run("db", "copy", "--to", url, "--verify-only")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert said in answer.err


def test_the_bar() -> None:
    """Share, table, speed and the time that is left."""
    assert (
        line(Step("copying", "facts", 500, 2000, 2_500, 10_000), 2_000, 0.5)
        == "[######..................]  25% copying facts 500 of 2,000, 4,000 rows/s, 0:02 left"
    )


def test_the_bar_is_drawn_in_place_and_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal, at most ten times a second."""
    progress = CopyProgress(ManualClock(), terminal=True)
    for done in (0, 1, 2):
        progress(Step("copying", "facts", done, 2, done, 2))
    progress.end()
    drawn = re.findall(r"\r([^\r\033]*)\033\[K", capsys.readouterr().err)
    assert [each[:40] for each in drawn] == [
        "[........................]   0% copying ",
        "[########################] 100% copying ",
        "",
    ]
