"""The terminal's door to the engine in this process."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.letter import Wanted
from bisonwatch.domain.run import Job, Run
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.engine.feed import EngineFeed
from bisonwatch.engine.host import EngineHost
from bisonwatch.engine.service import Engine
from bisonwatch.engine.sockets import Sockets
from bisonwatch.errors import BisonwatchError
from bisonwatch.store import inbox, runs, workspaces
from bisonwatch.store.inbox import Failure
from tests.support.house import body, delivery
from tests.support.news import NORTHWIND, at
from tests.support.webhooks import webhook

GOOD = delivery(body(webhook("email_sent", send=(1, at(0)), email="palle@molar.example")), at(0))
BAD = delivery(b'{"event": {"workspace_id": 12}}', at(1))


async def set_aside(engine: Engine) -> None:
    async with engine.database.write() as tx:
        await inbox.put(tx, [GOOD, BAD])
        await inbox.fail(tx, [Failure(item.id, "no luck: 5", 1, None) for item in (GOOD, BAD)], at(9))


async def test_letters_through_the_feed(settings: Settings) -> None:
    """A real engine in its own thread: what is replayed is taken at once, what fails again is set aside again."""
    clock = SystemClock()
    host = EngineHost(lambda: Engine(settings, Sockets.bound(settings), clock))
    host.start()
    await asyncio.wrap_future(host.started)
    feed = EngineFeed(host, "test", nothing_yet(clock.now()))
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
    feed = EngineFeed(host, "test", nothing_yet(clock.now()))
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
