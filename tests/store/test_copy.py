from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from bisonwatch.clock import SystemClock
from bisonwatch.errors import CallError, StoreError
from bisonwatch.store import copies, keyset, nodes, tables
from bisonwatch.store import copy as copying
from bisonwatch.store.copy import Outcome, Step
from bisonwatch.store.copy_standing import Standing, refuse, standing, warnings
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from bisonwatch.store.place import Place
from tests.support.house import everything
from tests.support.news import NOON

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)
LEAD = {
    "instance": "main",
    "workspace_id": 12,
    "lead_email": "palle@molar.example",
    "workspace_name": "Northwind",
    "stage_author": "auto",
    "auto_stage": "new",
    "known_at": NOON,
    "known_rank": 0,
    "known_sequence": 1,
}
ACCOUNT = {
    "instance": "main",
    "workspace_id": 12,
    "email": "a@b.example",
    "status": "connected",
    "type": "google",
    "provider": "google",
    "daily_limit": 0,
    "sent": 0,
    "replied": 0,
    "bounced": 0,
    "row_hash": -(2**63),
    "known_at": NOON,
    "seen_at": NOON + timedelta(microseconds=1),
}
DAY = {"instance": "main", "workspace_id": 12, "metric": "sent"}
AWKWARD: dict[str, list[dict[str, Any]]] = {
    "bodies": [
        {"id": UUID(int=1), "body": b"\x00\xff\x00"},
        {"id": UUID(int=2**128 - 1), "body": b""},
        {"id": UUID(int=2**64), "body": bytes(range(256)) * 8},
    ],
    "client_leads": [
        LEAD | {"first_name": "\U0001f9ac\u202e", "company": "", "known_sequence": 2**63 - 1},
        # What no processor of ours writes, but a hand may: a person's stage that the trigger would mark otherwise.
        LEAD | {"lead_email": "Ä", "pipeline_stage": "won", "stage_author": "auto", "replied_at": FIRST},
        LEAD | {"lead_email": "a", "pipeline_stage": None, "stage_author": "person", "replied_at": LAST},
    ],
    "accounts": [
        ACCOUNT | {"id": 1, "tags": ["Ω", {"b": 1.0, "a": 1e22}, -0.0, 1e-7, None, "NaN", True]},
        ACCOUNT | {"id": 2**63 - 1, "tags": [], "warmup_enabled": False, "daily_limit": 2**31 - 1},
        ACCOUNT | {"id": 3, "tags": {"n": 2**63 - 1, "deep": [[[]]]}, "warmup_enabled": True},
    ],
    "daily_counts": [
        DAY | {"day": date(1, 1, 1), "n": -1},
        DAY | {"day": date(9999, 12, 31), "n": 2**63 - 1},
    ],
}


def days(count: int) -> list[dict[str, Any]]:
    return [DAY | {"day": date(2000, 1, 1) + timedelta(days=n), "n": n} for n in range(count)]


@pytest.fixture
def other(request: pytest.FixtureRequest, place: Place, sqlite_template: Path, tmp_path: Path) -> Place:
    """A migrated, empty place of the other kind than `place`."""
    if place.file is not None:
        found: Place = request.getfixturevalue("postgres_place")
        return found
    (tmp_path / "other").mkdir()
    return Place(f"sqlite:///{tmp_path / 'other' / 'mirror.db'}")


@pytest.fixture
async def target(other: Place) -> AsyncIterator[Database]:
    """Of the other kind than `database`."""
    found = Database(other, SystemClock())
    await copying.prepare(found)
    yield found
    await found.close()


async def put(database: Database, rows: dict[str, list[dict[str, Any]]]) -> None:
    async with database.write() as tx:
        for name, given in rows.items():
            for row in given:
                await tx.run(tables.metadata.tables[name].insert(), [row])


async def copied(source: Database, target: Database, steps: list[Step] | None = None) -> Outcome:
    """A copy from its beginning."""
    await copying.begin(target, copies.called(source.place))
    return await copying.copy(source, target, (steps if steps is not None else []).append)


async def test_awkward_values_arrive_as_they_were(
    database: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NUL bytes, emoji, NULLs, the first and the last day, the largest numbers, JSON of all kinds, a body larger than a page."""
    monkeypatch.setattr(keyset, "BYTES", 1000)
    await put(database, AWKWARD)
    assert (await copied(database, target)).differences == ()
    for name in AWKWARD:
        table = tables.metadata.tables[name]
        of = keyset.key_of(table)
        here, there = await everything(database, table), await everything(target, table)
        assert {of(row): tuple(row) for row in here} == {of(row): tuple(row) for row in there}
        assert len(here) == len(AWKWARD[name])


async def test_every_table_is_copied_or_left_on_purpose() -> None:
    """A new table is copied by itself."""
    assert set(copying.TABLES) | set(copying.LEFT) == set(tables.metadata.tables)


async def test_engines_and_their_leases_stay_behind(database: Database, target: Database) -> None:
    """What belongs to a living engine means nothing elsewhere."""
    await put(database, {"leases": [{"name": "x", "holder": UUID(int=1), "fence": 1, "expires_at": NOON}]})
    await copied(database, target)
    assert await everything(target, tables.leases) == []


class Cut(Exception):
    """What ends a copy in the middle, as a lost connection does."""


async def cut_off(source: Database, target: Database, at: int) -> None:
    """A copy that ends once so many rows are done."""

    def told(step: Step) -> None:
        if step.all_done >= at:
            raise Cut

    await copying.begin(target, copies.called(source.place))
    with pytest.raises(Cut):
        await copying.copy(source, target, told)


async def test_a_copy_goes_on_behind_the_last_page(
    database: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that are there are not read again; the whole is compared, and then it is finished."""
    monkeypatch.setattr(keyset, "ROWS", 10)
    await put(database, {"daily_counts": days(95)})
    await cut_off(database, target, 50)
    assert len(await everything(target, tables.daily_counts)) == 50
    found, steps = await standing(database, target), list[Step]()
    assert (found.resumes, found.begun) == (True, copies.called(database.place))
    outcome = await copying.copy(database, target, steps.append)
    mine = [(step.what, step.done) for step in steps if step.table == "daily_counts"]
    assert mine[:6] == [("copying", n) for n in (50, 60, 70, 80, 90, 95)]
    assert (outcome.rows["daily_counts"], outcome.again, outcome.differences) == (95, (), ())
    async with target.read() as tx:
        assert await copies.unfinished(tx) is None


async def test_a_source_that_changed_meanwhile_is_copied_anew(
    database: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows behind the place where the copy was cut off may be old: the comparison finds it, and that table begins again."""
    monkeypatch.setattr(keyset, "ROWS", 10)
    await put(database, {"daily_counts": days(30)})
    await cut_off(database, target, 20)
    async with database.write() as tx:
        await tx.run(text(f"UPDATE {_named(database, 'daily_counts')} SET n = 77 WHERE n = 3"))
    outcome = await copying.copy(database, target, lambda _step: None)
    assert (outcome.again, outcome.differences) == (("daily_counts",), ())
    assert 77 in [row.n for row in await everything(target, tables.daily_counts)]


def _named(database: Database, table: str) -> str:
    return table if database.place.file else f"{database.place.schema}.{table}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM {} WHERE n = 3", "main/12/2000-01-04/sent is missing in the target"),
        ("UPDATE {} SET n = 4 WHERE n = 3", "main/12/2000-01-04/sent holds other values"),
        ("UPDATE {} SET workspace_id = 13 WHERE n = 3", ""),
    ],
)
async def test_a_difference_names_the_row(
    database: Database, target: Database, change: str, said: str
) -> None:
    """One row missing, changed or too many among equal ones is found whatever the order of each side, and nothing is finished."""
    await put(database, {"daily_counts": days(50)})
    await copied(database, target)
    async with target.write() as tx:
        await tx.run(text(change.format(_named(target, "daily_counts"))))
    (found,) = (await copying.verify(database, target, lambda _step: None)).differences
    assert (found.table, found.source_rows) == ("daily_counts", 50)
    assert said in str(found)
    assert len(found.examples) == 1


async def test_what_cannot_be_written_is_named(sqlite_place: Place, on_postgres: Database) -> None:
    """Text with U+0000, which only SQLite can hold, stops the copy with table and key; once mended, it goes on."""
    source = Database(sqlite_place, SystemClock())
    names = [LEAD | {"lead_email": f"lead{n:03}@molar.example"} for n in range(100)]
    names[61]["first_name"] = "Pal\0le"
    await put(source, {"client_leads": names})
    with pytest.raises(
        StoreError, match=r"client_leads 'main/12/lead061@molar.example' cannot be copied.*mend or delete"
    ):
        await copied(source, on_postgres)
    async with source.write() as tx:
        await tx.run(text("UPDATE client_leads SET first_name = 'Palle'"))
    assert (await copying.copy(source, on_postgres, lambda _step: None)).differences == ()
    await source.close()


async def test_a_number_that_does_not_fit_is_named(sqlite_place: Place, on_postgres: Database) -> None:
    """SQLite keeps any number in any column; the error says which row, not only that one is wrong."""
    source = Database(sqlite_place, SystemClock())
    await put(source, {"accounts": [ACCOUNT | {"id": n, "tags": []} for n in range(9)]})
    await source.close()
    with sqlite3.connect(str(sqlite_place.file)) as file:
        file.execute("UPDATE accounts SET daily_limit = 9999999999 WHERE id = 7")
    with pytest.raises(StoreError, match=r"accounts 'main/7' cannot be copied"):
        await copied(source, on_postgres)
    await source.close()


async def test_a_living_writer_does_not_disturb(database: Database, target: Database) -> None:
    """All reads of a copy see one moment: what is written meanwhile is not in it, and nothing differs."""
    await put(database, {"daily_counts": days(5)})
    late = iter([{"transitions": [], "daily_counts": [DAY | {"day": date(1999, 1, 1), "n": 0}]}])
    async with copying.snapshot(database) as tx:
        before = await copying.counts(tx)
        await put(database, next(late))
        assert await copying.counts(tx) == before
    assert (await copied(database, target)).rows["daily_counts"] == 6


def stands(**changed: Any) -> Standing:
    return Standing(
        **(
            {
                "source": "a",
                "target": "b",
                "source_engines": (),
                "target_engines": (),
                "filled": (),
                "begun": None,
                "half": None,
            }
            | changed
        )
    )


REFUSED = {
    "a itself holds an unfinished copy of c": {"half": "c"},
    "an engine is running, n1, on b": {"target_engines": ("n1",)},
    r"b holds data already \(facts\) \(--replace": {"filled": ("facts",)},
    "b holds an unfinished copy of c": {"filled": ("facts",), "begun": "c"},
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_copy_that_would_harm_is_refused(said: str) -> None:
    """The error says what is in the way and what to do."""
    with pytest.raises(CallError, match=said):
        refuse(stands(**REFUSED[said]), replace=False)


@pytest.mark.parametrize(
    "found", [stands(), stands(begun="a", filled=("facts",)), stands(source_engines=("n1",))], ids=repr
)
def test_an_empty_target_and_an_unfinished_copy_of_the_same_source_are_fine(found: Standing) -> None:
    """Nobody has to say --replace for them."""
    refuse(found, replace=False)


async def test_living_engines_are_seen(database: Database, target: Database) -> None:
    """An engine that beat lately is named; one that has stopped or is silent is not."""
    now = database.clock.now()
    async with database.write() as tx:
        for number, (name, seen, stopped) in enumerate(
            [("alive", now, None), ("stopped", now, now), ("silent", now - timedelta(minutes=1), None)]
        ):
            node = Node(UUID(int=number), name, "1", 7, NOON, seen, stopped, False, None, {})
            await nodes.beat(tx, node)
    found = await standing(database, target)
    assert (found.source_engines, found.target_engines) == (("alive (pid 7)",), ())
    assert warnings(found, replace=False) == [
        f"an engine is running, alive (pid 7), on {copies.called(database.place)}: "
        "the target will be as of now, and what comes in from now on is not in it"
    ]
