"""Databases as older releases left them: one of each kind for each released schema, with invented data in it."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from bisonwatch.store.place import Place

STORED = Path(__file__).parents[1] / "fixtures" / "schemas"


def stored_file(revision: str, folder: Path) -> Place:
    """An SQLite file, byte for byte."""
    file = folder / "stored.db"
    file.write_bytes(gzip.decompress((STORED / f"{revision}.sqlite.db.gz").read_bytes()))
    return Place(f"sqlite:///{file}")


@asynccontextmanager
async def stored_database(revision: str, administrator: str, door: str) -> AsyncIterator[Place]:
    """A database of one's own from a dump, gone afterwards. Both are URLs; the second is how it will be reached, up to its name."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(administrator)
    await admin.execute(f"CREATE DATABASE {name}")
    filled = await asyncpg.connect(administrator.rpartition("/")[0] + f"/{name}")
    await filled.execute(gzip.decompress((STORED / f"{revision}.postgresql.sql.gz").read_bytes()).decode())
    await filled.close()
    yield Place(f"{door.rpartition('/')[0]}/{name}")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()
