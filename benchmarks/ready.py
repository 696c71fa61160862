"""P9: from the start of `bisonwatch --daemon` to ready, on a database that is up to date."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.engines import Site, ended, folder, free_port
from benchmarks.places import Places, upgraded
from benchmarks.processes import ROOT
from benchmarks.report import Row, told, within
from benchmarks.sizes import Sizes

MOST_S = 1.0


def measure(_places: Places, sizes: Sizes) -> Iterator[Row]:
    python = _python("pass", sizes.starts)
    loop = _python("import asyncio", sizes.starts)
    with folder() as where:
        site = Site(where, None, free_port())
        asyncio.run(upgraded(site.database))
        times = [_started(site) for _ in range(sizes.starts)]
    announced, answering = median(a for a, _ in times), median(b for _, b in times)
    yield within(
        "P9",
        f"daemon announces READY, median of {sizes.starts}",
        announced,
        "s",
        MOST_S,
        baseline=python,
        baseline_is="python -c pass",
    )
    yield within(
        "P9",
        "  /readyz answers 200",
        answering,
        "s",
        MOST_S,
        baseline=loop,
        baseline_is="python -c 'import asyncio'",
    )
    yield told("P9", "  slowest", max(b for _, b in times), "s")


def _python(code: str, times: int) -> float:
    return median(_timed(code) for _ in range(times))


def _timed(code: str) -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.monotonic() - started


def _started(site: Site) -> tuple[float, float]:
    """Seconds to READY=1, and to a 200 from /readyz."""
    address = site.folder / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(address))
        door.settimeout(60)
        return _announced(site, door, address)


def _announced(site: Site, door: socket.socket, address: Path) -> tuple[float, float]:
    started = time.monotonic()
    environment = {**os.environ, "NOTIFY_SOCKET": str(address)}
    process = subprocess.Popen(site.command("--daemon"), cwd=ROOT, stderr=subprocess.DEVNULL, env=environment)
    try:
        while b"READY=1" not in door.recv(4096):
            pass
        ready = time.monotonic() - started
        site.wait(process)
        return ready, time.monotonic() - started
    finally:
        ended(process)
