from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from bisonwatch.clients.bison.pages import Page
from bisonwatch.domain.changes import Hint, HintKind
from bisonwatch.domain.run import Outcome
from bisonwatch.domain.totals import Totals
from bisonwatch.errors import ProviderUnreachable
from bisonwatch.store import account_walks, account_warmups, accounts, hints, tables
from bisonwatch.store.accounts import Labelled, Written
from bisonwatch.store.tx import Tx
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.hints import Hints, Pass
from bisonwatch.sync.met import Met
from bisonwatch.sync.meter import Meter
from tests.support.clock import settle
from tests.sync.conftest import LABELS, House
from tests.sync.provider import Row, Space, mailbox, stamp


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
    assert (house.provider.count("/api/sender-emails"), first.tally.requests) == (58, 58)
    assert first.tally.totals == Totals((("main", 433),), (("main/12", 433),))


async def test_433_are_written_in_batches_of_500(house: House, northwind: Space) -> None:
    """1,201 accounts are three transactions, whatever the pages are."""
    northwind.mailboxes(1201)
    sizes: list[int] = []
    write = accounts.write

    async def counting(tx: Tx, items: Sequence[Labelled]) -> Written:
        sizes.append(len(items))
        return await write(tx, items)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "write", counting)
        await house.accounts.walk(northwind.key)
    assert (sizes, await there(house, northwind)) == ([500, 500, 201], 1201)


async def test_only_what_changed_is_written(house: House, northwind: Space) -> None:
    """Of 100 accounts one sent a mail: one row is written."""
    northwind.mailboxes(100)
    await house.accounts.walk(northwind.key)
    northwind.accounts[50]["emails_sent_count"] = 413
    await house.clock.advance(300)
    meter = Meter()
    await house.accounts.walk(northwind.key, meter, sweep=False)
    assert (meter.written, meter.unchanged) == (1, 99)


async def test_a_run_tells_where_it_met_how_many(house: House, northwind: Space, cobalt: Space) -> None:
    """By instance and by workspace, the largest first; what the provider told stands beside what was met."""
    northwind.mailboxes(20)
    cobalt.accounts = {100 + n: mailbox(100 + n) for n in range(31)}
    done = await house.accounts.once()
    assert done.tally.totals == Totals((("main", 51),), (("main/13", 31), ("main/12", 20)))
    async with house.database.read() as tx:
        walks = await account_walks.get(tx, cobalt.key)
    assert (walks.met, walks.told, walks.walked_at) == (31, 31, walks.swept_at)


async def test_warm_up_comes_with_every_full_walk(house: House, northwind: Space) -> None:
    """The last ten days; light walks leave it alone; a score that is not there is unknown."""
    northwind.mailboxes(20)
    house.provider.warmups = {2: {"warmup_score": None, "warmup_disabled_for_bouncing_count": 1}}
    windows: list[dict[str, str]] = []

    def watch(request: httpx.Request) -> None:
        if request.url.path == "/api/warmup/sender-emails":
            windows.append({name: request.url.params[name] for name in ("start_date", "end_date")})

    house.provider.fault = watch
    await house.accounts.walk(northwind.key)
    await house.accounts.walk(northwind.key, sweep=False)
    async with house.database.read() as tx:
        found = await account_warmups.of(tx, northwind.key)
    assert windows == [{"start_date": "2026-09-04", "end_date": "2026-09-14"}] * 2
    assert len(found) == 20
    first, second = found[:2]
    assert (first.score, first.sent, first.replied, first.saved_from_spam) == (96.0, 140, 44, 6)
    assert (first.bounces_received, first.bounces_caused, first.disabled_for_bouncing) == (0, 1, 0)
    assert (second.score, second.disabled_for_bouncing) == (None, 1)


@pytest.mark.parametrize("status", [403, 422, 500])
async def test_a_warm_up_that_cannot_be_read_is_noted(house: House, northwind: Space, status: int) -> None:
    """The accounts are read all the same; an instance without that route has none, which is no fault."""
    northwind.mailboxes(20)
    broken = "/api/warmup/sender-emails"
    house.provider.fault = lambda r: httpx.Response(status, json={}) if r.url.path == broken else None
    done = await house.accounts.one(northwind.key, Meter())
    assert (done.outcome, await there(house, northwind)) == (Outcome.PARTIAL, 20)
    assert done.error is not None
    assert done.error.startswith("main/12: warm-up: ")
    missing = {"message": f"The route {broken} could not be found."}
    house.provider.fault = lambda r: httpx.Response(404, json=missing) if r.url.path == broken else None
    await house.clock.advance(600)
    done = await house.accounts.one(northwind.key, Meter())
    assert (done.outcome, done.error) == (Outcome.SUCCESS, None)


async def test_labels_come_from_the_tags(house: House, northwind: Space) -> None:
    """Provider and reseller are what the configuration says the tags mean."""
    northwind.accounts = {1: mailbox(1) | {"tags": [{"name": "outlook"}, {"name": "Mailforge"}]}}
    await house.accounts.walk(northwind.key)
    async with house.database.read() as tx:
        (row,) = await accounts.page(tx, northwind.key, None, 10)
    assert (row.provider, row.reseller, row.status) == ("microsoft", "Mailforge", "connected")


async def test_tags_wiped_by_a_reconnection_keep_their_meaning(house: House, northwind: Space) -> None:
    """Without any tag the provider and the reseller stay what they were; with other tags they are what those say."""
    northwind.accounts = {
        1: mailbox(1) | {"type": "Inbox", "tags": [{"name": "OUTLOOK"}, {"name": "mailforge"}]}
    }
    told = []
    for tags in (None, [], [{"name": "Google"}], []):
        if tags is not None:
            northwind.accounts[1]["tags"] = tags
        await house.clock.advance(60)
        await house.accounts.walk(northwind.key)
        async with house.database.read() as tx:
            (row,) = await accounts.page(tx, northwind.key, None, 10)
        told.append((row.provider, row.reseller, row.tags))
    assert told == [
        ("microsoft", "Mailforge", ["OUTLOOK", "mailforge"]),
        ("microsoft", "Mailforge", []),
        ("google", None, ["Google"]),
        ("google", None, []),
    ]


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
    with pytest.raises(ProviderUnreachable, match="page 1 came back"):
        await house.accounts.walk(northwind.key, meter)
    house.provider.fault = lambda request: httpx.Response(500) if "page=3" in str(request.url) else None
    with pytest.raises(ProviderUnreachable):
        await house.accounts.walk(northwind.key, meter)
    assert (meter.removed, await there(house, northwind)) == (0, 40)


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


async def test_a_hint_about_an_account_that_moved_is_answered(
    house: House, northwind: Space, cobalt: Space
) -> None:
    """The workspace that has it now brings it; nobody asks for ever, and nothing is removed."""
    northwind.mailboxes(3)
    await house.accounts.walk(northwind.key)
    cobalt.accounts[2] = northwind.accounts.pop(2)
    now = house.clock.now()
    async with house.database.write() as tx:
        await hints.ask(tx, [Hint(northwind.key, HintKind.ACCOUNT, 2, now)], now)
    worker = Hints(house.database, house.providers, house.clock, house.bus, LABELS)
    assert await worker.once() == Pass(read=1)
    assert (await stored(house, northwind))[2] == "connected"
    await house.clock.advance(3600)
    assert await worker.once() == Pass()


async def test_a_workspace_that_lost_its_connection_is_read_in_one_go(house: House, northwind: Space) -> None:
    """433 hints are one pass, and the capacity follows them."""
    northwind.mailboxes(433)
    await house.accounts.walk(northwind.key)
    for row in northwind.accounts.values():
        row["status"] = "Not connected"
    await house.clock.advance(60)
    now = house.clock.now()
    async with house.database.write() as tx:
        await hints.ask(tx, [Hint(northwind.key, HintKind.ACCOUNT, n, now) for n in range(1, 434)], now)
    worker = Hints(house.database, house.providers, house.clock, house.bus, LABELS)
    assert await worker.once() == Pass(read=433)
    async with house.database.read() as tx:
        assert await accounts.figures(tx) == {northwind.key: (433, 0)}
        limit = select(tables.client_registry.c.daily_limit)
        assert await tx.value(limit.where(tables.client_registry.c.workspace_id == 12)) is None


def told(space: Space, kind: str, status: str, at: datetime, updated: datetime | None) -> Row:
    block: Row = {"id": 1, "email": "a1@try.example", "status": status}
    if updated is not None:
        block["updated_at"] = stamp(updated)
    return space.add(kind, {"sender_email": block}, at)


async def test_an_event_acts_at_once_and_the_reading_decides(house: House, northwind: Space) -> None:
    """Disconnected as soon as it is processed, while the provider cannot be read; connected again when it says so itself."""
    northwind.mailboxes(2)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(60)
    now = house.clock.now()
    await house.webhook(
        told(northwind, "EMAIL_ACCOUNT_DISCONNECTED", "not connected", now, now), northwind.key, after=0
    )
    assert await stored(house, northwind) == {1: "disconnected", 2: "connected"}
    worker = Hints(house.database, house.providers, house.clock, house.bus, LABELS)
    house.provider.fault = lambda _request: httpx.Response(500)
    assert await worker.once() == Pass(put_off=1)
    assert (await stored(house, northwind))[1] == "disconnected"
    house.provider.fault = lambda _request: None
    await house.clock.advance(120)
    assert await worker.once() == Pass(read=1)
    assert await stored(house, northwind) == {1: "connected", 2: "connected"}


async def test_a_disconnect_event_that_says_connected(house: House, northwind: Space) -> None:
    """The mailbox is back already and nothing follows: the reading decides, and it is connected all along."""
    northwind.mailboxes(1)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(60)
    now = house.clock.now()
    await house.webhook(
        told(northwind, "EMAIL_ACCOUNT_DISCONNECTED", "connected", now, now), northwind.key, after=0
    )
    assert await stored(house, northwind) == {1: "connected"}
    northwind.accounts[1]["status"] = "Not connected"
    worker = Hints(house.database, house.providers, house.clock, house.bus, LABELS)
    await house.clock.advance(1)
    assert await worker.once() == Pass(read=1)
    assert await stored(house, northwind) == {1: "disconnected"}


@pytest.mark.parametrize("updated", ["late", "never", "future"])
async def test_an_event_whose_date_is_no_news_says_nothing(
    house: House, northwind: Space, updated: str
) -> None:
    """Redelivered hours later, without a date, or dated in the future: only the reading tells."""
    northwind.mailboxes(1)
    before = house.clock.now()
    await house.clock.advance(3600)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(60)
    now = house.clock.now()
    date = {"late": before, "never": None, "future": now + timedelta(days=400)}[updated]
    await house.webhook(
        told(northwind, "EMAIL_ACCOUNT_DISCONNECTED", "not connected", now, date), northwind.key, after=0
    )
    assert await stored(house, northwind) == {1: "connected"}


async def test_a_removal_is_believed_on_404_only(house: House, northwind: Space) -> None:
    """Deletion is queued at the provider: the event alone removes nobody, and what is removed no event brings back."""
    northwind.mailboxes(2)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(60)
    now = house.clock.now()
    await house.webhook(
        told(northwind, "EMAIL_ACCOUNT_REMOVED", "connected", now, now), northwind.key, after=0
    )
    worker = Hints(house.database, house.providers, house.clock, house.bus, LABELS)
    assert await worker.once() == Pass(read=1)
    assert await there(house, northwind) == 2
    del northwind.accounts[1]
    await house.clock.advance(60)
    now = house.clock.now()
    await house.webhook(
        told(northwind, "EMAIL_ACCOUNT_REMOVED", "connected", now, now), northwind.key, after=0
    )
    await house.clock.advance(1)
    assert await worker.once() == Pass(removed=1)
    await house.clock.advance(60)
    now = house.clock.now()
    await house.webhook(
        told(northwind, "EMAIL_ACCOUNT_RECONNECTED", "connected", now, now), northwind.key, after=0
    )
    assert await stored(house, northwind) == {1: "removed", 2: "connected"}


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


async def first_asked(house: House, space: Space) -> set[str]:
    """The pages that were asked for before the first of them was answered."""
    asked, told = list[str](), asyncio.Event()
    before = set[str]()

    async def hold(request: httpx.Request) -> None:
        if request.url.path == "/api/sender-emails" and not told.is_set():
            asked.append(request.url.params.get("page", "cursor"))
            await settle()
            before.update(asked)
            told.set()

    house.provider.after = hold
    await house.accounts.walk(space.key, sweep=False)
    house.provider.after = _at_once
    return before


async def _in_time(_request: httpx.Request) -> None:
    """What is asked for together is under way together."""
    await settle()


async def _at_once(_request: httpx.Request) -> None:
    return None


async def test_a_walk_knows_the_pages_of_the_last_one(house: House, northwind: Space) -> None:
    """The first asks for one page and sees; the next for all of them at once, and is right when rows went or came."""
    northwind.mailboxes(40)
    assert await first_asked(house, northwind) == {"1"}
    northwind.mailboxes(100)
    assert await first_asked(house, northwind) == {"1", "2", "3"}
    assert await there(house, northwind) == 100
    northwind.mailboxes(14)
    await house.clock.advance(60)
    assert await first_asked(house, northwind) == {"1", "2", "3", "4", "5", "6", "7"}
    await house.accounts.walk(northwind.key, Meter())
    async with house.database.read() as tx:
        walks = await account_walks.get(tx, northwind.key)
    assert (walks.met, walks.told) == (14, 14)


async def test_after_a_walk_that_failed_one_page_is_asked_for(
    house: House, northwind: Space, cobalt: Space
) -> None:
    """Whoever is broken is not asked for many pages again and again, and does not stop the others."""
    northwind.mailboxes(100)
    await house.accounts.walk(northwind.key)

    def broken(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(500) if request.headers["authorization"].endswith("12") else None

    house.provider.fault = broken
    house.provider.after = _in_time
    for requests in (7 * 3, 3):
        before = house.provider.count("/api/sender-emails")
        with pytest.raises(ProviderUnreachable):
            await house.accounts.walk(northwind.key)
        assert house.provider.count("/api/sender-emails") - before == requests
        await house.accounts.walk(cobalt.key, sweep=False)


async def test_the_largest_comes_first(house: House, northwind: Space, cobalt: Space) -> None:
    """As far as it is known: no large one is left to run alone at the end."""
    northwind.mailboxes(20)
    cobalt.accounts = {100 + n: mailbox(100 + n) for n in range(31)}
    accounts_of = Accounts(house.database, house.providers, house.bus, LABELS, concurrency=1)
    orders = []
    for _ in range(2):
        keys = list[str]()
        house.provider.fault = lambda r, keys=keys: keys.append(r.headers["authorization"][-2:])
        await accounts_of.once()
        orders.append(list(dict.fromkeys(keys)))
    assert orders == [["12", "13"], ["13", "12"]]


async def test_a_walk_began_before_all_of_its_pages(northwind: Space) -> None:
    """The first page may have been asked for once more, later than those that were asked for with it."""
    met, now = Met(northwind.key, Meter()), datetime(2026, 9, 14, tzinfo=UTC)
    for seconds in (3, 1, 2):
        met.page(Page((), (), (seconds,), 3, 1, now + timedelta(seconds=seconds)))
    assert (met.began, met.complete) == (now + timedelta(seconds=1), True)
