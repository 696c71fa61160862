"""P7: from a key to the screen, over thousands of sender accounts. Prints one JSON object.

The terminal runs in a process of its own on a pseudo-terminal of 120x36 and draws on keys only, so that whatever it writes after a key
is the answer to it; the time is that from the key to the last byte. Each key is one of the filter, or turns the order round, or sorts.

    python benchmarks/keypress.py [--accounts 4000]

It is a time on the wall: on a machine that is busy with other things it measures that. `cpu_ms` is the processor time of the same
answers, which such a machine leaves nearly as it is.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

BUDGET_MS = 50.0
TYPED = b"ana.1 !tag:warm"
ERASE = b"\x7f"
QUIET_S = 0.06
"""So long without a byte, and the answer to a key is whole."""
PAGE = b"8"
WAIT_S = 60.0


def child(accounts: int) -> None:
    from tests.tui.accounts import account_rows
    from tests.tui.support import FakeFeed

    from bisonwatch.clock import SystemClock
    from bisonwatch.tui.app import run_terminal
    from bisonwatch.tui.options import TerminalOptions

    spaces = max(25, accounts // 150)
    feed = FakeFeed(mailboxes=account_rows(accounts, SystemClock().now(), spaces))
    sys.exit(run_terminal(feed, TerminalOptions(refresh_s=1e6, ask_before_quit=False), SystemClock()))


class Answer(NamedTuple):
    """In milliseconds: on the wall, and of the processor."""

    wall: float
    cpu: float


class Line:
    """The other end of the pseudo-terminal."""

    def __init__(self, arguments: list[str]) -> None:
        self._child, self._master = pty.fork()
        if self._child == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", COLUMNS="120", LINES="36")
            os.environ.pop("NO_COLOR", None)
            os.execv(sys.executable, [sys.executable, *arguments])
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))

    def until(self, want: bytes) -> None:
        """Read on until these bytes came. Raises TimeoutError."""
        seen = b""
        while want not in seen:
            ready, _, _ = select.select([self._master], [], [], WAIT_S)
            if not ready:
                raise TimeoutError(f"{want!r} never came")
            seen = seen[-100:] + os.read(self._master, 65_536)

    def spent(self) -> float:
        """Milliseconds of processor time that the terminal's own thread has used."""
        return int(Path(f"/proc/{self._child}/schedstat").read_text().split()[0]) / 1e6

    def answer(self, key: bytes, quiet: float = QUIET_S) -> Answer:
        """Press a key; the time to the last byte of what it changed."""
        before = self.spent()
        started = last = time.monotonic()
        os.write(self._master, key)
        patience = WAIT_S
        while select.select([self._master], [], [], patience)[0]:
            os.read(self._master, 65_536)
            last, patience = time.monotonic(), quiet
        return Answer((last - started) * 1000, self.spent() - before)

    def close(self) -> None:
        os.write(self._master, b"q")
        try:
            while os.read(self._master, 65_536):
                pass
        except OSError:
            pass  # the line ends with the process
        os.waitpid(self._child, 0)
        os.close(self._master)


def measure(accounts: int) -> dict[str, float]:
    line = Line([str(Path(__file__).resolve()), "--child", str(accounts)])
    line.until(b"LIVE")
    line.answer(b"j", 0.5)
    opened = line.answer(PAGE, 1.0)
    line.answer(b"/", 0.3)
    typed = [line.answer(bytes([key])) for key in TYPED]
    typed += [line.answer(ERASE) for _ in TYPED]
    line.answer(b"\r", 0.3)
    turned = [line.answer(b"S") for _ in range(10)]
    sorts: list[Answer] = []
    for _ in range(10):
        line.answer(b"s", 0.3)
        line.answer(b"j")
        sorts.append(line.answer(b"\r"))
    line.close()
    told = {"open_ms": round(opened.wall, 1), "open_cpu_ms": round(opened.cpu, 1)}
    for name, answers in (("filter", typed), ("turn", turned), ("sort", sorts)):
        for kind, times in (("ms", [one.wall for one in answers]), ("cpu_ms", [one.cpu for one in answers])):
            times.sort()
            told[f"{name}_{kind}_p50"] = round(times[len(times) // 2], 1)
            told[f"{name}_{kind}_p95"] = round(times[int(len(times) * 0.95)], 1)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--child", type=int)
    chosen = parser.parse_args()
    if chosen.child:
        return child(chosen.child)
    figures = measure(chosen.accounts)
    print(json.dumps(figures | {"budget_ms": BUDGET_MS, "load_1m": round(os.getloadavg()[0], 2)}, indent=2))
    return None


if __name__ == "__main__":
    main()
