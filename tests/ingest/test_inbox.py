from __future__ import annotations

import asyncio

import pytest

from bisonwatch.bus import Bus
from bisonwatch.errors import StoreUnavailable
from bisonwatch.ingest.inbox import Bounds, Inbox
from bisonwatch.store import inbox as store
from bisonwatch.store import tables
from bisonwatch.store.database import Database
from tests.support.clock import ManualClock, settle
from tests.support.house import body, delivery, everything
from tests.support.news import NOON


def inbox(database: Database, **bounds: int) -> Inbox:
    return Inbox(database, Bus(), ManualClock(NOON), Bounds(**bounds))


async def waiting(box: Inbox, *bodies: bytes) -> list[asyncio.Task[bool]]:
    tasks = [asyncio.create_task(box.put(delivery(content))) for content in bodies]
    await settle()
    return tasks


async def test_a_batch_is_bounded(small: Database) -> None:
    """By number and by bytes; what is left goes with the next one."""
    box = inbox(small, batch=3, batch_bytes=1000)
    tasks = await waiting(box, *(body({"n": n}) for n in range(5)), b'{"a": "' + b"x" * 1000 + b'"}', b"{}")
    assert [await box.once() for _ in range(4)] == [3, 3, 1, 0]
    assert await asyncio.gather(*tasks) == [False] * 7


async def test_a_bug_leaves_nobody_waiting(small: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the writer itself breaks, those of its batch hear it at once, and a restarted one serves the next."""

    async def broken(*_: object, **_more: object) -> None:
        raise KeyError("a bug")

    box = inbox(small)
    tasks = await waiting(box, b"{}", b'{"n": 1}')
    with monkeypatch.context() as patch:
        patch.setattr(store, "put", broken)
        with pytest.raises(KeyError):
            await box.run()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in told] == [StoreUnavailable] * 2
    (task,) = await waiting(box, b"{}")
    await box.once()
    assert await task is False


async def test_a_stop_in_the_middle_leaves_nobody_waiting(small: Database) -> None:
    """A writer cancelled while it waits for the database tells those of its batch."""
    box = inbox(small)
    tasks = await waiting(box, b"{}")
    async with small.write():
        running = asyncio.create_task(box.run())
        await settle()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    with pytest.raises(StoreUnavailable):
        await tasks[0]
    assert await everything(small, tables.inbox) == []


async def test_memory_is_given_back(small: Database) -> None:
    """The bound counts what waits now, not what ever waited, also after a failure."""
    box = inbox(small, pending_bytes=10)
    for _ in range(3):
        tasks = await waiting(box, b"{}", b'{"n": 1}')
        with pytest.raises(StoreUnavailable, match="more deliveries wait than memory allows"):
            await box.put(delivery(b"{}"))
        await box.once()
        await asyncio.gather(*tasks)
