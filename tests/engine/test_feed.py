"""The terminal's door to the engine in this process."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.absence import Absence
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.history import Wish
from bisonwatch.domain.letter import Wanted
from bisonwatch.domain.roster import Standing
from bisonwatch.domain.run import Job, Outcome, Part, Run
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.engine.host import EngineHost
from bisonwatch.engine.hosted import HostedFeed
from bisonwatch.engine.service import Engine
from bisonwatch.engine.sockets import Sockets
from bisonwatch.errors import BisonwatchError, CallError, NotThere
from bisonwatch.store import account_walks, accounts, inbox, leads, runs, workspaces
from bisonwatch.store.inbox import Failure
from tests.support.house import body, delivery
from tests.support.mirrored import account, registered
from tests.support.news import NORTHWIND, at, lead
from tests.support.webhooks import webhook

GOOD = delivery(body(webhook("email_sent", send=(1, at(0)), email="palle@molar.example")), at(0))
BAD = delivery(b'{"event": {"workspace_id": 12}}', at(1))


async def set_aside(engine: Engine) -> None:
    async with engine.database.write() as tx:
        await inbox.put(tx, [GOOD, BAD])
        await inbox.fail(tx, [Failure(item.id, "no luck: 5", 1, None) for item in (GOOD, BAD)], at(9))


HELD = Absence(frozenset({2}), at(0), 3)


async def put_accounts(engine: Engine) -> None:
    async with engine.database.write() as tx:
        await registered(tx)
        await accounts.write(tx, [account(n, known_at=at(0)) for n in (1, 2, 3)])
        await account_walks.lock(tx, NORTHWIND)
        await account_walks.set_absence(tx, NORTHWIND, HELD)


async def test_runs_through_the_feed(settings: Settings) -> None:
    """What was done is history, and can be done again unless it is queued already; what is queued can be taken back at once."""
    clock = SystemClock()
    host = EngineHost(lambda: Engine(settings, Sockets.bound(settings), clock))
    host.start()
    await asyncio.wrap_future(host.started)
    feed = HostedFeed(host, "test", nothing_yet(clock.now()))
    first = await feed.run_job(Job.UPKEEP)
    async with asyncio.timeout(20):
        while (row := await feed.run(first)) is None or not row.run.over:
            await asyncio.sleep(0.02)
    assert (row.run.outcome, row.workspace_name) == (Outcome.SUCCESS, "all workspaces")
    asked = Wish(frozenset({Job.UPKEEP}), words=("terminal",))
    assert [one.run.id for one in (await feed.runs(asked, None)).rows] == [first]
    again = await feed.again(first)
    async with asyncio.timeout(20):
        while (row := await feed.run(again)) is None or not row.run.over:
            await asyncio.sleep(0.02)
    page = await feed.runs(asked, None)
    assert [one.run.id for one in page.rows] == [again, first]
    assert [one.run.id for one in (await feed.runs(asked, (page.rows[0].run.queued_at, again))).rows] == [
        first
    ]
    with pytest.raises(CallError, match="not kept any more"):
        await feed.again(UUID(int=5))
    assert await feed.run(UUID(int=5)) is None
    assert await asyncio.to_thread(host.stop, 10)


async def test_a_backfill_and_a_stage_through_the_feed(settings: Settings) -> None:
    """A window is read of workspaces that had a campaign then; a person's stage stands at once. What is not right is told."""
    clock = SystemClock()
    host = EngineHost(lambda: Engine(settings, Sockets.bound(settings), clock))
    host.start()
    await asyncio.wrap_future(host.started)
    feed = HostedFeed(host, "test", nothing_yet(clock.now()))

    async def put(_engine: Engine) -> None:
        async with _engine.database.write() as tx:
            await registered(tx)
            await leads.write(tx, [lead()], {NORTHWIND: "Northwind Desk"}, at(0))

    await host.call(put)
    today = clock.now().date()
    order = Order(today - timedelta(days=9), today)
    [run] = await feed.backfill((), order, (Part.SENDS,), False)
    found = await feed.run(run)
    assert (found.run.job, found.run.workspace, found.run.order) == (Job.BACKFILL, NORTHWIND, order)
    with pytest.raises(CallError, match="is in the future"):
        await feed.backfill((NORTHWIND,), Order(today, today + timedelta(days=2)), (), False)
    assert await feed.set_stage(NORTHWIND, "870052", "qualified") == "qualified"
    assert await feed.set_stage(NORTHWIND, "PALLE@molar.example", None) == "new"
    with pytest.raises(NotThere, match="has no lead 99"):
        await feed.set_stage(NORTHWIND, "99", "qualified")
    with pytest.raises(CallError, match="is a word"):
        await feed.set_stage(NORTHWIND, "870052", "\u202e")
    assert await asyncio.to_thread(host.stop, 10)


async def test_accounts_through_the_feed(settings: Settings) -> None:
    """Whole once, then nothing until something changes; a word on those who wait becomes a run that the engine takes."""
    clock = SystemClock()
    host = EngineHost(lambda: Engine(settings, Sockets.bound(settings), clock))
    host.start()
    await asyncio.wrap_future(host.started)
    feed = HostedFeed(host, "test", nothing_yet(clock.now()))
    await host.call(put_accounts)
    told = await feed.accounts({})
    assert [row.id for row in told.rows[NORTHWIND]] == [1, 2, 3]
    assert told.absences == {NORTHWIND: HELD}
    assert (await feed.accounts(told.marks)).rows == {}
    card = await feed.account("main", 2)
    assert card is not None
    assert (card.account.email, card.standing) == ("desk2@northwind.example", Standing.HELD)
    assert await feed.account("main", 4) is None
    with pytest.raises(CallError, match="other accounts"):
        await feed.confirm_absent(NORTHWIND, Absence(frozenset({1}), at(0), 3))
    assert await feed.confirm_absent(NORTHWIND, HELD) == 1
    word = (await feed.accounts(told.marks)).absences[NORTHWIND]
    assert (word.held, word.confirmed_by) == (HELD.held, "terminal")
    async with asyncio.timeout(20):
        while not any(
            row.run.job is Job.ACCOUNTS and row.run.workspace == NORTHWIND and row.run.asked_by == "terminal"
            for row in feed.snapshot().runs
        ):
            await asyncio.sleep(0.02)
    assert await asyncio.to_thread(host.stop, 10)


async def test_letters_through_the_feed(settings: Settings) -> None:
    """A real engine in its own thread: what is replayed is taken at once, what fails again is set aside again."""
    clock = SystemClock()
    host = EngineHost(lambda: Engine(settings, Sockets.bound(settings), clock))
    host.start()
    await asyncio.wrap_future(host.started)
    feed = HostedFeed(host, "test", nothing_yet(clock.now()))
    await host.call(set_aside)
    shelf = await feed.letters()
    assert ([letter.id for letter in shelf.letters], shelf.total) == ([BAD.id, GOOD.id], 2)
    assert set((await feed.replay(Wanted("no luck"))).ids) == {GOOD.id, BAD.id}
    async with asyncio.timeout(20):
        while (opened := await feed.letter(GOOD.id)) is None or opened.letter.state is not DeliveryState.DONE:
            await asyncio.sleep(0.02)
        while [letter.reason for letter in (await feed.letters()).letters] != ["the body has no event type"]:
            await asyncio.sleep(0.02)
    assert (await feed.discard((BAD.id,))).ids == (BAD.id,)
    assert (await feed.letters()).letters == ()
    assert await asyncio.to_thread(host.stop, 10)


async def see(engine: Engine) -> None:
    async with engine.database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", at(0))


async def test_comparisons_and_subscriptions_through_the_feed(settings: Settings) -> None:
    """A comparison is a run like any other; a provider that cannot be asked is an error in words."""
    clock = SystemClock()
    host = EngineHost(lambda: Engine(settings, Sockets.bound(settings), clock))
    host.start()
    await asyncio.wrap_future(host.started)
    feed = HostedFeed(host, "test", nothing_yet(clock.now()))
    await host.call(see)
    assert (await feed.books()).judged == {}
    assert (await feed.history(NORTHWIND)).reports == ()
    (hook,) = await feed.hooks()
    assert (hook.standing.workspace, hook.standing.look, hook.around) == (NORTHWIND, None, None)
    with pytest.raises(BisonwatchError):
        await feed.look(NORTHWIND)
    with pytest.raises(BisonwatchError):
        await feed.mend(NORTHWIND)
    landing = await feed.fly(NORTHWIND)
    assert landing.workspace == NORTHWIND
    assert landing.took is None
    assert landing.error
    (asked,) = await feed.compare((NORTHWIND,))
    async with asyncio.timeout(20):
        while (run := await host.call(lambda engine: kept(engine, asked))) is None or not run.over:
            await asyncio.sleep(0.02)
    assert (run.job, run.workspace, run.asked_by) == (Job.CONSISTENCY, NORTHWIND, "terminal")
    assert await asyncio.to_thread(host.stop, 10)


async def kept(engine: Engine, asked: UUID) -> Run | None:
    async with engine.database.read() as tx:
        return await runs.get(tx, asked)
