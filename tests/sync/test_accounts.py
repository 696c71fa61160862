from __future__ import annotations

import httpx
import pytest

from bisonwatch.domain.changes import Hint, HintKind
from bisonwatch.domain.run import Outcome
from bisonwatch.errors import ProviderUnreachable
from bisonwatch.store import accounts, hints
from bisonwatch.sync.hints import Hints, Pass
from bisonwatch.sync.meter import Meter
from tests.sync.conftest import LABELS, House
from tests.sync.provider import Space, mailbox


async def stored(house: House, space: Space) -> dict[int, str]:
    async with house.database.read() as tx:
        return {row.id: row.status for row in await accounts.page(tx, space.key, None, 1000)}


async def there(house: House, space: Space) -> int:
    async with house.database.read() as tx:
        return await accounts.count(tx, space.key)


async def test_433_are_433(house: House, northwind: Space) -> None:
    """All of 29 pages are read, each account is written once, and a second walk finds nothing to write."""
    northwind.mailboxes(433)
    first, again = Meter(), Meter()
    await house.accounts.walk(northwind.key, first)
    await house.accounts.walk(northwind.key, again)
    assert await there(house, northwind) == 433
    assert (first.tally.done, first.tally.total, first.written, first.unchanged) == (433, 433, 433, 0)
    assert (again.written, again.unchanged, again.removed) == (0, 433, 0)
    assert first.tally.requests == 29


async def test_labels_come_from_the_tags(house: House, northwind: Space) -> None:
    """Provider and reseller are what the configuration says the tags mean."""
    northwind.accounts = {1: mailbox(1) | {"tags": [{"name": "outlook"}, {"name": "Mailforge"}]}}
    await house.accounts.walk(northwind.key)
    async with house.database.read() as tx:
        (row,) = await accounts.page(tx, northwind.key, None, 10)
    assert (row.provider, row.reseller, row.status) == ("microsoft", "Mailforge", "connected")


async def test_absent_accounts_are_removed_on_404_only(house: House, northwind: Space) -> None:
    """After a complete walk the one that is gone is removed; one that the list merely left out is kept."""
    northwind.mailboxes(40)
    await house.accounts.walk(northwind.key)
    del northwind.accounts[7]
    hidden = northwind.accounts.pop(9)
    await house.clock.advance(60)
    house.provider.fault = lambda request: (
        httpx.Response(200, json={"data": hidden}) if request.url.path.endswith("/9") else None
    )
    meter = Meter()
    await house.accounts.walk(northwind.key, meter)
    found = await stored(house, northwind)
    assert (found[7], found[9], meter.removed) == ("removed", "connected", 1)


async def test_an_account_that_moved_is_not_gone(house: House, northwind: Space) -> None:
    """A mailbox that another workspace has now answers 403: it is kept for that one to take, and the walk goes on."""
    northwind.mailboxes(40)
    await house.accounts.walk(northwind.key)
    del northwind.accounts[7], northwind.accounts[9]
    await house.clock.advance(60)
    moved = {"data": {"message": "The api key does not match the workspace the record is on."}}
    house.provider.fault = lambda request: (
        httpx.Response(403, json=moved) if request.url.path.endswith("/7") else None
    )
    meter = Meter()
    await house.accounts.walk(northwind.key, meter)
    found = await stored(house, northwind)
    assert (found[7], found[9], meter.removed) == ("connected", "removed", 1)


async def test_a_partial_walk_removes_nothing(house: House, northwind: Space) -> None:
    """Pages whose ids do not add up to the total, or that end early, say nothing about who is absent."""
    northwind.mailboxes(40)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(60)
    rows = list(northwind.accounts.values())
    del northwind.accounts[39], northwind.accounts[40]

    def short(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/api/sender-emails":
            return None
        meta = {"current_page": 1, "last_page": 1, "per_page": 15, "total": 40}
        return httpx.Response(200, json={"data": rows[:38], "meta": meta})

    house.provider.fault = short
    meter = Meter()
    await house.accounts.walk(northwind.key, meter)
    house.provider.fault = lambda request: httpx.Response(500) if "page=3" in str(request.url) else None
    with pytest.raises(ProviderUnreachable):
        await house.accounts.walk(northwind.key, meter)
    assert (meter.removed, await there(house, northwind)) == (0, 40)


async def test_a_drop_over_a_tenth_is_held(house: House, northwind: Space) -> None:
    """Half of the accounts gone at once is believed when the next complete walk agrees."""
    northwind.mailboxes(40)
    await house.accounts.walk(northwind.key)
    northwind.mailboxes(20)
    await house.clock.advance(60)
    first = Meter()
    await house.accounts.walk(northwind.key, first)
    assert (first.removed, await there(house, northwind)) == (0, 40)
    assert len(house.accounts.held[northwind.key]) == 20
    second = Meter()
    await house.clock.advance(60)
    await house.accounts.walk(northwind.key, second)
    assert (second.removed, await there(house, northwind)) == (20, 20)
    assert house.accounts.held == {}


async def test_rows_that_cannot_be_read_are_not_absent(house: House, northwind: Space) -> None:
    """A broken row is skipped; the account it is about stays as it was known."""
    northwind.mailboxes(20)
    await house.accounts.walk(northwind.key)
    northwind.accounts[3]["email"] = None
    await house.clock.advance(60)
    await house.accounts.walk(northwind.key)
    assert await there(house, northwind) == 20
    assert house.provider.count("/api/sender-emails/3") == 0


async def test_one_workspace_fails_the_other_is_walked(house: House, northwind: Space, cobalt: Space) -> None:
    """A rejected key makes the pass partial."""
    cobalt.mailboxes(3)
    house.provider.keys.pop("key-of-12")
    done = await house.accounts.once()
    assert (done.outcome, await there(house, cobalt)) == (Outcome.PARTIAL, 3)
    assert (done.tally.workspaces, done.tally.workspaces_failed) == (2, 1)


async def test_hints_are_answered_by_reading(house: House, northwind: Space) -> None:
    """A hinted account is read again; a 404 removes it; a failing one is put off and asked again later."""
    northwind.mailboxes(3)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(60)
    northwind.accounts[1]["status"] = "Not connected"
    del northwind.accounts[2]
    now = house.clock.now()
    async with house.database.write() as tx:
        await hints.ask(tx, [Hint(northwind.key, HintKind.ACCOUNT, n, now) for n in (1, 2, 3)], now)
        await hints.ask(tx, [Hint(northwind.key, HintKind.SETTINGS, 1, now)], now)
    house.provider.fault = lambda request: (
        httpx.Response(403, json={}) if request.url.path.endswith("/3") else None
    )
    worker = Hints(house.database, house.providers, house.clock, house.bus, LABELS)
    assert await worker.once() == Pass(read=2, removed=1, put_off=1)
    assert await stored(house, northwind) == {1: "disconnected", 2: "removed", 3: "connected"}
    assert await worker.once() == Pass()
    house.provider.fault = lambda _request: None
    await house.clock.advance(10)
    assert await worker.once() == Pass(read=1)


async def test_a_light_walk_removes_nobody(house: House, northwind: Space) -> None:
    """The schedule's walks read every few minutes and sweep every half hour."""
    northwind.mailboxes(30)
    await house.accounts.once(light=True)
    del northwind.accounts[1]
    await house.clock.advance(300)
    await house.accounts.once(light=True)
    assert await there(house, northwind) == 30
    await house.clock.advance(1500)
    await house.accounts.once(light=True)
    assert await there(house, northwind) == 29
