from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from bisonwatch.errors import StoreError
from bisonwatch.store import tables
from bisonwatch.store.database import Database
from tests.support.house import everything
from tests.support.news import NOON

MOMENTS = {
    "a microsecond": datetime(2026, 11, 20, 12, 0, 0, 1, UTC),
    "before 1970": datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
    "year 1": datetime(1, 1, 1, tzinfo=UTC),
    "year 9999": datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
    "another zone": datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
}


async def lease(database: Database, **values: object) -> None:
    row = {"name": "x", "holder": uuid4(), "fence": 1, "expires_at": NOON} | values
    async with database.write() as tx:
        await tx.run(tx.dialect.insert(tables.leases), [row])


@pytest.mark.parametrize("case", MOMENTS)
async def test_moments_come_back_as_they_were(database: Database, case: str) -> None:
    """To the microsecond, as aware UTC, from the first year to the last."""
    await lease(database, expires_at=MOMENTS[case])
    (row,) = await everything(database, tables.leases)
    assert (row.expires_at, row.expires_at.utcoffset()) == (MOMENTS[case], timedelta(0))


async def test_a_naive_moment_is_refused(database: Database) -> None:
    """A moment without a zone is a mistake, never a guess."""
    with pytest.raises(StoreError, match="every moment has a zone"):
        await lease(database, expires_at=NOON.replace(tzinfo=None))
    assert await everything(database, tables.leases) == []


@pytest.mark.parametrize("values", [{"fence": 2**63}, {"name": "\ud800"}, {"name": None}], ids=str)
async def test_what_a_column_cannot_hold_is_a_store_error(
    database: Database, values: dict[str, object]
) -> None:
    """Too large, not writable or missing: refused in our words on either database, and nothing is written."""
    with pytest.raises(StoreError, match="refused"):
        await lease(database, **values)
    assert await everything(database, tables.leases) == []


async def test_ids_sort_alike(database: Database) -> None:
    """As bytes on SQLite and as uuid on Postgres, ids come in the same order."""
    ids = [UUID(int=value) for value in (2**127, 1, 2**64, 2**127 + 1, 255)]
    rows = [
        {"id": each, "name": "n", "version": "1", "pid": 1, "started_at": NOON, "seen_at": NOON}
        for each in ids
    ]
    async with database.write() as tx:
        await tx.run(
            tx.dialect.insert(tables.nodes), [row | {"leader": False, "figures": {}} for row in rows]
        )
    assert [row.id for row in await everything(database, tables.nodes)] == sorted(ids)


async def test_json_comes_back(database: Database) -> None:
    """Any JSON value, null in it too, with text of any script."""
    value = {"a": [1, 2.5, None, True], "Ω": {"b": "\u202e\U0001f9ac"}}
    row = {"id": uuid4(), "name": "n", "version": "1", "pid": 1, "started_at": NOON, "seen_at": NOON}
    async with database.write() as tx:
        await tx.run(tx.dialect.insert(tables.nodes), [row | {"leader": False, "figures": value}])
    assert [row.figures for row in await everything(database, tables.nodes)] == [value]


async def test_a_number_that_is_none_is_null_in_json(database: Database) -> None:
    """A mean of nothing must not stop a heartbeat on the one database and pass on the other."""
    row = {"id": uuid4(), "name": "n", "version": "1", "pid": 1, "started_at": NOON, "seen_at": NOON}
    async with database.write() as tx:
        figures = {"mean": float("nan"), "most": float("inf"), "n": 2**53 + 1}
        await tx.run(tx.dialect.insert(tables.nodes), [row | {"leader": False, "figures": figures}])
    (node,) = await everything(database, tables.nodes)
    assert node.figures == {"mean": None, "most": None, "n": 2**53 + 1}
