"""`bisonwatch db spool`: what a node's spool keeps is shown, handed over and discarded."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from bisonwatch.domain.delivery import Delivery
from bisonwatch.store.place import Place
from bisonwatch.store.spool import Holding, SpoolFile
from tests.cli.conftest import Shell
from tests.support.house import delivery
from tests.support.news import at

OLD = "postgresql://old.example:5432/mirror/bisonwatch"


@pytest.fixture
def file(shell: Shell, tmp_path: Path) -> Path:
    path = tmp_path / "spool.db"
    shell.config["spool"] = {"path": str(path)}
    return path


def put(file: Path, mirror: str, *reasons: str | None) -> list[Delivery]:
    """A delivery for each; those with a reason were refused, a minute apart."""
    items = [delivery(b"{}", at(number)) for number in range(len(reasons))]

    async def do() -> None:
        spool = SpoolFile(file, 1 << 24, mirror)
        await spool.put(items)
        held = (await spool.oldest(100, 1 << 20)).held[-len(items) :]
        for number, (one, reason) in enumerate(zip(held, reasons, strict=True)):
            if reason is not None:
                await spool.set_aside(one.seq, reason, at(number))
        await spool.close()

    asyncio.run(do())
    return items


def holding(file: Path, mirror: str) -> Holding:
    async def do() -> Holding:
        spool = SpoolFile(file, 1 << 24, mirror)
        try:
            return await spool.holding()
        finally:
            await spool.close()

    return asyncio.run(do())


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], list[str]]:
    """Somebody at the terminal, who answers every question so; the questions."""

    def sits(answer: bool) -> list[str]:
        asked: list[str] = []

        def confirm(question: str, **_: object) -> bool:
            asked.append(question)
            return answer

        monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
        monkeypatch.setattr("click.confirm", confirm)
        return asked

    return sits


def test_a_spool_that_holds_nothing(shell: Shell, file: Path) -> None:
    """Is said as that, and no file is made by looking."""
    assert shell.run("db", "spool", "list").out == f"the spool {file} holds nothing\n"
    assert shell.run("db", "spool", "list", "--json").json == {
        "path": str(file),
        "mirrors": [],
        "refused": [],
    }
    assert not file.exists()


def test_the_list_says_for_whom_and_why(shell: Shell, file: Path, sqlite_place: Place) -> None:
    """Counts by mirror, then what was refused, the newest first; nothing in it can act on the terminal."""
    ours = put(file, sqlite_place.mirror, None, "value 5 is out of range", "not\x1b[2J wanted")
    put(file, OLD, None, None)
    said = shell.run("db", "spool", "list")
    assert said.out.splitlines() == [
        f"2 deliveries for {OLD}: 2 waiting, 0 refused, 4 bytes",
        f"3 deliveries for {sqlite_place.mirror} (this database.url): 1 waiting, 2 refused, 6 bytes",
        "`bisonwatch db spool adopt MIRROR` hands what is for another mirror over to this database.url",
        f"refused {ours[2].id.hex}  2026-11-20 12:02:00 UTC  2 bytes  not [2J wanted",
        f"refused {ours[1].id.hex}  2026-11-20 12:01:00 UTC  2 bytes  value 5 is out of range",
    ]
    told = shell.run("db", "spool", "list", "--json", "--limit", "1").json
    assert told["mirrors"][0] == {"mirror": OLD, "ours": False, "waiting": 2, "refused": 0, "size": 4}
    assert told["refused"] == [
        {
            "id": ours[2].id.hex,
            "mirror": sqlite_place.mirror,
            "refused_at": "2026-11-20T12:02:00.000Z",
            "reason": "not [2J wanted",
            "size": 2,
        }
    ]


def test_what_is_for_another_mirror_is_handed_over(
    shell: Shell, file: Path, sqlite_place: Place, person: Callable[[bool], list[str]]
) -> None:
    """After a question; those refused there wait again; other mirrors' stay."""
    put(file, OLD, None, "refused there")
    put(file, "another", None)
    questions = person(False)
    refused = shell.run("db", "spool", "adopt", OLD)
    assert (refused.code, holding(file, sqlite_place.mirror).foreign) == (130, 3)
    assert questions == [f"Hand 2 deliveries for {OLD} over to {sqlite_place.mirror}?"]
    person(True)
    said = shell.run("db", "spool", "adopt", OLD)
    assert said.out.startswith(f"handed 2 deliveries over to {sqlite_place.mirror}")
    assert holding(file, sqlite_place.mirror) == Holding(2, 0, 1, ("another",))


def test_nothing_is_changed_when_nobody_can_be_asked(shell: Shell, file: Path, sqlite_place: Place) -> None:
    """A pipe is no person; --yes is an answer."""
    put(file, OLD, None)
    [item] = put(file, sqlite_place.mirror, "not wanted")
    calls = [["adopt", OLD], ["discard", "--for", OLD], ["discard", "--refused"], ["discard", item.id.hex]]
    before = holding(file, sqlite_place.mirror)
    for words in calls:
        said = shell.spawn("db", "spool", *words)
        assert (said.code, said.err.count("\n"), "--yes" in said.err) == (2, 1, True)
    assert holding(file, sqlite_place.mirror) == before
    assert shell.run("db", "spool", "discard", "--for", OLD, "--yes").out == "discarded 1 delivery\n"
    assert holding(file, sqlite_place.mirror) == Holding(0, 1, 0, reason="not wanted")


def test_refused_ones_are_discarded_and_no_others(
    shell: Shell, file: Path, sqlite_place: Place, person: Callable[[bool], list[str]]
) -> None:
    """By id, as it is shown or as a log writes it, or all of them; what waits stays, and so does what is another mirror's."""
    first, waits, *_ = put(file, sqlite_place.mirror, "a", None, "b", "c")
    put(file, OLD, "theirs")
    questions = person(True)
    assert shell.run("db", "spool", "discard", str(first.id)).out == "discarded 1 delivery\n"
    wrong = shell.run("db", "spool", "discard", str(waits.id))
    assert (wrong.code, wrong.err) == (
        2,
        f"bisonwatch: no refused delivery answers to '{waits.id}' (`bisonwatch db spool list` names them)\n",
    )
    assert shell.run("db", "spool", "discard", "--refused").out == "discarded 2 deliveries\n"
    assert holding(file, sqlite_place.mirror) == Holding(1, 0, 1, (OLD,))
    assert questions == [
        "Discard 1 refused delivery for good?",
        "Discard 2 refused deliveries for good?",
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["discard"], "which deliveries?"),
        (["discard", "0123456789", "--refused"], "which deliveries?"),
        (["discard", "0123"], "no refused delivery answers to '0123'"),
        (["adopt", "elsewhere"], "is for elsewhere"),
    ],
)
def test_a_wrong_call_is_one_line(shell: Shell, file: Path, words: list[str], why: str) -> None:
    """And changes nothing."""
    put(file, OLD, "refused there")
    said = shell.run("db", "spool", *words, "--yes")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert why in said.err
    assert holding(file, OLD) == Holding(0, 1, 0, reason="refused there")


def test_ours_is_neither_adopted_nor_discarded_whole(shell: Shell, file: Path, sqlite_place: Place) -> None:
    """What waits for this database drains by itself."""
    put(file, sqlite_place.mirror, None)
    for words in (["adopt", sqlite_place.mirror], ["discard", "--for", sqlite_place.mirror]):
        said = shell.run("db", "spool", *words, "--yes")
        assert (said.code, "drains by itself" in said.err) == (2, True)
    assert holding(file, sqlite_place.mirror) == Holding(1, 0, 0)


def test_a_file_that_cannot_be_used_is_one_line_and_stays(shell: Shell, file: Path) -> None:
    """Another version's, another program's, or garbage: nothing is renamed by looking at it."""
    put(file, OLD, None)
    with closing(sqlite3.connect(file)) as there:
        there.execute("PRAGMA user_version = 7")
    said = shell.run("db", "spool", "list")
    assert (said.code, said.err) == (1, f"bisonwatch: the spool {file}: is of another version\n")
    file.write_bytes(b"this is no database" * 100)
    said = shell.run("db", "spool", "adopt", OLD)
    assert (said.code, "not a database" in said.err) == (1, True)
    assert list(file.parent.glob("spool.db.broken*")) == []
