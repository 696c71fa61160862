"""A Postgres mirror dumped and restored as docs/backup.md tells it, by a role as docs/postgres.md makes it."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.store import backup, migrate, tables
from bisonwatch.store import copy as copying
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell
from tests.store.test_copy import AWKWARD
from tests.support import postgres
from tests.support.catalog import catalog

TOLD = (
    Path(__file__)
    .parents[2]
    .joinpath("docs", "backup.md")
    .read_text()
    .partition("### Restore on Postgres")[2]
)
MADE = (
    "CREATE ROLE mirror LOGIN; CREATE ROLE service_role LOGIN BYPASSRLS",
    "REVOKE ALL ON DATABASE postgres FROM PUBLIC",
    "GRANT CONNECT ON DATABASE postgres TO mirror, service_role",
    "CREATE SCHEMA bisonwatch AUTHORIZATION mirror",
    "CREATE PUBLICATION supabase_realtime",
)
OURS = (
    "GRANT CREATE ON DATABASE postgres TO mirror",
    "ALTER PUBLICATION supabase_realtime OWNER TO mirror",
    "REVOKE CREATE ON DATABASE postgres FROM mirror",
)
GRANTED = "GRANT SELECT ON bisonwatch.client_leads TO service_role; GRANT USAGE ON SCHEMA bisonwatch TO service_role"


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """One of one's own: roles are the whole cluster's."""
    with postgres.throwaway() as server:
        yield server


async def asked(server: postgres.Server, *statements: str) -> list[str]:
    """As the database's owner; the first column of the last answer."""
    connection = await asyncpg.connect(server.url())
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return [row[0] for row in await connection.fetch(statements[-1])]
    finally:
        await connection.close()


async def filled(place: Place, file: Path) -> str:
    """A mirror with rows, and a copy of them beside it; how its schema reads."""
    mirror, beside = Database(place, SystemClock()), Database(Place(f"sqlite:///{file}"), SystemClock())
    await migrate.upgrade(mirror)
    async with mirror.write() as tx:
        for name, rows in AWKWARD.items():
            for row in rows:
                await tx.run(tables.metadata.tables[name].insert(), [row])
    await copying.prepare(beside)
    assert (await copying.copy(mirror, beside, lambda _: None, anew=True)).differences == ()
    told = await catalog(mirror)
    await asyncio.gather(mirror.close(), beside.close())
    return told


async def read(place: Place) -> str:
    mirror = Database(place, SystemClock())
    told = await catalog(mirror)
    await mirror.close()
    return told


def run(server: postgres.Server, command: str) -> None:
    """As on a shell with the server's own programs at hand."""
    path = f"{server.bin}{os.pathsep}{os.environ['PATH']}"
    words = shlex.split(command)
    done = subprocess.run(
        [str(server.bin / words[0]), *words[1:]],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def told(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", TOLD, re.DOTALL)
    assert found is not None
    return found[1].strip()


PUBLISHED = "SELECT tablename::text FROM pg_publication_tables WHERE schemaname = 'bisonwatch' ORDER BY 1"


@pytest.mark.parametrize("ours", [True, False])
def test_what_is_dumped_can_be_restored(
    shell: Shell, server: postgres.Server, tmp_path: Path, ours: bool
) -> None:
    """Every row, every table, function, trigger and right is as before, and whoever listens is served again."""
    asyncio.run(asked(server, *MADE, *(OURS if ours else ()), "SELECT 1"))
    place = Place(server.url().replace("bison@", "mirror@"))
    shell.config["database"]["url"] = place.url
    before = asyncio.run(filled(place, tmp_path / "beside.db"))
    asyncio.run(asked(server, GRANTED, "SELECT 1"))
    granted = asyncio.run(read(place))
    run(server, backup.dump_command(place, tmp_path / "mirror.dump"))

    asyncio.run(asked(server, *told("sql").split(";")[:-1], "SELECT 1"))
    restored = told("sh").replace("postgresql://mirror@db.example/bisonwatch", place.url)
    run(server, restored.replace("FILE", str(tmp_path / "mirror.dump")))
    assert asyncio.run(asked(server, PUBLISHED)) == []
    said = shell.run("db", "upgrade")
    assert (said.code, "already at schema" in said.out) == (0, True)
    assert ("ALTER PUBLICATION supabase_realtime ADD TABLE" in said.err) == (not ours)
    assert asyncio.run(asked(server, PUBLISHED)) == (["client_leads", "client_metrics"] if ours else [])
    asyncio.run(asked(server, "GRANT USAGE ON SCHEMA bisonwatch TO service_role"))
    assert asyncio.run(read(place)) == granted != before
    same = shell.run("db", "copy", "--to", f"sqlite:///{tmp_path / 'beside.db'}", "--verify-only")
    assert (same.code, "equal in both" in same.out) == (0, True)
