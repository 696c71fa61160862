"""The engine's HTTP servers on real sockets: what leaves at once, and who is dropped."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bisonwatch.engine import patience, servers
from bisonwatch.engine.servers import HttpServer
from bisonwatch.engine.sockets import bind

ASK = b"GET / HTTP/1.1\r\nhost: api.example\r\n\r\n"
BODY = b"x" * (16 << 20)


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[socket.socket]:
    """A connection to it that has asked for `/`."""
    listening = bind("api", "127.0.0.1", 0)
    server = HttpServer(app, listening, None)
    running = asyncio.create_task(server.run())
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(line, listening.getsockname())
        await loop.sock_sendall(line, ASK)
        yield line
    server.close()
    await running


def large(gone: asyncio.Event) -> Any:
    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": BODY, "more_body": True})
        await send({"type": "http.response.body", "body": b"end"})  # waits for the reader
        if (await receive())["type"] == "http.disconnect":
            gone.set()

    return app


def test_what_is_written_leaves_at_once() -> None:
    """An accepted connection does not hold a small packet back until the one before is acknowledged."""
    with bind("api", "127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert accepted.proto == socket.IPPROTO_TCP


async def test_who_stops_reading_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection ends although megabytes wait to be sent on it, and the application is told."""
    monkeypatch.setattr(patience, "STALL_S", 0.05)
    gone = asyncio.Event()
    async with serving(large(gone)):
        await asyncio.wait_for(gone.wait(), 20)


async def test_who_reads_slowly_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is looked whether they read enough."""
    monkeypatch.setattr(patience, "STALL_S", 0.01)
    monkeypatch.setattr(patience, "STALL_BYTES", 0)
    loop, got, tail = asyncio.get_running_loop(), 0, b""
    async with serving(large(asyncio.Event())) as line:
        while b"end" not in tail:
            piece = await loop.sock_recv(line, 256 << 10)
            assert piece, f"cut off after {got:,} bytes"
            got, tail = got + len(piece), (tail + piece)[-64:]
    assert got > len(BODY)


async def test_what_does_not_end_while_the_door_closes_is_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With 503, and without a traceback: half a body, say, whose sender went to sleep."""
    monkeypatch.setattr(servers, "GRACE_S", 0.05)
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    async def endless(_scope: Any, _receive: Any, _send: Any) -> None:
        asked.set()
        await asyncio.Event().wait()

    with bind("api", "127.0.0.1", 0) as listening, socket.socket() as line:
        server = HttpServer(endless, listening, None)
        running = asyncio.create_task(server.run())
        line.setblocking(False)
        await loop.sock_connect(line, listening.getsockname())
        await loop.sock_sendall(line, ASK)
        await asyncio.wait_for(asked.wait(), 20)
        server.close()
        await running
        answer = await asyncio.wait_for(loop.sock_recv(line, 4096), 20)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert [record for record in caplog.records if record.exc_info] == []
