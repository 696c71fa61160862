from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell, config_of
from tests.store.test_adopt import known_here, stages

SQL = (Path(__file__).parents[1] / "fixtures" / "old_system.sql").read_text()
T = TypeVar("T")


def at_mirror(place: Place, work: Callable[[Database], Awaitable[T]]) -> T:
    async def inside() -> T:
        database = Database(place, SystemClock())
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(inside())


@pytest.fixture
def older(tmp_path: Path) -> str:
    file = tmp_path / "older.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(SQL)
    return f"sqlite:///{file}"


@pytest.fixture
def mirror(sqlite_place: Place, shell: Shell) -> Place:
    shell.config = config_of(sqlite_place)
    at_mirror(sqlite_place, known_here)
    return sqlite_place


PREVIEW = """\
workspaces: 3 of 6 matched (1 by name, 1 by name, but for its case, 1 by id)
  Old Orchard -> main/44 by id
  harbour  LABS -> main/31 by name, but for its case
  skipped: Gone Client is unknown here (--map 'Gone Client=INSTANCE/ID')
  skipped: Twin is ambiguous: main/50, main/51 (--map 'Twin=INSTANCE/ID')
  skipped: Unlisted is unknown here (--map 'Unlisted=INSTANCE/ID')
KPI targets: 1 to take
  Harbour Labs (main/31): 25
  kept: Northwind Desk (main/12) has 30 here, 40 there
switched off there: 1 to switch off
  Orchard (main/44): bisonwatch will ask nothing of it any more
stages: 1 to take
  palle@molar.example in main/12: contacted -> Qualified
leads unknown here: 3 to take
  fresh@molar.example in main/12: Meeting booked
  ines@harbour.example in main/31: Interested
  omar@orchard.example in main/44: no stage
  1 left as they are: the same here
  1 left as they are: set by a person here, which stays
  1 left as they are: automatic there, so no person's word
  3 left as they are: of workspaces that are skipped
  1 left as they are: without an address or a workspace
values of leads that cannot be read, left empty: lead_id 1
"""


def test_the_preview(shell: Shell, mirror: Place, older: str) -> None:
    """What it would take and what it skips, with samples and what to do; nothing is written."""
    before = at_mirror(mirror, stages)
    said = shell.run("db", "adopt", older, "--dry-run")
    assert (said.code, said.out, said.err) == (0, PREVIEW + "nothing was taken over: --dry-run\n", "")
    assert at_mirror(mirror, stages) == before


def test_nobody_to_ask(shell: Shell, mirror: Place, older: str) -> None:
    """Where no person answers it takes nothing and says which option decides."""
    before = at_mirror(mirror, stages)
    said = shell.run("db", "adopt", older)
    assert (said.code, said.out) == (2, PREVIEW)
    assert said.err == (
        "bisonwatch: nothing was taken over: nobody could be asked (say --yes, or --dry-run to only look)\n"
    )
    assert at_mirror(mirror, stages) == before


def test_taking_over_twice(shell: Shell, mirror: Place, older: str) -> None:
    """The first says what it took, with a workspace that was told; the second finds nothing."""
    words = ("db", "adopt", older, "--map", "Twin=main/51", "--yes")
    first, second = shell.run(*words), shell.run(*words)
    assert (
        first.out.splitlines()[-1]
        == "taken over: KPI targets 2, switched off 1, stages 1, leads unknown here 4"
    )
    assert (second.code, second.out.splitlines()[-1]) == (0, "nothing to take over")
    assert at_mirror(mirror, stages)["tove"] == ("won", "person")


def test_as_json(shell: Shell, mirror: Place, older: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One object: every workspace with how it was found, targets, counts, samples, and whether it was done."""
    monkeypatch.setenv("OLDER", older)
    said = shell.run("db", "adopt", "env:OLDER", "--json", "--yes").json
    assert said["done"] is True
    assert said["workspaces"][3] == {
        "old": "Twin",
        "workspace": None,
        "how": "ambiguous",
        "candidates": ["main/50", "main/51"],
    }
    assert said["targets"] == [
        {"workspace": "main/12", "ours": 30, "theirs": 40, "taken": False},
        {"workspace": "main/31", "ours": None, "theirs": 25, "taken": True},
    ]
    counts = {"new": 3, "taken": 1, "same": 1, "kept": 1, "automatic": 1, "skipped": 3, "unreadable": 1}
    assert said["leads"] == counts | {"merged": 0, "disputed": 0}
    assert (said["switched_off"], said["unread"]) == (["main/44"], [])
    assert (said["unread_of_leads"], said["disputes"]) == ({"lead_id": 1}, [])
    assert said["samples"]["taken"] == [
        {"workspace": "main/12", "lead": "palle@molar.example", "ours": "contacted", "theirs": "Qualified"}
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--map", "Twin"), "--map takes OLD=INSTANCE/ID, not 'Twin'"),
        (
            ("--map", "Twin=main/77"),
            "--map: there is no workspace main/77 here (`bisonwatch status` lists them)",
        ),
        (("--map", "Twins=main/12"), "--map: the older database has no workspace 'Twins'"),
        (
            ("--also", "won"),
            "--also takes bounced, contacted, interested, new, replied, unsubscribed, not 'won': other stages are a person's anyway",
        ),
    ],
)
def test_a_wrong_call(shell: Shell, mirror: Place, older: str, words: tuple[str, ...], why: str) -> None:
    """Is refused in one line before anything is looked at or written."""
    said = shell.run("db", "adopt", older, *words)
    assert (said.code, said.out, said.err) == (2, "", f"bisonwatch: {why}\n")


def test_itself(shell: Shell, mirror: Place) -> None:
    """The mirror cannot be taken over into itself."""
    said = shell.run("db", "adopt", mirror.url)
    assert (said.code, said.err) == (2, f"bisonwatch: {mirror.url} is the mirror itself\n")


DOUBLES = """
INSERT INTO client_registry VALUES ('Harbour Labs', 31, 'main', true, 'many', NULL);
INSERT INTO client_leads (id, lead_email, workspace_name, pipeline_stage, updated_at) VALUES
    (21, 'Palle@Molar.example', 'Northwind Desk', 'replied', '2026-10-09T09:00:00+00:00'),
    (22, 'ines@harbour.example', 'Harbour Labs', 'Won', '2026-09-01T09:00:00+00:00'),
    (23, 'INES@harbour.example', 'Harbour Labs', 'Lost', '2026-10-08T09:00:00+00:00');
"""


def test_rows_that_are_one_lead(shell: Shell, mirror: Place, older: str) -> None:
    """Are merged and told: a person's stage stays whatever was written later, of several the newest counts."""
    with sqlite3.connect(older.removeprefix("sqlite:///")) as connection:
        connection.executescript(DOUBLES)
    said = shell.run("db", "adopt", older, "--dry-run").out.splitlines()
    assert "  left: 'many', the target of Harbour Labs, cannot be read" in said
    assert "  palle@molar.example in main/12: contacted -> Qualified" in said
    assert said[-5:-1] == [
        "rows of a lead that has another row there: 3 merged with it",
        "leads with several stages of persons there: 1, the newest counts",
        "  ines@harbour.example in main/31: Lost, not Won",
        "values of leads that cannot be read, left empty: lead_id 1",
    ]
    shell.run("db", "adopt", older, "--yes")
    found = at_mirror(mirror, stages)
    assert (found["palle"], found["ines"]) == (("Qualified", "person"), ("Lost", "person"))
