from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.store import migrate
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tables import metadata
from tests.support import postgres

OWNER = "mirror_owner"
HOSTED = ("anon", "authenticated", "service_role")


@pytest.fixture(scope="module")
def hosted_server() -> Iterator[postgres.Server]:
    """A server of one's own: roles are the whole cluster's."""
    with postgres.throwaway() as server:
        yield server


@asynccontextmanager
async def asked(server: postgres.Server, role: str = "bison") -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(server.url().replace("bison@", f"{role}@"))
    yield connection
    await connection.close()


@pytest.fixture
async def hosted(hosted_server: postgres.Server) -> AsyncIterator[Place]:
    """A database as a hosting firm gives it: its roles, and for us one that owns its schema and nothing else."""
    async with asked(hosted_server) as admin:
        for role in (*HOSTED, OWNER):
            await admin.execute(f"CREATE ROLE {role} LOGIN")
        await admin.execute("ALTER ROLE service_role BYPASSRLS; REVOKE ALL ON DATABASE postgres FROM PUBLIC")
        await admin.execute(f"CREATE SCHEMA bisonwatch AUTHORIZATION {OWNER}")
        await admin.execute(f"GRANT CONNECT ON DATABASE postgres TO {', '.join((*HOSTED, OWNER))}")
        yield Place(hosted_server.url().replace("bison@", f"{OWNER}@"))
        await admin.execute("DROP SCHEMA bisonwatch CASCADE; DROP PUBLICATION IF EXISTS supabase_realtime")
        for role in (*HOSTED, OWNER):
            await admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def upgraded(place: Place) -> tuple[str, ...]:
    """What the upgrade has to say."""
    database = Database(place, SystemClock())
    schema = await migrate.upgrade(database)
    await database.close()
    assert schema.current
    return schema.notices


async def test_everything_is_behind_row_level_security(hosted: Place, hosted_server: postgres.Server) -> None:
    """No table is open to a role that is given rights by mistake: without a policy it sees no row."""
    await upgraded(hosted)
    async with asked(hosted_server) as admin:
        tables = dict(
            await admin.fetch(
                "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'bisonwatch'::regnamespace"
                " AND relkind IN ('r', 'p')"
            )
        )
    assert set(tables) == {*metadata.tables, "alembic_version"}
    assert all(tables.values())


@pytest.mark.parametrize("role", HOSTED)
async def test_nothing_is_granted(hosted: Place, hosted_server: postgres.Server, role: str) -> None:
    """Neither the roles that a browser comes in by nor anybody else may even look into the schema."""
    await upgraded(hosted)
    async with asked(hosted_server, role) as stranger:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for schema"):
            await stranger.fetch("SELECT * FROM bisonwatch.client_leads")
    async with asked(hosted_server) as admin:
        granted = await admin.fetch(
            "SELECT relname FROM pg_class, aclexplode(relacl) AS a WHERE a.grantee <> relowner"
            " AND relnamespace = 'bisonwatch'::regnamespace UNION ALL SELECT proname FROM pg_proc,"
            " aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a WHERE a.grantee <> proowner"
            " AND pronamespace = 'bisonwatch'::regnamespace"
        )
    assert granted == []


async def test_what_was_granted_before_is_taken_back(hosted: Place, hosted_server: postgres.Server) -> None:
    """A schema that was opened to the browser's roles is closed, with what will be made in it."""
    async with asked(hosted_server, OWNER) as owner:
        await owner.execute("GRANT USAGE ON SCHEMA bisonwatch TO anon, authenticated, PUBLIC")
        await owner.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA bisonwatch GRANT ALL ON TABLES TO anon, PUBLIC"
        )
    await upgraded(hosted)
    async with asked(hosted_server, OWNER) as owner:
        await owner.execute("CREATE TABLE bisonwatch.later (id integer)")
        for right in ("SELECT", "INSERT"):
            assert not await owner.fetchval(
                f"SELECT has_table_privilege('anon', 'bisonwatch.later', '{right}')"
            )
        assert not await owner.fetchval("SELECT has_schema_privilege('anon', 'bisonwatch', 'USAGE')")


async def test_a_portal_that_is_let_in_reads_and_writes_leads(
    hosted: Place, hosted_server: postgres.Server
) -> None:
    """The rights that docs/postgres.md gives a portal's role are enough for it, and no more."""
    await upgraded(hosted)
    async with asked(hosted_server, OWNER) as owner:
        await owner.execute("GRANT USAGE ON SCHEMA bisonwatch TO service_role")
        await owner.execute("GRANT SELECT ON bisonwatch.client_leads TO service_role")
        await owner.execute(
            "GRANT INSERT, UPDATE (pipeline_stage) ON bisonwatch.client_leads TO service_role"
        )
        await owner.execute(
            "INSERT INTO bisonwatch.client_registry VALUES ('main', 1, 'One', 'One', now(), true, NULL, NULL, now())"
        )
    async with asked(hosted_server, "service_role") as portal:
        await portal.execute(
            "INSERT INTO bisonwatch.client_leads (workspace_name, lead_email) VALUES ('One', 'a@x.example')"
        )
        await portal.execute("UPDATE bisonwatch.client_leads SET pipeline_stage = 'won'")
        lead = await portal.fetchrow("SELECT pipeline_stage, stage_author FROM bisonwatch.client_leads")
        assert tuple(lead) == ("won", "person")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await portal.fetch("SELECT * FROM bisonwatch.inbox")


@pytest.mark.parametrize("ours", [True, False])
async def test_the_realtime_publication(hosted: Place, hosted_server: postgres.Server, ours: bool) -> None:
    """What a portal listens to is published when the publication is ours; else the upgrade says what its owner has to run."""
    async with asked(hosted_server) as admin:
        await admin.execute("CREATE PUBLICATION supabase_realtime")
        if ours:
            await admin.execute(f"GRANT CREATE ON DATABASE postgres TO {OWNER}")
            await admin.execute(f"ALTER PUBLICATION supabase_realtime OWNER TO {OWNER}")
        told = await upgraded(hosted)
        assert await upgraded(hosted) == told
        published = await admin.fetch("SELECT tablename FROM pg_publication_tables ORDER BY 1")
    assert [row[0] for row in published] == (["client_leads", "client_metrics"] if ours else [])
    assert told == (() if ours else (FOREIGN,))


FOREIGN = (
    "the publication supabase_realtime belongs to bison: as that role, run: "
    'ALTER PUBLICATION supabase_realtime ADD TABLE "bisonwatch"."client_leads", "bisonwatch"."client_metrics";'
)
