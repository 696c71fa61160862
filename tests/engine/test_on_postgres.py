"""The whole engine on Postgres: as a role that owns one schema and nothing else, and through whatever `--pooler` puts between."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from bisonwatch.config.settings import Database as DatabaseSettings
from bisonwatch.config.settings import Settings
from bisonwatch.engine.service import Engine
from bisonwatch.store import sessions
from bisonwatch.store.database import FRONT
from bisonwatch.store.place import Place
from tests.engine.test_service import BEARER, BODY, TOKEN, in_the_mirror, running
from tests.support import postgres


@pytest.fixture
async def modest(postgres_server: postgres.Server) -> AsyncIterator[dict[str, str]]:
    """The `database` section as docs/postgres.md makes the role; not even TEMP is left to it."""
    role = f"m{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_server.url())
    await admin.execute(f"CREATE DATABASE {role}")
    await admin.execute(f"CREATE ROLE {role} LOGIN")
    await admin.execute(
        f"REVOKE ALL ON DATABASE {role} FROM PUBLIC; GRANT CONNECT ON DATABASE {role} TO {role}"
    )
    inside = await asyncpg.connect(postgres_server.url(role))
    await inside.execute(
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA mirror AUTHORIZATION {role}"
    )
    await inside.close()
    yield {"url": postgres_server.url(role).replace("bison@", f"{role}@"), "schema": "mirror"}
    await admin.execute(f"DROP DATABASE {role} WITH (FORCE)")
    await admin.execute(f"DROP ROLE {role}")
    await admin.close()


async def a_delivery_comes_through(settings: Settings, database: dict[str, str]) -> Engine:
    """Start on that database, take a webhook until it is in the mirror, and stop; the engine, for a last look."""
    there = settings.model_copy(update={"database": DatabaseSettings.model_validate(database)})
    async with running(there) as engine, httpx.AsyncClient() as client:
        hook = f"{engine.listener.url}/webhooks/main/{TOKEN}"
        assert (await client.post(hook, content=BODY.read_bytes())).status_code == 200
        await in_the_mirror(engine, client)
        assert engine.database._front is not None
        assert (
            engine.database._front.pool.checkedin() == FRONT
        )  # opened at the start, not by the one delivery
        assert (await client.get(f"{engine.api.url}/api/v1/workspaces", headers=BEARER)).status_code == 200
        assert engine.leadership.leads()
        async with engine.database.read() as tx:
            name = await tx.value(text("SELECT current_setting('application_name')"))
            assert name == sessions.called(engine.identity.id)
            assert await sessions.end_silent(tx, engine.clock.now()) == 0
    return engine


async def test_an_engine_needs_no_more_than_its_schema(settings: Settings, modest: dict[str, str]) -> None:
    """From the first start on an empty schema to a webhook in the mirror, the lease and a clean stop."""
    engine = await a_delivery_comes_through(settings, modest)
    assert engine.place.schema == "mirror"


async def test_an_engine_that_is_told_nothing_of_a_pooler(settings: Settings, postgres_place: Place) -> None:
    """With `pooler: auto` the URL is all it needs, whatever stands between."""
    engine = await a_delivery_comes_through(settings, {"url": postgres_place.url})
    assert engine.place.pooled is None
