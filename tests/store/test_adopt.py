from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bisonwatch.domain.adoption import Known, Match, Verdict, match
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import CallError, StoreUnavailable
from bisonwatch.store import leads, mirror
from bisonwatch.store.adopt import gathering, old, registry, taking
from bisonwatch.store.adopt.old import Old
from bisonwatch.store.adopt.registry import Target
from bisonwatch.store.adopt.tally import Dispute, Sample, Tally
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support import outside
from tests.support.news import NOON, NORTHWIND, at, lead, sighting

SQL = Path("tests/fixtures/old_system.sql")
HARBOUR, ORCHARD = WorkspaceKey("main", 31), WorkspaceKey("main", 44)
TWINS = (WorkspaceKey("main", 50), WorkspaceKey("main", 51))


@pytest.fixture
async def older(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """The older system's database, of the same kind as the mirror's."""
    if database.dialect.one_writer:
        file = tmp_path / "older.db"
        with sqlite3.connect(file) as connection:
            connection.executescript(SQL.read_text())
        return Place(f"sqlite:///{file}")
    connection = await asyncpg.connect(database.place.url)
    await connection.execute(SQL.read_text())
    await connection.close()
    return Place(database.place.url, schema="public")


async def known_here(database: Database) -> None:
    """Five workspaces; of Northwind four leads, one of them with a person's stage, one with the older one."""
    named = {NORTHWIND: "Northwind Desk", HARBOUR: "Harbour Labs", ORCHARD: "Orchard"}
    named |= dict.fromkeys(TWINS, "Twin")
    here = [lead(f"{name}@molar.example", contacted_at=NOON) for name in ("anna", "kept", "palle", "same")]
    async with database.write() as tx:
        await mirror.write(
            tx,
            Changes(sightings=tuple(sighting(k, n) for k, n in named.items()), leads=tuple(here)),
            NOON,
        )
        await leads.set_stage(tx, NORTHWIND, "kept@molar.example", "nurture")
        await leads.set_stage(tx, NORTHWIND, "same@molar.example", "won")
    await outside.does(database, "UPDATE client_registry SET kpi_target = 30 WHERE workspace_id = 12")


async def matched(source: Old, database: Database) -> tuple[list[Match], list[Target], list[Known]]:
    async with database.read() as tx:
        ours = await registry.known(tx)
    matches = [match(item, ours, {}) for item in await source.workspaces()]
    return matches, registry.targets(matches, ours), registry.switched_off(matches, ours)


async def adopt(database: Database, place: Place, *, take: bool, also: frozenset[str] = frozenset()) -> Tally:
    async with old.reading(place) as source:
        matches, targets, off = await matched(source, database)
        if take:
            await registry.take(database, targets, off)
        return await taking.walk(source, database, matches, also, take=take)


async def stages(database: Database) -> dict[str, tuple[str, str]]:
    rows = await outside.reads(database, "SELECT lead_email, pipeline_stage, stage_author FROM client_leads")
    return {row["lead_email"].split("@")[0]: (row["pipeline_stage"], row["stage_author"]) for row in rows}


COUNTS = {Verdict.TAKEN: 1, Verdict.KEPT: 1, Verdict.SAME: 1, Verdict.AUTOMATIC: 1, Verdict.NEW: 3}


async def test_looking_changes_nothing(database: Database, older: Place) -> None:
    """The first walk tells what would be taken, with samples, and writes nowhere."""
    await known_here(database)
    before = await stages(database)
    tally = await adopt(database, older, take=False)
    assert (tally.verdicts, tally.skipped, tally.unreadable, tally.seen) == (COUNTS, 3, 1, 11)
    assert tally.samples[Verdict.TAKEN] == [
        Sample(NORTHWIND, "palle@molar.example", "contacted", "Qualified")
    ]
    assert tally.samples[Verdict.NEW][0] == Sample(NORTHWIND, "fresh@molar.example", None, "Meeting booked")
    assert await stages(database) == before


async def test_what_is_taken_over(database: Database, older: Place) -> None:
    """Stages that only a person writes, targets where we have none, leads that are unknown here; a person's stage here stays."""
    await known_here(database)
    await adopt(database, older, take=True)
    assert await stages(database) == {
        "palle": ("Qualified", "person"),
        "anna": ("contacted", "auto"),
        "kept": ("nurture", "person"),
        "same": ("won", "person"),
        "fresh": ("Meeting booked", "person"),
        "ines": ("interested", "auto"),
        "omar": ("new", "auto"),
    }
    targets = await outside.reads(
        database, "SELECT workspace_id, kpi_target FROM client_registry ORDER BY workspace_id"
    )
    assert [tuple(row.values()) for row in targets] == [
        (12, 30),
        (31, 25),
        (44, None),
        (50, None),
        (51, None),
    ]


async def test_a_second_time_takes_nothing(database: Database, older: Place) -> None:
    """Everything is the same, kept or automatic then; a stage that a person changed here since stays as it is."""
    await known_here(database)
    await adopt(database, older, take=True)
    async with database.write() as tx:
        await leads.set_stage(tx, NORTHWIND, "palle@molar.example", "closed")
    before = await stages(database)
    tally = await adopt(database, older, take=True)
    assert tally.verdicts == {Verdict.SAME: 2, Verdict.KEPT: 2, Verdict.AUTOMATIC: 3}
    assert await stages(database) == before
    async with old.reading(older) as source:
        assert [target.taken for target in (await matched(source, database))[1]] == [False]


async def test_a_named_automatic_stage_counts_too(database: Database, older: Place) -> None:
    """Who knows that people set `replied` by hand may say so."""
    await known_here(database)
    await adopt(database, older, take=True, also=frozenset({"replied"}))
    found = await stages(database)
    assert (found["anna"], found["ines"]) == (("replied", "person"), ("interested", "auto"))


async def test_a_named_automatic_stage_is_held(database: Database, older: Place) -> None:
    """Also where the lead is automatically at it already: what comes later does not change it."""
    await known_here(database)
    replied = lead("anna@molar.example", known=at(1), replied_at=at(1))
    interested = lead("anna@molar.example", known=at(2), interested_at=at(2))
    async with database.write() as tx:
        await mirror.write(tx, Changes(sightings=(sighting(),), leads=(replied,)), NOON)
    assert (await stages(database))["anna"] == ("replied", "auto")
    await adopt(database, older, take=True, also=frozenset({"replied"}))
    async with database.write() as tx:
        await mirror.write(tx, Changes(sightings=(sighting(),), leads=(interested,)), NOON)
    assert (await stages(database))["anna"] == ("replied", "person")


async def test_an_unknown_lead_has_its_old_data(database: Database, older: Place) -> None:
    """With the old row's date at the lowest rank: what the provider says later fills it in, and its stage stays."""
    await known_here(database)
    await adopt(database, older, take=True)
    mine = "SELECT * FROM client_leads WHERE lead_email = 'fresh@molar.example'"
    (row,) = await outside.reads(database, mine)
    wanted: dict[str, Any] = {"workspace_name": "Northwind Desk", "lead_id": 870056, "first_name": "Freja"}
    wanted |= {"title": "Owner", "phone": "+45 0000", "state": "NY", "status": "verified", "reply_id": 553}
    wanted |= {"auto_stage": "replied", "known_rank": -1}
    assert {name: row[name] for name in wanted} == wanted
    async with database.read() as tx:
        found = await leads.get(tx, NORTHWIND, "fresh@molar.example")
    assert found is not None
    assert found.marks.replied_at == datetime(2026, 9, 29, 10, tzinfo=UTC)
    async with database.write() as tx:
        news = lead("fresh@molar.example", name="Freya", known=at(5), interested_at=at(5))
        await mirror.write(tx, Changes(sightings=(sighting(),), leads=(news,)), NOON)
    (row,) = await outside.reads(database, mine)
    assert (row["first_name"], row["pipeline_stage"], row["auto_stage"]) == (
        "Freya",
        "Meeting booked",
        "interested",
    )


async def test_the_older_database_is_only_read(database: Database, older: Place) -> None:
    """Its connection refuses to write; after an adoption its rows are what they were."""
    await known_here(database)
    async with old.reading(older) as source:
        with pytest.raises(Exception, match=r"read.?only"):
            await source._connection.exec_driver_sql("DELETE FROM client_leads")


async def test_a_mirror_is_no_older_system(database: Database) -> None:
    """Whoever names a bisonwatch database is told which command moves one."""
    with pytest.raises(CallError, match=r"is a mirror of bisonwatch itself .*db copy"):
        async with old.reading(database.place):
            pass


async def test_a_database_without_the_tables(empty_database: Database, tmp_path: Path) -> None:
    """Nothing to take over is an error that says what is missing; so is a file that is not there."""
    place = empty_database.place
    if place.file is not None:
        with pytest.raises(StoreUnavailable, match="there is no database at"):
            async with old.reading(place):
                pass
        sqlite3.connect(place.file).close()
    with pytest.raises(CallError, match="has neither client_registry nor client_leads"):
        async with old.reading(place):
            pass


async def older_has(place: Place, *statements: str) -> None:
    if place.file is not None:
        with sqlite3.connect(place.file) as connection:
            connection.executescript(";".join(statements))
        return
    found = await asyncpg.connect(place.url)
    for statement in statements:
        await found.execute(statement)
    await found.close()


MORE = (
    "INSERT INTO client_leads (id, lead_email, workspace_name, pipeline_stage, updated_at, company) VALUES "
)


@pytest.mark.parametrize("part", [1, 500])
@pytest.mark.parametrize("turned", [False, True])
async def test_rows_of_one_lead_are_merged(
    database: Database, older: Place, monkeypatch: pytest.MonkeyPatch, part: int, turned: bool
) -> None:
    """Whatever their order and however far apart: a person's stage, then the newest; what it leaves empty the others fill."""
    monkeypatch.setattr(old, "PART", part)
    more = [
        "(21, 'PALLE@molar.example', 'Northwind Desk', 'replied', '2026-10-09T09:00:00+00:00', NULL)",
        "(22, 'pal\u200ble@molar.example', 'Northwind Desk', 'Lost', '2026-09-09T09:00:00+00:00', NULL)",
        "(23, 'Una@new.example', 'Northwind Desk', 'won', NULL, NULL)",
        "(24, 'una@new.example', 'NORTHWIND desk', 'replied', '2026-10-10T09:00:00+00:00', 'Una and Daughters')",
    ]
    await older_has(older, *(MORE + row for row in (reversed(more) if turned else more)))
    await known_here(database)
    tally = await adopt(database, older, take=True)
    assert (tally.merged, tally.disputed, tally.seen) == (3, 1, 15)
    assert tally.disputes == [Dispute(NORTHWIND, "palle@molar.example", "Qualified", ("Lost",))]
    found = await stages(database)
    assert (found["palle"], found["una"]) == (("Qualified", "person"), ("won", "person"))
    una = await outside.reads(
        database, "SELECT company FROM client_leads WHERE lead_email = 'una@new.example'"
    )
    assert una == [{"company": "Una and Daughters"}]
    again = await adopt(database, older, take=False)
    assert (again.merged, again.verdicts[Verdict.TAKEN], again.verdicts[Verdict.NEW]) == (3, 0, 0)


async def test_two_leads_of_one_number(
    database: Database, older: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the numbers that stand for leads collide, all of them, nothing is lost or merged that is not one lead."""
    monkeypatch.setattr(gathering, "number_of", lambda _key: 1)
    await known_here(database)
    tally = await adopt(database, older, take=True)
    assert (tally.verdicts, tally.merged, tally.seen) == (COUNTS, 0, 11)


@pytest.mark.parametrize("kind", ["REAL", "DOUBLE PRECISION", "NUMERIC(10,2)", "TEXT"])
async def test_targets_of_any_type(database: Database, older: Place, kind: str) -> None:
    """A whole number is one in whatever column it lies; what is none is told, never dropped in silence."""
    await older_has(older, "DROP TABLE client_registry")
    await older_has(older, f"CREATE TABLE client_registry (workspace_name TEXT, kpi_target {kind})")
    rows = "('Harbour Labs', '25.00'), ('Orchard', '40.5'), ('Northwind Desk', '-3'), ('Twin', NULL)"
    await older_has(older, f"INSERT INTO client_registry VALUES {rows}")
    await known_here(database)
    async with old.reading(older) as source:
        matches, targets, _off = await matched(source, database)
    assert targets == [Target(HARBOUR, "Harbour Labs", None, 25)]
    unread = {item.old.name: float(value) for item in matches for _column, value in item.old.unread}
    assert unread == {"Orchard": 40.5, "Northwind Desk": -3.0}


async def test_a_workspace_that_was_switched_off(database: Database, older: Place) -> None:
    """Is switched off here, so that no worker asks for it; unless another of its older names is on."""
    await older_has(
        older,
        "INSERT INTO client_registry (workspace_name, bison_workspace_id, is_active) VALUES ('Labs of old', 31, false)",
    )
    await known_here(database)
    on = "SELECT workspace_id FROM client_registry WHERE active ORDER BY workspace_id"
    await adopt(database, older, take=False)
    assert [row["workspace_id"] for row in await outside.reads(database, on)] == [12, 31, 44, 50, 51]
    await adopt(database, older, take=True)
    assert [row["workspace_id"] for row in await outside.reads(database, on)] == [12, 31, 50, 51]
    async with old.reading(older) as source:
        assert (await matched(source, database))[2] == []


async def beside(database: Database, *statements: str) -> None:
    connection = await asyncpg.connect(database.place.url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def test_another_schema(on_postgres: Database) -> None:
    """The tables of the schema that was named are read, whatever lies in `public`."""
    await known_here(on_postgres)
    await beside(on_postgres, "CREATE SCHEMA portal", f"SET search_path = portal; {SQL.read_text()}")
    portal = Place(on_postgres.place.url, schema="portal")
    assert (await adopt(on_postgres, portal, take=False)).verdicts == COUNTS
    await beside(on_postgres, "CREATE TABLE client_leads (workspace_name text, lead_email text)")
    assert (await adopt(on_postgres, portal, take=False)).verdicts == COUNTS


async def test_a_role_that_looks_into_the_mirror_first(on_postgres: Database) -> None:
    """A search path that begins with the mirror's schema does not make the mirror the older system."""
    await known_here(on_postgres)
    await beside(
        on_postgres,
        f"SET search_path = public; {SQL.read_text()}",
        f"DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = {on_postgres.place.schema}, public',"
        " current_user, current_database()); END $$",
    )
    tally = await adopt(on_postgres, Place(on_postgres.place.url, schema="public"), take=False)
    assert (tally.verdicts, tally.skipped, tally.unreadable) == (COUNTS, 3, 1)
