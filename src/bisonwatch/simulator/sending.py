"""Posting webhooks over the network.

A small HTTP/1.1 sender over asyncio streams with kept-alive connections, because httpx costs about a millisecond of
processor time per request, and 500 to 2,000 deliveries a second must leave room for the API in the same process.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

_IDLE = 64
_HEADERS_LIMIT = 64 * 1024


Headers = tuple[tuple[str, str], ...]


class Sender(Protocol):
    """Posts one body. The answer is the status code, or None when there was none in time."""

    async def post(self, url: str, body: bytes, timeout: float, headers: Headers = ()) -> int | None: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int
    tls: bool
    head: bytes


@lru_cache(maxsize=1024)
def _target(url: str, headers: Headers = ()) -> Target:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    more = "".join(f"{name}: {value}\r\n" for name, value in headers)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
        f"Accept: */*\r\nContent-Type: application/json\r\n{more}Content-Length: "
    )
    return Target(parts.hostname or "", port, tls, head.encode())


@dataclass(slots=True)
class Line:
    """One kept-alive connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, target: Target, body: bytes) -> tuple[int, bool]:
        """The status code, and whether the connection may be used again."""
        self.writer.write(b"%b%d\r\n\r\n%b" % (target.head, len(body), body))
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        code = int(head.split(b" ", 2)[1])
        return code, await self._drain(head, code) and b"connection: close" not in head

    async def _drain(self, head: bytes, code: int) -> bool:
        """Read the answer's body away; False where only closing ends it."""
        if code in (204, 304):
            return True
        if b"transfer-encoding: chunked" in head:
            await self._drain_chunks()
            return True
        _, found, rest = head.partition(b"content-length:")
        if not found:
            return False
        await self.reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
        return True

    async def _drain_chunks(self) -> None:
        while size := int((await self.reader.readline()).split(b";")[0], 16):
            await self.reader.readexactly(size + 2)
        while await self.reader.readline() not in (b"\r\n", b""):
            pass

    def close(self) -> None:
        self.writer.close()


@dataclass(slots=True)
class NetworkSender:
    """Keeps up to 64 idle connections per host and port."""

    _idle: dict[tuple[str, int], list[Line]] = field(default_factory=dict)

    async def post(self, url: str, body: bytes, timeout: float, headers: Headers = ()) -> int | None:
        try:
            async with asyncio.timeout(timeout):
                return await self._exchange(_target(url, headers), body)
        except (OSError, TimeoutError, EOFError, ValueError, IndexError, asyncio.LimitOverrunError):
            return None

    async def _exchange(self, target: Target, body: bytes) -> int:
        """On a kept-alive connection that turns out to be closed, once more on a new one."""
        idle = self._idle.setdefault((target.host, target.port), [])
        while idle:
            line = idle.pop()
            if line.reader.at_eof():
                line.close()
                continue
            try:
                return await self._on(line, target, body)
            except (ConnectionError, asyncio.IncompleteReadError):
                continue
        return await self._on(await _open(target), target, body)

    async def _on(self, line: Line, target: Target, body: bytes) -> int:
        idle = self._idle[target.host, target.port]
        kept = False
        try:
            code, again = await line.ask(target, body)
            kept = again and len(idle) < _IDLE
            return code
        finally:
            if kept:
                idle.append(line)
            else:
                line.close()

    async def aclose(self) -> None:
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()


async def _open(target: Target) -> Line:
    context = ssl.create_default_context() if target.tls else None
    reader, writer = await asyncio.open_connection(
        target.host, target.port, ssl=context, limit=_HEADERS_LIMIT
    )
    return Line(reader, writer)
