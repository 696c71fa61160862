"""The audit log, and pages of what no index tells."""

from __future__ import annotations

import pytest

from bisonwatch.domain.audit import Deed, audit_json
from bisonwatch.domain.ids import uuid7
from bisonwatch.store import audit, leads, sieve
from bisonwatch.store.database import Database
from tests.store.test_retention import prune
from tests.support.news import NOON, NORTHWIND, at, lead


def deed(minutes: float, **more: object) -> Deed:
    when = at(minutes)
    given = {"body": {"only": ["leads"]}}
    return Deed(uuid7(when), when, "ops", "operator", "127.0.0.1", "resync", NORTHWIND, given, **more)  # type: ignore[arg-type]


async def test_a_deed_is_told_as_it_was_written(database: Database) -> None:
    """With its end, once that is there."""
    first, last = deed(-2), deed(-1, status=403, ended_at=NOON, error="may read only")
    async with database.write() as tx:
        await audit.begin(tx, first)
        await audit.begin(tx, last)
        await audit.end(tx, first.id, 202, None, NOON)
    async with database.read() as tx:
        found = await audit.page(tx, 10)
        assert await audit.page(tx, 10, (last.at, last.id)) == found[1:]
        assert await audit.page(tx, 10, since=last.at) == found[:1]
    assert [one.outcome for one in found] == ["refused", "done"]
    assert found[0] == last
    assert audit_json(found[1])["workspace"] == NORTHWIND.id


async def test_the_audit_log_is_kept_for_400_days(database: Database) -> None:
    """And no longer."""
    old, young = deed(-401 * 24 * 60), deed(-399 * 24 * 60)
    async with database.write() as tx:
        await audit.begin(tx, old)
        await audit.begin(tx, young)
    assert await prune(database) == 1
    async with database.read() as tx:
        assert [one.id for one in await audit.page(tx, 10)] == [young.id]


async def test_what_is_rare_comes_in_short_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One page looks no further than its window, and says where to go on, also where it found nothing."""
    addresses = [f"lead{n:02}@molar.example" for n in range(20)]
    async with database.write() as tx:
        await leads.write(tx, [lead(email=one) for one in addresses], {NORTHWIND: "Desk"}, NOON)
        await leads.set_stage(tx, NORTHWIND, addresses[17], "won")
    monkeypatch.setattr(sieve, "WINDOW", 5)
    places, found, after = [], [], None
    async with database.read() as tx:
        while True:
            page, after = await leads.search(tx, NORTHWIND, after, 10, stage="won")
            found += [one.email for one in page]
            places.append(after)
            if after is None:
                break
    assert found == [addresses[17]]
    assert places == [*addresses[4::5], None]
