"""G17: one key for all of an instance, which we may not switch and a person does; the wrong workspace never gets the data."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from bisonwatch.config.instances import Instance
from bisonwatch.errors import WrongWorkspace
from bisonwatch.store import accounts, tables
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.key import KeyKind
from bisonwatch.sync.providers import connected
from tests.sync.conftest import House
from tests.sync.provider import URL, Space, lead, minutes

SHARED = "key-of-a-super-admin"


@pytest.fixture
async def shared(house: House, northwind: Space, cobalt: Space) -> AsyncIterator[House]:
    """The same house, but one key for both workspaces, which reads the first now."""
    house.provider.keys[SHARED] = [northwind.id, cobalt.id]
    instance = Instance.model_validate({"name": "main", "url": URL, "api_key": SHARED})
    providers = connected([instance], house.clock, transports={"main": house.provider.transport}, environ={})
    yield House(house.clock, house.database, house.bus, house.provider, providers)
    await providers.close()


def switch_at(house: House, request: int, route: str) -> None:
    """From that request to the route on, the key reads the other workspace."""
    seen = 0

    def fault(asked: httpx.Request) -> httpx.Response | None:
        nonlocal seen
        seen += asked.url.path == route
        if seen >= request:
            house.provider.keys[SHARED] = [13, 12]
        return None

    house.provider.fault = fault


async def addresses(house: House, space: Space) -> set[str]:
    async with house.database.read() as tx:
        return {row.email for row in await accounts.page(tx, space.key, None, 1000)}


@pytest.mark.parametrize("request_number", range(1, 8))
async def test_accounts_of_another_workspace_are_not_written(
    shared: House, northwind: Space, cobalt: Space, request_number: int
) -> None:
    """Whichever page the switch comes before, no account of the other is written as ours, and none of ours is removed."""
    northwind.mailboxes(100)
    await shared.accounts.walk(northwind.key)
    ours = await addresses(shared, northwind)
    assert len(ours) == 100
    cobalt.accounts = {
        n: {**row, "id": n, "email": f"b{n}@cobalt.example"}
        for n, row in ((1000 + m, row) for m, row in northwind.accounts.items())
    }
    await shared.clock.advance(60)
    switch_at(shared, request_number, "/api/sender-emails")
    with pytest.raises(WrongWorkspace):
        await shared.accounts.walk(northwind.key)
    assert await addresses(shared, northwind) == ours
    assert await addresses(shared, cobalt) == set()


@pytest.mark.parametrize("request_number", [1, 2, 3])
async def test_leads_of_another_workspace_are_not_written(
    shared: House, northwind: Space, cobalt: Space, request_number: int
) -> None:
    """The pages in doubt never reach the mirror."""
    northwind.leads = [lead(n) for n in range(60, 0, -1)]
    cobalt.leads = [lead(n, "Theirs") | {"email": f"their{n}@cobalt.example"} for n in range(160, 100, -1)]
    switch_at(shared, request_number, "/api/leads")
    with pytest.raises(WrongWorkspace):
        await shared.leads.walk(northwind.key)
    async with shared.database.read() as tx:
        written = {row.lead_email for row in await tx.rows(select(tables.client_leads))}
    assert not {email for email in written if email.startswith("their")}


async def test_numbers_of_another_workspace_are_not_written(shared: House, northwind: Space) -> None:
    """A series that came while the key was switched is thrown away."""
    shared.provider.series = [{"label": "Sent", "dates": [["2026-09-14", 412]]}]
    switch_at(shared, 1, "/api/workspaces/v1.1/line-area-chart-stats")
    with pytest.raises(WrongWorkspace):
        await shared.reports.read(northwind.key)
    async with shared.database.read() as tx:
        assert await tx.rows(select(tables.daily_reports)) == []


async def test_a_log_of_another_workspace_moves_no_cursor(
    shared: House, northwind: Space, cobalt: Space
) -> None:
    """The walk of the event log fails, applies nothing, and begins again where it was."""
    for number in range(40):
        cobalt.sent(number, shared.clock.now() - minutes(100 - number))
    northwind.sent(900, shared.clock.now() - minutes(5))
    switch_at(shared, 1, "/api/events")
    with pytest.raises(WrongWorkspace):
        await shared.poller.walk(northwind.key)
    async with shared.database.read() as tx:
        assert await tx.rows(select(tables.inbox.c.id)) == []
        assert await tx.rows(select(tables.cursors)) == []
    shared.provider.keys[SHARED], shared.provider.fault = [12, 13], lambda _request: None
    assert (await shared.poller.walk(northwind.key)).rows == 1


async def test_a_key_that_saw_one_workspace_is_proven_too(
    shared: House, northwind: Space, cobalt: Space
) -> None:
    """Its user was given a second workspace since it was last asked what it sees, and went there in the middle of a walk."""
    shared.provider.keys[SHARED] = [northwind.id]
    await Discovery(shared.database, shared.providers, shared.clock, shared.bus).once()
    assert shared.providers.key(northwind.key).kind is KeyKind.API_USER
    northwind.mailboxes(20)
    theirs = {"email": "theirs@cobalt.example"}
    cobalt.accounts = {1000 + n: {**row, "id": 1000 + n, **theirs} for n, row in northwind.accounts.items()}
    switch_at(shared, 2, "/api/sender-emails")
    with pytest.raises(WrongWorkspace):
        await shared.accounts.walk(northwind.key)
    assert "theirs@cobalt.example" not in await addresses(shared, northwind)
