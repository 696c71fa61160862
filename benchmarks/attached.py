"""How soon a terminal paints that is attached to a daemon on this machine: a child serves an invented feed, another attaches.

python -m benchmarks.attached        the child: prints `{"url": …}` and serves until SIGTERM
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics

from tests.support.feed_server import OPERATOR, served
from tests.tui.support import FakeFeed

from benchmarks.processes import child
from benchmarks.terminal import on_terminal


def paints(times: int) -> tuple[float, float]:
    """Median seconds from the start of the process to its first line, and to the daemon's first picture."""
    with child("benchmarks.attached") as daemon:
        url = daemon.told()["url"]
        os.environ["BISONWATCH_API_TOKEN"] = OPERATOR
        command = ["-m", "bisonwatch", "attach", url]
        first = [on_terminal(command, b"bisonwatch", False)[0] for _ in range(times)]
        picture = [on_terminal(command, b"acme-outbound", False)[0] for _ in range(times)]
    return round(statistics.median(first), 3), round(statistics.median(picture), 3)


async def _serve() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with served(FakeFeed()) as there:
        print(json.dumps({"url": there.url}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
