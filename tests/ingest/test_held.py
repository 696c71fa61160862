"""What another program locks or forbids holds up its own deliveries only, and is told once when it begins and once when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from bisonwatch.ingest import held
from bisonwatch.store.database import Database
from bisonwatch.store.refusals import refusal
from bisonwatch.store.tx import AnyRow
from tests.support.house import House, body, delivery, house
from tests.support.news import NOON, at
from tests.support.webhooks import webhook

HELD = "held@molar.example"
TURNS = "are held up", "go on again"


def sent(number: int, email: str = "palle@molar.example", workspace: int = 12) -> bytes:
    return body(webhook("email_sent", send=(number, NOON), email=email, workspace=workspace))


@pytest.fixture
async def built(on_postgres: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(held, "PATIENCE", timedelta(seconds=0.4))
    monkeypatch.setattr(held, "HASTE", timedelta(seconds=0.1))
    async with house(on_postgres) as made:
        await made.put(delivery(sent(1, HELD), at(-60)), delivery(sent(2, workspace=13), at(-60)))
        await made.drain()
        yield made


@asynccontextmanager
async def psql(house: House, statement: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody's session, left open in the middle of a transaction."""
    session = await asyncpg.connect(
        house.database.place.url, server_settings={"application_name": "psql"}, statement_cache_size=0
    )
    await session.execute(f"BEGIN; {statement}")
    yield session
    await session.close()


async def put_60_with_the_held_one_among_them(house: House) -> None:
    items = [delivery(sent(n, f"lead{n}@molar.example", 12 + n % 2), at(n / 60 - 20)) for n in range(10, 70)]
    items[30] = delivery(sent(40, HELD), at(-16))
    await house.put(*items)


async def waiting(house: House) -> list[AnyRow]:
    return [row for row in await house.all() if row.state != "done"]


def turns(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if any(turn in line for turn in TURNS)]


async def until_nothing_waits(house: House) -> None:
    for _ in range(20):
        await house.clock.advance(61)
        await house.drain()
        if not await waiting(house):
            return
    raise AssertionError(await waiting(house))


async def test_a_locked_lead_holds_up_nobody_else(built: House, caplog: pytest.LogCaptureFixture) -> None:
    """A session left open on one lead: all others are applied, the one waits without being blamed, and comes when it may."""
    caplog.set_level("INFO")
    await put_60_with_the_held_one_among_them(built)
    locking = "UPDATE bisonwatch.client_leads SET pipeline_stage = 'Won' WHERE lead_email = '" + HELD + "'"
    async with psql(built, locking) as session:
        async with asyncio.timeout(20):
            await built.drain()
        (one,) = await waiting(built)
        assert (HELD.encode() in one.body, one.attempts, one.state) == (True, 0, "pending")
        assert "client_leads" in one.error
        for _ in range(8):  # more often than poison is tried
            await built.clock.advance(61)
            await built.put(delivery(sent(round(built.clock.monotonic()) + 1000), built.clock.now()))
            await built.drain()
        assert [HELD.encode() in row.body for row in await waiting(built)] == [True]
        await session.execute("COMMIT")
    await until_nothing_waits(built)
    begun, ended = turns(caplog)
    assert begun.startswith("deliveries of workspace main/12 are held up: ")
    assert "psql (process " in begun
    assert ended.startswith("deliveries of workspace main/12 go on again, after ")
    assert built.processing.dead == 0


async def test_a_trigger_that_forbids_one_lead_holds_up_nobody_else(
    built: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A portal's trigger that raises `insufficient_privilege`: as with a lock, told with the trigger's own words."""
    caplog.set_level("INFO")
    async with psql(built, FORBIDDING) as session:
        await session.execute("COMMIT")
        await put_60_with_the_held_one_among_them(built)
        await built.drain()
        (one,) = await waiting(built)
        assert (HELD.encode() in one.body, one.attempts, one.state) == (True, 0, "pending")
        await session.execute("DROP TRIGGER portal ON bisonwatch.client_leads")
    await until_nothing_waits(built)
    begun, ended = turns(caplog)
    assert "main/12 are held up: not this one (PL/pgSQL function bisonwatch.portal() line " in begun
    assert "main/12 go on again" in ended


FORBIDDING = f"""
CREATE FUNCTION bisonwatch.portal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.lead_email = '{HELD}' THEN
    RAISE EXCEPTION 'not this one' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER portal BEFORE INSERT OR UPDATE ON bisonwatch.client_leads
FOR EACH ROW EXECUTE FUNCTION bisonwatch.portal()"""


async def test_a_workspace_that_is_locked_as_a_whole_holds_up_nobody_else(
    built: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A few of its deliveries are tried alone, the rest wait unasked: the other workspaces do not wait for each of them."""
    caplog.set_level("INFO")
    items = [
        delivery(sent(10 + n, HELD if n % 2 else f"l{n}@x.example", 12 + (n + 1) % 2), at(-1))
        for n in range(120)
    ]
    async with psql(
        built, "SELECT FROM bisonwatch.client_registry WHERE workspace_id = 12 FOR UPDATE"
    ) as session:
        await built.put(*items)
        async with asyncio.timeout(20):
            await built.processor.once()
        assert {row.workspace_id for row in await waiting(built)} == {12}
        assert len(await waiting(built)) == 60
        await session.execute("ROLLBACK")
    await until_nothing_waits(built)
    assert len(turns(caplog)) == 2


async def test_a_table_that_is_locked_as_a_whole_is_the_databases_own_trouble(
    built: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Deliveries of several workspaces fail alike and none comes through: that is said, after a few tries and not one for each."""
    caplog.set_level("INFO")
    await built.put(*(delivery(sent(10 + n, f"l{n}@x.example", 12 + n % 40), at(-1)) for n in range(400)))
    running = asyncio.create_task(built.processor.run())
    async with psql(built, "LOCK TABLE bisonwatch.client_leads IN EXCLUSIVE MODE") as session:
        await told(caplog, "the mirror stands still: ")
        assert len(await waiting(built)) == 400
        assert {row.attempts for row in await waiting(built)} == {0}
        await session.execute("COMMIT")
        await told(caplog, "the mirror moves again, after ")
        async with asyncio.timeout(20):
            while await waiting(built):
                await built.clock.advance(1)
    running.cancel()
    assert len([line for line in caplog.messages if "the mirror" in line]) == 2


async def told(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(20):
        while not any(line.startswith(words) for line in caplog.messages):
            await asyncio.sleep(0.02)


async def test_all_of_a_lonely_workspace_may_be_held_up(built: House) -> None:
    """Where there is no other, those that are spared come by again after those that were tried, and all arrive in the end."""
    async with psql(built, FORBIDDING.replace(f"= '{HELD}'", "LIKE 'held%'")) as session:
        await session.execute("COMMIT")
        await built.put(*(delivery(sent(n, f"held{n}@x.example"), at(-2)) for n in range(10, 50)))
        await built.put(*(delivery(sent(n, f"l{n}@x.example"), at(-1)) for n in range(50, 90)))
        for _ in range(12):
            await built.drain()
            await built.clock.advance(3)
        assert {row.subject for row in await waiting(built)} == {None}
        assert len(await waiting(built)) == 40
        await session.execute("DROP TRIGGER portal ON bisonwatch.client_leads")
    await until_nothing_waits(built)


def test_which_refusals_are_narrow() -> None:
    """Those that may be about a row; what is about the server, the role or the password is everybody's."""
    codes = ("55P03", "57014", "42501", "42703", "57P01", "53300", "28P01", "3D000", "SQLITE_BUSY")
    narrow = [code for code in codes if (known := refusal(code)) is not None and known.narrow]
    assert narrow == ["55P03", "57014", "42501", "42703"]
