"""A TCP proxy in front of a database, which does to connections what networks do. In a thread of its own; told what to do by words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

from tests.support.daemon import DEADLINE_S

CHUNK = 1 << 16
COMMIT = b"COMMIT"


class Proxy:
    """`url` is the database's through it. Every word holds until the next one; `heal` undoes all."""

    def __init__(self, url: str) -> None:
        there = urlsplit(url)
        self._there = (there.hostname, there.port)
        self._shown = there
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._lines: set[_Line] = set()
        self._refuses = False
        self._open = asyncio.Event()
        self._delay = 0.0
        self._lost_answers, self._to = 0, COMMIT
        self.lost_answers = 0
        """So many were lost so far."""
        self.asked = 0
        """So many chunks went to the database: each one waits for its answer."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._open.set()
        served = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._accepted, "127.0.0.1", 0), self._loop
        )
        self._server = served.result(DEADLINE_S)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = self._shown._replace(netloc=f"{self._shown.username}@127.0.0.1:{self.port}").geturl()
        return self

    def __exit__(self, *_: object) -> None:
        self._tell(self._server.close)
        self.cut()
        self._tell(self._loop.stop)
        self._thread.join(DEADLINE_S)
        self._loop.close()

    def stall(self) -> None:
        """Nothing goes through any more, in either direction; new connections are taken and hear nothing."""
        self._tell(self._open.clear)

    def refuse(self) -> None:
        """Every connection is reset, and new ones are, too."""
        self._refuses = True
        self.cut()

    def cut(self) -> None:
        """Every connection there is now is reset, in the middle of whatever it was saying; new ones are taken."""
        self._tell(self._reset)

    def delay(self, seconds: float) -> None:
        """Whatever goes through rests so long on its way."""
        self._delay = seconds

    def lose_answers(self, times: int, to: bytes = COMMIT) -> None:
        """The next messages with that text reach the database; the answers never come back, and the connections are reset."""
        self._lost_answers, self._to = times, to

    def heal(self) -> None:
        """As at first. What waited goes on."""
        self._refuses, self._delay, self._lost_answers = False, 0.0, 0
        self._tell(self._open.set)

    def _tell(self, word: Callable[[], object]) -> None:
        done = threading.Event()

        def say() -> None:
            word()
            done.set()

        self._loop.call_soon_threadsafe(say)
        assert done.wait(DEADLINE_S) or not self._loop.is_running()

    def _reset(self) -> None:
        for line in tuple(self._lines):
            line.reset()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        try:
            there = await asyncio.open_connection(*self._there)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(writer, there[1])
        self._lines.add(line)
        try:
            await asyncio.gather(
                self._forth(line, reader, there[1]),
                self._back(line, there[0], writer),
                return_exceptions=True,
            )
        finally:
            line.reset()
            self._lines.discard(line)

    async def _forth(self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                await self._on_its_way()
                self.asked += 1
                if self._lost_answers and self._to in chunk:
                    self._lost_answers -= 1
                    line.loses = True
                writer.write(chunk)
                await writer.drain()
        finally:
            writer.close()

    async def _back(self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                await self._on_its_way()
                if line.loses:
                    self.lost_answers += 1
                    line.reset()
                    return
                writer.write(chunk)
                await writer.drain()
        finally:
            writer.close()

    async def _on_its_way(self) -> None:
        if self._delay:
            await asyncio.sleep(self._delay)
        await self._open.wait()


class _Line:
    """One connection, both halves of it."""

    def __init__(self, *halves: asyncio.StreamWriter) -> None:
        self._halves = halves
        self.loses = False

    def reset(self) -> None:
        for half in self._halves:
            half.transport.abort()
