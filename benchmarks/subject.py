"""What is measured, in a process of its own: `null` (reads the body, answers), or `ingest` (the real thing on a database).

Prints `{"port": …}` when it listens; on SIGTERM, and with `--until` when so many events are in the mirror, one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import time
from typing import Any

from fastapi import FastAPI

from benchmarks.bodies import INSTANCE, PROBED, TOKEN
from bisonwatch.api import stream
from bisonwatch.api.reel import Reel
from bisonwatch.bus import Bus
from bisonwatch.cache.picture import Self
from bisonwatch.cache.snapshot import SnapshotMaker
from bisonwatch.clock import SystemClock
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.promptness import TEN_MINUTES
from bisonwatch.domain.share import Share
from bisonwatch.engine.looping import new_loop
from bisonwatch.engine.servers import HttpServer
from bisonwatch.engine.sockets import bind
from bisonwatch.ingest.inbox import Inbox
from bisonwatch.ingest.listener import Door, Listener
from bisonwatch.ingest.processor import BATCH, Processor
from bisonwatch.metrics import Metrics
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place

_ANSWER = b'{"accepted":true,"duplicate":false}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]


async def null(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _ANSWER})


class Ingest:
    """Listener, inbox and processor as the engine wires them, and on request the snapshot's maker."""

    def __init__(self, url: str, batch: int, share: Share) -> None:
        self.clock, self.bus, self.metrics = SystemClock(), Bus(), Metrics()
        self.database = Database(Place(url), self.clock)
        self.inbox = Inbox(self.database, self.bus, self.clock)
        self.processor = Processor(
            self.database, self.bus, self.clock, self.metrics.processing, share=lambda: share, batch=batch
        )
        me = Self(uuid7(self.clock.now()), "benchmark", "", url, 100_000, {})
        self.snapshots = SnapshotMaker(
            self.database,
            self.bus,
            self.clock,
            me=lambda: me,
            urls={},
            promptness=TEN_MINUTES,
            metrics=self.metrics,
        )
        self.reel = Reel(self.snapshots.newest, self.bus, self.clock, "benchmark")
        self.seen: list[tuple[float, float]] = []
        """Of each picture with news of the probed workspace: its last webhook (seconds since 1970), when it was drawn."""
        self.listener = Listener(
            {INSTANCE: Door(TOKEN)},
            self.inbox,
            self.clock,
            self.metrics.listening,
            max_body=10 << 20,
            missed=lambda _: None,
        )

    def api(self) -> FastAPI:
        """The stream alone, for whoever comes."""
        app = FastAPI()
        app.include_router(stream.router(self.reel))
        return app

    async def watch(self) -> None:
        """When the picture that a screen would pull told news of the probed workspace."""
        last = self.snapshots.newest()
        while True:
            await asyncio.sleep(0.001)
            if self.snapshots.newest() is last:
                continue
            last = self.snapshots.newest()
            row = last.workspace(WorkspaceKey(INSTANCE, PROBED))
            if row is not None and row.last_webhook_at is not None:
                self.seen.append((row.last_webhook_at.timestamp(), time.monotonic()))

    async def until(self, count: int) -> float:
        """Seconds until so many events are in the mirror."""
        started = time.monotonic()
        while self.metrics.processing.processed < count:
            await asyncio.sleep(0.01)
        return time.monotonic() - started


async def _serve(chosen: argparse.Namespace) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    listening = bind("listener", "127.0.0.1", 0)
    ready = json.dumps({"port": listening.getsockname()[1]})
    if chosen.kind == "null":
        server = HttpServer(null, listening, None)
        serving = asyncio.create_task(server.run())
        print(ready, flush=True)
        await stop.wait()
        server.close()
        await serving
        return
    await _ingest(chosen, listening, ready, stop)


async def _ingest(
    chosen: argparse.Namespace, listening: socket.socket, ready: str, stop: asyncio.Event
) -> None:
    ingest = Ingest(chosen.url, chosen.batch, Share(*map(int, chosen.share.split("/"))))
    server = HttpServer(ingest.listener, listening, None)
    loops = [server.run(), ingest.inbox.run(), ingest.processor.run()]
    if chosen.stream:
        door = bind("api", "127.0.0.1", 0)
        ready = json.dumps({**json.loads(ready), "stream": door.getsockname()[1]})
        loops += [ingest.reel.run(), HttpServer(ingest.api(), door, None).run()]
    if chosen.snapshots or chosen.stream:
        loops += [ingest.snapshots.run(), ingest.watch()]
    print(ready, flush=True)
    tasks = [asyncio.create_task(loop) for loop in loops]
    if chosen.until:
        print(json.dumps({"seconds": await ingest.until(chosen.until)}), flush=True)
    await stop.wait()
    server.close()
    await tasks[0]
    ingest.inbox.close()
    await tasks[1]
    for task in tasks[2:]:
        task.cancel()
    await asyncio.gather(*tasks[2:], return_exceptions=True)
    await ingest.database.close()
    cpu = sum(os.times()[:2])
    processing = ingest.metrics.processing
    print(
        json.dumps(
            {"cpu_s": cpu, "processed": processing.processed, "dead": processing.dead, "seen": ingest.seen}
        ),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["null", "ingest"])
    parser.add_argument("--url", help="the migrated database")
    parser.add_argument("--batch", type=int, default=BATCH, help="the processor's")
    parser.add_argument("--share", default="0/1", help="this node's number and how many there are")
    parser.add_argument("--snapshots", action="store_true", help="draw pictures, and watch them for probes")
    parser.add_argument("--stream", action="store_true", help="draw pictures, and serve them as a stream")
    parser.add_argument("--until", type=int, default=0, help="how many events to time")
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(chosen))


if __name__ == "__main__":
    main()
