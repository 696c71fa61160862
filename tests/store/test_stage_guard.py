from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from bisonwatch.clock import SystemClock
from bisonwatch.domain.changes import Changes
from bisonwatch.errors import StoreError
from bisonwatch.store import mirror
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support import outside
from tests.support.news import NOON, NORTHWIND, at, lead, sighting

PALLE, ANNA = "palle@molar.example", "anna@molar.example"


async def write(database: Database, changes: Changes) -> None:
    async with database.write() as tx:
        await mirror.write(tx, replace(changes, sightings=(sighting(),)), NOON)


async def stages(database: Database) -> dict[str, tuple[str | None, str]]:
    rows = await outside.reads(database, "SELECT lead_email, pipeline_stage, stage_author FROM client_leads")
    return {row["lead_email"]: (row["pipeline_stage"], row["stage_author"]) for row in rows}


UPSERT = """
INSERT INTO client_leads (instance, workspace_id, workspace_name, lead_email, pipeline_stage, known_at, known_rank, known_sequence)
VALUES ('main', 12, 'Northwind Desk', :email, :stage, {epoch}, -1, 0)
ON CONFLICT (workspace_name, lead_email) DO UPDATE SET pipeline_stage = excluded.pipeline_stage"""
PORTAL = """
INSERT INTO client_leads (workspace_name, lead_email, pipeline_stage) VALUES (:name, :email, :stage)
ON CONFLICT (workspace_name, lead_email)
DO UPDATE SET workspace_name = excluded.workspace_name, lead_email = excluded.lead_email, pipeline_stage = excluded.pipeline_stage"""


def upsert(database: Database) -> str:
    return UPSERT.format(epoch=0 if database.dialect.one_writer else "'epoch'")


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("closed", ("closed", "person")),
        ("contacted", ("contacted", "auto")),
        ("new", ("new", "person")),
        (None, ("contacted", "auto")),
    ],
)
async def test_an_upsert_from_outside_over_a_lead_of_ours(
    database: Database, stage: str | None, expected: tuple[str, str]
) -> None:
    """Its stage is a person's, unless it is what the automatic rule gives anyway; NULL hands the lead back."""
    await write(database, Changes(leads=(lead(contacted_at=NOON),)))
    await outside.does(database, upsert(database), email=PALLE, stage=stage)
    await write(database, Changes(leads=(lead(known=at(3)),)))
    assert await stages(database) == {PALLE: expected}


async def test_null_hands_back_what_a_person_had_set(database: Database) -> None:
    """By update and by upsert alike; the lead then follows its facts again."""
    for clearing in (
        "UPDATE client_leads SET pipeline_stage = :stage WHERE lead_email = :email",
        upsert(database),
    ):
        await write(database, Changes(leads=(lead(contacted_at=NOON),)))
        await outside.does(database, "UPDATE client_leads SET pipeline_stage = 'closed'")
        await outside.does(database, clearing, email=PALLE, stage=None)
        assert await stages(database) == {PALLE: ("contacted", "auto")}
    await write(database, Changes(leads=(lead(known=at(3), replied_at=at(3)),)))
    assert await stages(database) == {PALLE: ("replied", "auto")}


async def test_a_persons_stage_becomes_another_and_stays_a_persons(database: Database) -> None:
    """Even the automatic stage, written over a person's, is a person's word: a person is who changed it."""
    await write(database, Changes(leads=(lead(contacted_at=NOON),)))
    for stage in ("closed", "contacted"):
        await outside.does(database, "UPDATE client_leads SET pipeline_stage = :stage", stage=stage)
    await write(database, Changes(leads=(lead(known=at(3), replied_at=at(3)),)))
    assert await stages(database) == {PALLE: ("contacted", "person")}


async def test_many_leads_at_once(database: Database) -> None:
    """A bulk update is judged row by row."""
    await write(database, Changes(leads=(lead(ANNA, contacted_at=NOON), lead(PALLE, replied_at=NOON))))
    await outside.does(database, "UPDATE client_leads SET pipeline_stage = 'replied'")
    assert await stages(database) == {ANNA: ("replied", "person"), PALLE: ("replied", "auto")}


async def test_a_whole_row_written_back_freezes_nothing(database: Database) -> None:
    """A program that reads a row and writes all of it back says nothing new."""
    await write(database, Changes(leads=(lead(contacted_at=NOON),)))
    await outside.does(
        database,
        "UPDATE client_leads SET pipeline_stage = pipeline_stage, first_name = first_name, title = 'Dr'",
    )
    await write(database, Changes(leads=(lead(known=at(3), replied_at=at(3)),)))
    assert await stages(database) == {PALLE: ("replied", "auto")}


@pytest.mark.parametrize(
    ("stage", "first", "later"),
    [
        ("qualified", ("qualified", "person"), ("qualified", "person")),
        ("new", ("new", "auto"), ("replied", "auto")),
        (None, (None, "auto"), ("replied", "auto")),
    ],
)
async def test_a_lead_inserted_from_outside(
    database: Database, stage: str | None, first: tuple[str | None, str], later: tuple[str, str]
) -> None:
    """What a person inserts keeps its stage under every later event; without a stage of its own it follows its facts."""
    await write(database, Changes())
    await outside.does(database, upsert(database), email=PALLE, stage=stage)
    assert await stages(database) == {PALLE: first}
    await write(database, Changes(leads=(lead(known=at(-9000), replied_at=at(-9000)),)))
    assert await stages(database) == {PALLE: later}


async def test_a_portal_knows_names_only(on_postgres: Database) -> None:
    """On Postgres the key is looked up by the workspace's name; what the provider says later fills the rest, the stage stays."""
    await write(on_postgres, Changes())
    for stage in ("qualified", "closed"):
        await outside.does(
            on_postgres, PORTAL, name="Northwind Desk", email=" Palle@Molar.example", stage=stage
        )
    await write(on_postgres, Changes(leads=(lead(known=at(-9000), interested_at=at(-9000)),)))
    (row,) = await outside.reads(on_postgres, "SELECT * FROM client_leads")
    wanted = {
        "instance": NORTHWIND.instance,
        "workspace_id": NORTHWIND.id,
        "workspace_name": "Northwind Desk",
        "lead_email": PALLE,
        "lead_id": 870052,
        "first_name": "Palle",
        "pipeline_stage": "closed",
        "stage_author": "person",
        "auto_stage": "interested",
        "known_rank": 0,
    }
    assert {name: row[name] for name in wanted} == wanted


async def test_a_portal_hands_back_by_upsert(on_postgres: Database) -> None:
    """NULL in an upsert by names reaches the lead as NULL, not as the first stage of a new one."""
    await write(on_postgres, Changes(leads=(lead(contacted_at=NOON),)))
    for stage in ("closed", None):
        await outside.does(on_postgres, PORTAL, name="Northwind Desk", email=PALLE, stage=stage)
    assert await stages(on_postgres) == {PALLE: ("contacted", "auto")}


PORTALS_RIGHTS = """
CREATE ROLE {role} BYPASSRLS;
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT (workspace_name, lead_email, pipeline_stage) ON {schema}.client_leads TO {role};
GRANT INSERT (workspace_name, lead_email, pipeline_stage) ON {schema}.client_leads TO {role};
GRANT UPDATE (workspace_name, lead_email, pipeline_stage) ON {schema}.client_leads TO {role}"""


@pytest.mark.parametrize("stage", ["won", "new", None])
async def test_a_portal_needs_rights_on_three_columns(on_postgres: Database, stage: str | None) -> None:
    """A role that may touch nothing else inserts, upserts and updates; what the guard does is done with the owner's rights."""
    await write(on_postgres, Changes(leads=(lead(ANNA, contacted_at=NOON),)))
    role, schema = f"portal_{uuid.uuid4().hex[:8]}", on_postgres.place.schema
    async with on_postgres.write() as tx:
        for statement in PORTALS_RIGHTS.format(role=role, schema=schema).split(";"):
            await tx.run(text(statement))
    async with on_postgres.write() as tx:
        await tx.run(text(f"SET LOCAL ROLE {role}"))
        await tx.run(text(f"SET LOCAL search_path TO {schema}"))
        for email in (PALLE, ANNA):
            await tx.run(text(PORTAL), {"name": "Northwind Desk", "email": email, "stage": stage})
        await tx.run(
            text("UPDATE client_leads SET pipeline_stage = 'lost' WHERE lead_email = :email"), {"email": ANNA}
        )
    fresh = {"won": ("won", "person"), "new": ("new", "auto"), None: (None, "auto")}[stage]
    assert await stages(on_postgres) == {ANNA: ("lost", "person"), PALLE: fresh}
    async with on_postgres.write() as tx:
        await tx.run(text(f"DROP OWNED BY {role}"))
        await tx.run(text(f"DROP ROLE {role}"))


async def test_a_name_that_no_workspace_has(on_postgres: Database) -> None:
    """Is refused with a message that says so, and nothing is written."""
    await write(on_postgres, Changes())
    with pytest.raises(StoreError, match='no workspace in client_registry is called "Nordwind"'):
        await outside.does(on_postgres, PORTAL, name="Nordwind", email=PALLE, stage="closed")
    assert await stages(on_postgres) == {}


@pytest.fixture
async def sqlite_database(sqlite_place: Place) -> AsyncIterator[Database]:
    database = Database(sqlite_place, SystemClock())
    yield database
    await database.close()


async def test_sqlite_says_what_an_insert_needs(sqlite_database: Database) -> None:
    """On SQLite an insert without the key is refused with a message that names what is missing."""
    await write(sqlite_database, Changes())
    with pytest.raises(StoreError, match="a new lead needs instance, workspace_id"):
        await outside.does(sqlite_database, PORTAL, name="Northwind Desk", email=PALLE, stage="closed")
