"""P7: what the terminal costs. Prints one JSON object.

Each case is a process of its own on a pseudo-terminal of 120x36: a thread makes 400 events a second into snapshots, the
terminal pulls twice a second, and the child measures its own processor time, event loop and memory.

    python benchmarks/terminal.py [--seconds 20]

First paint and the loop's lateness are times on the wall: on a machine that is busy with other things (`load_1m` near its
number of cores or above) they measure that.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.tui.support import FakeFeed
from tests.tui.world import event_row, row, snapshot

from bisonwatch.clock import SystemClock
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.app import BisonwatchApp, run_terminal
from bisonwatch.tui.meter import memory_mb
from bisonwatch.tui.options import TerminalOptions

BUDGETS = {
    "cpu_share_300": 0.03,
    "cpu_share_3000": 0.05,
    "bytes_per_s": 15_000,
    "block_ms_p99": 10.0,
    "first_paint_s": 0.5,
    "rss_mb_ui": 60.0,
}
EVENTS_PER_S = 400


class Engine(threading.Thread):
    """400 events a second into a new snapshot four times a second; counts its own processor time."""

    def __init__(self, feed: FakeFeed, clock: SystemClock) -> None:
        super().__init__(daemon=True)
        self._feed, self._clock = feed, clock
        self._rows = list(feed.shown.workspaces)
        self.halt = threading.Event()
        self.spent = 0.0

    def run(self) -> None:
        number = 0
        while not self.halt.wait(0.25):
            number += 1
            self._apply(number, self._clock.now())
            self.spent = time.thread_time()

    def _apply(self, number: int, now: datetime) -> None:
        for i in range(EVENTS_PER_S // 4):
            place = (number * 37 + i * 13) % len(self._rows)
            old = self._rows[place]
            self._rows[place] = replace(
                old,
                per_minute=round(10 + (number + i) % 90 / 10, 1),
                last_event_at=now,
                last_webhook_at=now,
                webhooks_24h=old.webhooks_24h + 1,
                trend=(*old.trend[:-1], old.trend[-1] + 1),
                as_of=now,
                version=old.version + 1,
            )
        shown = self._feed.shown
        self._feed.shown = replace(
            shown,
            number=shown.number + 1,
            at=now,
            workspaces=tuple(self._rows),
            events=tuple(event_row(number * 100 + 99 - i, now) for i in range(60)),
            inbox=replace(shown.inbox, processed=shown.inbox.processed + EVENTS_PER_S // 4),
        )


def child(count: int, seconds: float, report: Path) -> None:
    """The terminal over an engine made of one thread."""
    clock = SystemClock()
    base = memory_mb() or 0.0
    start = clock.now()
    rows = tuple(_moved(row(i, f"workspace-{i:04d}"), start - snapshot().at) for i in range(count))
    feed = FakeFeed(replace(snapshot(), workspaces=rows, at=start, started_at=start))
    engine = Engine(feed, clock)
    app = BisonwatchApp(feed, TerminalOptions(ask_before_quit=False), clock)

    async def measure() -> None:
        await asyncio.sleep(3)
        lateness: list[float] = []
        before, at, others = time.process_time(), time.monotonic(), engine.spent
        probe = asyncio.create_task(_probe(lateness))
        await asyncio.sleep(seconds)
        probe.cancel()
        used = time.process_time() - before - (engine.spent - others)
        lateness.sort()
        figures = {
            "cpu_share": round(used / (time.monotonic() - at), 4),
            "block_ms_p99": round(lateness[int(len(lateness) * 0.99)] * 1000, 2),
            "block_ms_max": round(lateness[-1] * 1000, 2),
            "rss_mb": round(memory_mb() or 0.0, 1),
            "rss_mb_at_import": round(base, 1),
        }
        report.write_text(json.dumps(figures))
        engine.halt.set()
        app.exit()

    app.call_later(lambda: (engine.start(), app.run_worker(measure())))
    app.run()


async def _probe(lateness: list[float]) -> None:
    """How late the loop wakes: what a key press would wait."""
    while True:
        at = time.monotonic()
        await asyncio.sleep(0.05)
        lateness.append(max(0.0, time.monotonic() - at - 0.05))


def _moved(old: WorkspaceRow, shift: timedelta) -> WorkspaceRow:
    """The invented row, as if it were now."""
    times = {}
    for name in ("since", "verified_at", "last_webhook_at", "last_poll_at", "last_event_at", "as_of"):
        value = getattr(old, name)
        times[name] = value + shift if value else value
    return replace(old, **times)


def on_terminal(arguments: list[str], want: bytes, until_exit: bool) -> tuple[float, int, float]:
    """Run a child on a pseudo-terminal: seconds to the wanted bytes, bytes in all, seconds in all."""
    started = time.monotonic()
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", COLUMNS="120", LINES="36")
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, *arguments])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    seen, total, found = b"", 0, 0.0
    while True:
        ready, _, _ = select.select([master], [], [], 60)
        try:
            data = os.read(master, 65_536) if ready else b""
        except OSError:
            data = b""
        if not data:
            break
        total += len(data)
        if not found:
            seen += data
            if want in seen:
                found = time.monotonic() - started
                if not until_exit:
                    os.write(master, b"q")
    os.waitpid(pid, 0)
    os.close(master)
    return found, total, time.monotonic() - started


def first_paint(times: int = 5) -> float:
    """Median seconds from the start of the process to the first line of the screen."""
    here = str(Path(__file__).resolve())
    found = sorted(on_terminal([here, "--paint"], b"bisonwatch", False)[0] for _ in range(times))
    return round(found[times // 2], 3)


def paint() -> None:

    sys.exit(run_terminal(FakeFeed(), TerminalOptions(ask_before_quit=False), SystemClock()))


def case(count: int, seconds: float) -> dict[str, float]:
    here = str(Path(__file__).resolve())
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        _, total, took = on_terminal([here, "--child", str(count), str(seconds), str(report)], b"x", True)
        figures: dict[str, float] = json.loads(report.read_text())
    figures["bytes_per_s"] = round(total / took)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--child", nargs=3)
    parser.add_argument("--paint", action="store_true")
    chosen = parser.parse_args()
    if chosen.paint:
        return paint()
    if chosen.child:
        count, seconds, report = chosen.child
        return child(int(count), float(seconds), Path(report))
    figures = {
        "first_paint_s": first_paint(),
        "workspaces_300": case(300, chosen.seconds),
        "workspaces_3000": case(3000, chosen.seconds),
        "load_1m": round(os.getloadavg()[0], 2),
        "budgets": BUDGETS,
    }
    print(json.dumps(figures, indent=2))
    return None


if __name__ == "__main__":
    main()
