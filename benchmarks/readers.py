"""Readers of a stream, in a process of their own: each a connection that reads all it is told; one of them understands it.

Prints `{"readers": …}` when each has its first picture; on SIGTERM one JSON object: how late each picture was at each reader,
and when the one saw news of the probed workspace.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import time
from datetime import datetime

from benchmarks.bodies import INSTANCE, PROBED
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.engine.looping import new_loop
from bisonwatch.protocol.pictures import Reading
from bisonwatch.protocol.sse import Parser

NUMBER = re.compile(rb"\nid: [^\n.]*\.(\d+)\n")
START_S = 60.0
ASK = b"GET /stream HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n"


class Reader(asyncio.Protocol):
    """Notes when the end of each picture came; `crowd` is everybody's notes."""

    def __init__(self, crowd: list[tuple[int, float]]) -> None:
        self._crowd, self.first, self.lost, self._tail = crowd, asyncio.Event(), False, b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvloop's is none by its class
        transport.write(ASK)

    def data_received(self, data: bytes) -> None:
        now, data = time.time(), self._tail + data
        end = 0
        for found in NUMBER.finditer(data):
            self._crowd.append((int(found[1]), now))
            end = found.end()
            self.first.set()
        self._tail = data[max(end, len(data) - 80) :]

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


async def understood(port: int, drawn: dict[int, float], seen: list[tuple[float, float]]) -> None:
    """What a terminal would know, and when."""
    reading, parser, key = Reading(), Parser(), WorkspaceKey(INSTANCE, PROBED)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    await reader.readuntil(b"\r\n\r\n")
    while size := int(await reader.readline() or b"0", 16):
        piece = (await reader.readexactly(size + 2))[:-2]
        for message in parser.take(piece):
            picture = reading.take(message)
            if picture is None:
                continue
            drawn[picture.number] = picture.at.timestamp()
            row = picture.workspace(key)
            if row is not None and isinstance(row.last_webhook_at, datetime):
                seen.append((row.last_webhook_at.timestamp(), time.monotonic()))


async def run(port: int, count: int) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    crowd, drawn, seen = list[tuple[int, float]](), dict[int, float](), list[tuple[float, float]]()
    one = asyncio.create_task(understood(port, drawn, seen))
    readers = []
    for _ in range(count - 1):
        _, reader = await loop.create_connection(lambda: Reader(crowd), "127.0.0.1", port)
        readers.append(reader)
    async with asyncio.timeout(START_S):
        for reader in readers:
            await reader.first.wait()
    print(json.dumps({"readers": count}), flush=True)
    crowd.clear()
    await stop.wait()
    one.cancel()
    late = sorted((at - drawn[number]) * 1000 for number, at in crowd if number in drawn)
    told = {
        "pictures": len(drawn),
        "lost": sum(reader.lost for reader in readers),
        "late": [late[min(len(late) - 1, len(late) * n // 100)] for n in (50, 95, 99)] if late else [],
        "seen": seen,
    }
    print(json.dumps(told), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(run(chosen.port, chosen.count))


if __name__ == "__main__":
    main()
