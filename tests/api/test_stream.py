"""The stream over real sockets: who may read it, who is dropped, and that nobody is waited for."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from bisonwatch.api import reel as reeling
from bisonwatch.api.reel import STALL_S
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.protocol.pictures import Reading
from bisonwatch.protocol.sse import Message, Parser
from tests.support.clock import ManualClock
from tests.support.feed_server import OPERATOR, VIEWER, Served, served, until
from tests.tui.support import FakeFeed
from tests.tui.world import event_row

PATH = "/api/v1/stream"


def bearer(token: str = VIEWER) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


class Attached:
    """An outsider that reads with nothing of ours but what docs/stream.md says."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.reading = Reading()
        self.headers: httpx.Headers | None = None
        self.ended = False

    async def read(self, there: Served, **headers: str) -> None:
        parser = Parser()
        async with (
            httpx.AsyncClient(timeout=None) as http,
            http.stream("GET", there.url + PATH, headers=bearer() | headers) as answer,
        ):
            self.headers = answer.headers
            async for piece in answer.aiter_bytes():
                for message in parser.take(piece):
                    self.messages.append(message)
                    self.reading.take(message)
        self.ended = True


def draw(there: Served, **changes: object) -> Snapshot:
    feed = there.feed
    assert isinstance(feed, FakeFeed)
    feed.shown = replace(feed.shown, number=feed.shown.number + 1, **changes)  # type: ignore[arg-type]
    there.drawn()
    return feed.shown


def stuck(there: Served) -> socket.socket:
    """Somebody who asks and then never reads."""
    line = socket.create_connection(("127.0.0.1", there.port))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.sendall(f"GET {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {VIEWER}\r\n\r\n".encode())
    return line


def heavy() -> FakeFeed:
    """A picture of some megabytes: more than any buffer between takes."""
    feed = FakeFeed()
    at = datetime(2026, 9, 14, tzinfo=UTC)
    rows = tuple(replace(event_row(number, at), subject="x" * 4000) for number in range(3000))
    feed.shown = replace(feed.shown, events=rows)
    return feed


async def test_the_picture_and_what_changes_arrive() -> None:
    """Each message as it happens, and none of it is kept by anybody on the way."""
    async with served(FakeFeed()) as there:
        one = Attached()
        reading = asyncio.create_task(one.read(there))
        await until(lambda: one.messages)
        shown = draw(there, score=3)
        await until(lambda: one.reading.picture == shown)
        assert [message.event for message in one.messages] == ["snapshot", "figures"]
        assert one.messages[-1].id == f"boot1.{shown.number}"
        assert one.headers is not None
        assert one.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (one.headers["cache-control"], one.headers["x-accel-buffering"]) == ("no-store", "no")
        assert "content-encoding" not in one.headers
        reading.cancel()
        await until(lambda: there.reel.readers == 0)


async def test_who_was_cut_off_resumes() -> None:
    """By `Last-Event-ID`, without another whole picture."""
    async with served(FakeFeed()) as there:
        one, two = Attached(), Attached()
        reading = asyncio.create_task(one.read(there))
        await until(lambda: one.messages)
        reading.cancel()
        await until(lambda: there.reel.readers == 0)
        shown = draw(there, score=3)
        again = asyncio.create_task(two.read(there, **{"last-event-id": str(one.messages[-1].id)}))
        await until(lambda: two.messages)
        assert [message.event for message in two.messages] == ["figures"]
        assert json.loads(two.messages[0].data)["number"] == shown.number
        again.cancel()


async def test_a_reader_that_never_reads_is_dropped_and_others_go_on() -> None:
    """It is cut off after ten seconds, and what waits for it in memory is gone with it."""
    clock = ManualClock()
    async with served(heavy(), clock, running=False) as there:
        line, one = stuck(there), Attached()
        reading = asyncio.create_task(one.read(there))
        await until(lambda: there.reel.readers == 2 and one.messages)
        await clock.advance(STALL_S + 1)
        shown = draw(there, score=3)
        await there.reel.once()
        await until(lambda: there.reel.readers == 1)
        await until(lambda: one.reading.picture == shown)
        line.close()
        reading.cancel()


async def test_a_stop_waits_for_no_reader() -> None:
    """Those that read get the end of the answer, one that does not is cut off."""
    async with served(heavy()) as there:
        line, one = stuck(there), Attached()
        reading = asyncio.create_task(one.read(there))
        await until(lambda: there.reel.readers == 2 and one.messages)
        async with asyncio.timeout(5):
            await there.stop()
        await reading
        assert one.ended
        line.close()


@pytest.mark.parametrize(("token", "status"), [("", 401), ("wrong", 401), (VIEWER, 200), (OPERATOR, 200)])
async def test_a_token_is_needed(token: str, status: int) -> None:
    """Of either role; HEAD tells the same and has no body to wait for."""
    async with served(FakeFeed()) as there, httpx.AsyncClient() as http:
        answer = await http.head(there.url + PATH, headers=bearer(token) if token else {})
        assert (answer.status_code, answer.content) == (status, b"")


async def test_more_readers_than_there_is_room_for_are_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """503 and when."""
    monkeypatch.setattr(reeling, "READERS", 0)
    async with served(FakeFeed()) as there, httpx.AsyncClient() as http:
        answer = await http.get(there.url + PATH, headers=bearer())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "application/problem+json"
