"""A workspace's new name reaches every table and view, whoever writes at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from bisonwatch.domain.changes import Changes
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Figures
from bisonwatch.store import metrics, mirror, provider_days, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.metrics import MonthRow
from bisonwatch.store.tx import Tx
from tests.support import outside
from tests.support.mirrored import account, ago, put_accounts
from tests.support.news import NOON, NORTHWIND, at, lead, sighting
from tests.support.waiting import until_done_or_waiting

OTHER = WorkspaceKey("main", 31)
NAMED = (
    "client_registry",
    "client_leads",
    "client_metrics",
    "sender_emails_cache",
    "email_accounts_cache",
    "email_accounts_live",
    "provider_performance_history",
    "webhook_health",
    "data_health_summary",
)


async def test_a_rename_is_everywhere_at_once(database: Database) -> None:
    """All tables change in one transaction; views look the name up."""
    await put_accounts(database, account(1))
    async with database.write() as tx:
        await mirror.write(tx, Changes(sightings=(sighting(),), leads=(lead(),)), NOON)
        month = MonthRow(NORTHWIND, Figures(sent=1), None, None, "poll")
        await metrics.publish(tx, [month], await workspaces.names(tx), NOON)
        await provider_days.record(tx, NOON.date())
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind North", ago())
    for name in NAMED:
        rows = await outside.reads(database, f"SELECT DISTINCT workspace_name FROM {name}")
        assert rows == [{"workspace_name": "Northwind North"}], name


async def test_a_batch_meets_a_rename(on_postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename by another node between a batch's look at the names and its leads leaves no lead under the old name."""
    async with on_postgres.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
    renaming: list[asyncio.Task[None]] = []

    async def rename() -> None:
        async with on_postgres.write() as tx:
            await workspaces.see(tx, NORTHWIND, "Northwind North", at(1))

    async def late(tx: Tx, *given: object) -> None:
        renaming.append(asyncio.create_task(rename()))
        await until_done_or_waiting(on_postgres, renaming[0])
        await leads_write(tx, *given)  # type: ignore[arg-type]

    leads_write = mirror.leads.write
    monkeypatch.setattr(mirror.leads, "write", late)
    async with on_postgres.write() as tx:
        await mirror.write(tx, Changes(sightings=(sighting(name=None),), leads=(lead(),)), NOON)
    await renaming[0]
    rows = await outside.reads(on_postgres, "SELECT workspace_name FROM client_leads")
    assert rows == [{"workspace_name": "Northwind North"}]


async def test_a_first_batch_meets_a_rename(on_postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where another node registers the workspace just after the batch looked, and renames it before the leads are written."""
    registered, renaming = False, list[asyncio.Task[None]]()

    async def names_to_change(tx: Tx, keys: Sequence[WorkspaceKey]) -> dict[WorkspaceKey, tuple[str, str]]:
        nonlocal registered
        found = await looked(tx, keys)
        if not registered:
            assert not found
            registered = True
            await see("Northwind Desk", NOON)
        return found

    async def see(name: str, known_at: datetime) -> None:
        async with on_postgres.write() as tx:
            await workspaces.see(tx, NORTHWIND, name, known_at)

    async def late(tx: Tx, *given: object) -> None:
        renaming.append(asyncio.create_task(see("Northwind North", at(1))))
        await until_done_or_waiting(on_postgres, renaming[0])
        await leads_write(tx, *given)  # type: ignore[arg-type]

    leads_write, looked = mirror.leads.write, workspaces.names_to_change
    monkeypatch.setattr(mirror.workspaces, "names_to_change", names_to_change)
    monkeypatch.setattr(mirror.leads, "write", late)
    async with on_postgres.write() as tx:
        await mirror.write(tx, Changes(sightings=(sighting(name=None),), leads=(lead(),)), NOON)
    await renaming[0]
    rows = await outside.reads(on_postgres, "SELECT workspace_name FROM client_leads")
    assert rows == [{"workspace_name": "Northwind North"}]


async def test_two_first_batches_meet(on_postgres: Database) -> None:
    """One registers what the other has to lock first, and the other way round: neither holds what the other waits for."""
    async with on_postgres.write() as tx:
        await workspaces.see(tx, OTHER, "Contoso", NOON)
    both = Changes(sightings=(sighting(), sighting(OTHER, name=None)), leads=(lead(),))
    async with on_postgres.write() as first:
        await workspaces.register(first, NORTHWIND, "Northwind Desk", NOON, NOON)

        async def second() -> None:
            async with on_postgres.write() as tx:
                await mirror.write(tx, both, NOON)

        waiting = asyncio.create_task(second())
        await until_done_or_waiting(on_postgres, waiting)
        assert not waiting.done()
        async with asyncio.timeout(1):
            await workspaces.see(first, OTHER, "Contoso Ltd", at(1))
    await waiting
    rows = await outside.reads(
        on_postgres, "SELECT workspace_name FROM client_registry ORDER BY workspace_id"
    )
    assert rows == [{"workspace_name": "Northwind Desk"}, {"workspace_name": "Contoso Ltd"}]
