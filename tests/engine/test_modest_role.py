"""The whole engine as a role that owns one schema and may do nothing else."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from bisonwatch.config.settings import Database as DatabaseSettings
from bisonwatch.config.settings import Settings
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


async def test_an_engine_needs_no_more_than_its_schema(settings: Settings, modest: dict[str, str]) -> None:
    """From the first start on an empty schema to a webhook in the mirror, the lease and a clean stop."""
    theirs = settings.model_copy(update={"database": DatabaseSettings.model_validate(modest)})
    async with running(theirs) as engine, httpx.AsyncClient() as client:
        hook = f"{engine.listener.url}/webhooks/main/{TOKEN}"
        assert (await client.post(hook, content=BODY.read_bytes())).status_code == 200
        await in_the_mirror(engine, client)
        assert (await client.get(f"{engine.api.url}/api/v1/workspaces", headers=BEARER)).status_code == 200
        assert engine.leadership.leads()
        assert engine.database.place.schema == "mirror"
