"""`bisonwatch letters`, without a living engine and with one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.domain.delivery import Delivery
from bisonwatch.store import inbox, letters
from bisonwatch.store.database import Database
from bisonwatch.store.inbox import Failure
from bisonwatch.store.place import Place
from tests.cli.conftest import KEY, Shell
from tests.support.daemon import Daemon
from tests.support.house import body, delivery
from tests.support.news import at
from tests.support.webhooks import webhook

NO_TYPE, REFUSED = "the body has no event type", "the database refused it: value 5 is out of range"
GOOD = body(webhook("email_sent", send=(1, at(0)), email="palle@molar.example"))
BAD = body({"event": {"workspace_id": 12}, "n": "\x1b[2J\u202e", "webhooks_secret_key": "hush", "k": KEY})


def in_the_mirror(place: Place, work: Callable[[Database], Awaitable[object]]) -> None:
    async def do() -> None:
        database = Database(place, SystemClock())
        await work(database)
        await database.close()

    asyncio.run(do())


def dead(place: Place, *said: tuple[bytes, str]) -> list[Delivery]:
    """Dead letters with these bodies and reasons, a minute apart, the oldest first."""
    items = [delivery(content, at(n), workspace_id=12) for n, (content, _) in enumerate(said)]

    async def put(database: Database) -> None:
        failures = [Failure(item.id, why, 1, None) for item, (_, why) in zip(items, said, strict=True)]
        async with database.write() as tx:
            await inbox.put(tx, items)
            await inbox.fail(tx, failures, at(9))

    in_the_mirror(place, put)
    return items


def states(place: Place, items: list[Delivery]) -> list[str]:
    found: dict[UUID, str] = {}

    async def look(database: Database) -> None:
        async with database.read() as tx:
            for letter in await letters.states(tx, [item.id for item in items]):
                found[letter.id] = letter.state.value

    in_the_mirror(place, look)
    return [found[item.id] for item in items]


def test_no_dead_letters(shell: Shell) -> None:
    """Is said as that."""
    assert shell.run("letters", "list").out == "no dead letters\n"
    assert shell.run("letters", "list", "--json").json == {
        "total": 0,
        "waiting": 0,
        "reasons": [],
        "items": [],
    }


def test_the_list_counts_reasons_and_shows_the_newest(shell: Shell, sqlite_place: Place) -> None:
    """As text; ids as long as it takes to tell them apart."""
    items = dead(sqlite_place, (BAD, NO_TYPE), (GOOD, REFUSED), (BAD, NO_TYPE + "\x1b[2J"))
    said = shell.run("letters", "list", "--limit", "2")
    short = [str(item.id)[:13] for item in items]
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "3 dead letters",
        "",
        "COUNT  NEWEST               REASON",
        f"    1  {at(0):%Y-%m-%d %H:%M:%S}  the body has no event type",
        f"    1  {at(2):%Y-%m-%d %H:%M:%S}  the body has no event type [2J",
        f"    1  {at(1):%Y-%m-%d %H:%M:%S}  the database refused it",
        "",
        "ID             RECEIVED             WORKSPACE  TYPE        TRIES  REASON",
        f"{short[2]}  {at(2):%Y-%m-%d %H:%M:%S}  main/12    ?               1  the body has no event type [2J",
        f"{short[1]}  {at(1):%Y-%m-%d %H:%M:%S}  main/12    email_sent      1  {REFUSED}",
        "",
        "the newest 2 of 3: --limit shows more",
    ]
    told = shell.run("letters", "list", "--reason", "the database", "--json").json
    assert (told["total"], [item["id"] for item in told["items"]]) == (1, [str(items[1].id)])
    assert told["items"][0]["group"] == "the database refused it"


def test_one_letter_is_shown_with_its_payload_made_safe(shell: Shell, sqlite_place: Place) -> None:
    """Nothing in it is obeyed by a terminal, and no secret is in it."""
    (item,) = dead(sqlite_place, (BAD, NO_TYPE))
    said = shell.run("letters", "show", str(item.id)[:13])
    assert said.out.splitlines() == [
        f"id         {item.id}",
        "state      dead",
        f"reason     {NO_TYPE}",
        "tries      1",
        f"received   {at(0):%Y-%m-%d %H:%M:%S} by webhook",
        f"set aside  {at(9):%Y-%m-%d %H:%M:%S}",
        "workspace  main/12",
        "type       ?",
        "",
        "{",
        '  "event": {',
        '    "workspace_id": 12',
        "  },",
        '  "n": "\\u001b[2J\\u202e",',
        '  "webhooks_secret_key": "•••",',
        '  "k": "•••"',
        "}",
    ]
    told = shell.run("letters", "show", str(item.id), "--json")
    assert told.out.isascii()
    assert told.json["body"]["webhooks_secret_key"] == "•••"
    raw = shell.run("letters", "show", str(item.id), "--raw")
    assert json.loads(raw.out) == json.loads(BAD) | {"webhooks_secret_key": "•••", "k": "•••"}


def test_an_id_that_names_nothing_is_a_wrong_call(shell: Shell) -> None:
    """One line, exit 2."""
    for word, line in (
        ("ffffffff", "there is no letter 'ffffffff' (`bisonwatch letters list` shows those there are)"),
        (
            "ffff",
            "'ffff' is not the id of a letter, nor the first 8 or more characters of one"
            " (`bisonwatch letters list` shows the ids)",
        ),
    ):
        said = shell.run("letters", "show", word)
        assert (said.code, said.out, said.err) == (2, "", f"bisonwatch: {line}\n")


@pytest.mark.parametrize("word", ["replay", "discard"])
def test_which_letters_must_be_said_once(shell: Shell, sqlite_place: Place, word: str) -> None:
    """Neither nothing, nor two things; many are never changed unasked where nobody can be asked."""
    items = dead(sqlite_place, (GOOD, REFUSED), (BAD, NO_TYPE))
    for words, message in (
        ([], "which letters? give their ids, or say --reason TEXT or --all"),
        (["--all", "--reason", "x"], "name letters, or say --reason or --all: one of them"),
        (["0199aaaa", "--workspace", "main/12"], "--workspace goes with --reason or --all"),
        (
            ["--all"],
            f"{word} 2 dead letters? Nobody can be asked here (--yes goes on without asking)",
        ),
    ):
        said = shell.run("letters", word, *words)
        assert (said.code, said.out, said.err) == (2, "", f"bisonwatch: {message}\n")
    assert states(sqlite_place, items) == ["dead", "dead"]


@pytest.mark.parametrize("word", ["replay", "discard"])
def test_a_reason_that_no_letter_has(shell: Shell, sqlite_place: Place, word: str) -> None:
    """Nothing is done, nobody is asked, and a script sees exit 1."""
    items = dead(sqlite_place, (GOOD, REFUSED))
    said = shell.run("letters", word, "--reason", "zzz")
    assert (said.code, said.out.startswith(("replayed 0 letters", "discarded 0 letters"))) == (1, True)
    assert said.err == (
        "bisonwatch: no dead letter's reason begins so (`bisonwatch letters list` shows the reasons)\n"
    )
    assert states(sqlite_place, items) == ["dead"]


def test_a_replay_without_an_engine_waits_for_one(shell: Shell, sqlite_place: Place) -> None:
    """And says so; a second replay changes nothing and is no failure."""
    items = dead(sqlite_place, (GOOD, REFUSED), (BAD, NO_TYPE))
    said = shell.run("letters", "replay", "--reason", "the database", "--yes")
    assert (said.code, said.out) == (
        0,
        "replayed 1 letter; no engine runs on this database: one that starts takes them\n",
    )
    assert states(sqlite_place, items) == ["pending", "dead"]
    again = shell.run("letters", "replay", str(items[0].id), "eeeeeeee")
    assert (again.code, again.out) == (1, "replayed 0 letters\n")
    assert again.err == (
        "bisonwatch: there is no letter 'eeeeeeee' (`bisonwatch letters list` shows those there are)\n"
        f"bisonwatch: {items[0].id}: waits to be processed already\n"
    )
    assert shell.run("letters", "replay", str(items[0].id)).code == 0
    assert shell.run("letters", "replay", str(items[1].id), "--wait").code == 1


def test_discard_and_replay_undo_each_other(shell: Shell, sqlite_place: Place) -> None:
    """A discarded letter is counted no more, and is found again by its state."""
    items = dead(sqlite_place, (GOOD, REFUSED), (BAD, NO_TYPE))
    assert shell.run("letters", "discard", str(items[0].id)).out == "discarded 1 letter\n"
    assert shell.run("letters", "discard", "--all", "--yes").out == "discarded 1 letter\n"
    assert shell.run("status", "--json").json["inbox"]["dead"] == 0
    assert shell.run("letters", "list", "--state", "discarded").out.startswith("2 discarded letters\n")
    assert shell.run("letters", "replay", str(items[1].id)).code == 0
    assert states(sqlite_place, items) == ["discarded", "pending"]


def test_a_living_engine_takes_what_is_replayed(shell: Shell, sqlite_place: Place, tmp_path: Path) -> None:
    """`--wait` tells how each ended, and exits 1 because one is dead again."""
    good, bad = dead(sqlite_place, (GOOD, REFUSED), (BAD, NO_TYPE))
    with Daemon(tmp_path, database=sqlite_place.url) as daemon:
        daemon.start()
        said = shell.run("letters", "replay", "--all", "--yes", "--wait")
        assert daemon.stop() == 0
    assert said.out.splitlines()[0] == "replayed 2 letters; the engine takes them now"
    assert sorted(said.out.splitlines()[1:]) == sorted(
        [f"{good.id} processed", f"{bad.id} dead again: {NO_TYPE}"]
    )
    assert (said.code, said.err) == (1, "")
    assert states(sqlite_place, [good, bad]) == ["done", "dead"]


def test_what_waits_for_another_try_is_told(shell: Shell, sqlite_place: Place) -> None:
    """Beside the dead letters, and alone when asked for."""
    item = delivery(GOOD, at(0))

    async def put(database: Database) -> None:
        async with database.write() as tx:
            await inbox.put(tx, [item])
            later = database.clock.now() + timedelta(hours=1)
            await inbox.fail(tx, [Failure(item.id, REFUSED, 3, later)], at(9))

    in_the_mirror(sqlite_place, put)
    assert shell.run("letters", "list").out == (
        "no dead letters; 1 more failed and waits for another try (--state waiting)\n"
    )
    told = shell.run("letters", "list", "--state", "waiting").out
    assert told.startswith("1 waiting delivery\n")
    assert "next try   20" in shell.run("letters", "show", str(item.id)).out
