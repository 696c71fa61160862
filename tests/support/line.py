"""A program at the end of a pseudo-terminal: its raw bytes, and the screen they draw."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[2]
SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, modes
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: title, clipboard
    rb"|\x1bP[^\x1b]*\x1b\\"  # DCS: questions to the terminal
    rb"|\x1b[78=>NO]"
)
ALLOWED_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[mHhlJuctpq]")


def _surroundings() -> dict[str, str]:
    """Handed over whole: readline puts COLUMNS and LINES where `os.environ` does not see them to take them out."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"}


class Line:
    """One run of a program at the end of a line of 120x36."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.raw = b""
        self.status: int | None = None
        self._screen = pyte.Screen(120, 36)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(arguments[0], list(arguments), _surroundings())
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))

    def read(self, deadline: float) -> bool:
        """Take what is there; False at the end of the line or of patience."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self.master, 65_536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(
            SEQUENCE.sub(lambda match: match[0] if ALLOWED_CSI.fullmatch(match[0]) else b"", data)
        )
        return bool(data)

    def until(self, text: str, seconds: float = 20) -> None:
        """Read until the text stands on the screen."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            if not self.read(deadline):
                raise AssertionError(f"'{text}' did not appear on:\n{self.shown}")

    def without(self, text: str, seconds: float = 20) -> None:
        """Read until the text no longer stands on the screen: what a dialog covers may show through beside it."""
        deadline = time.monotonic() + seconds
        while text in self.shown:
            if not self.read(deadline):
                raise AssertionError(f"'{text}' did not go away from:\n{self.shown}")

    def end(self, seconds: float = 20) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + seconds
        while self.read(deadline):
            pass
        return self.wait(deadline)

    def wait(self, deadline: float) -> int:
        while self.status is None and time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        assert self.status is not None, "the terminal did not end"
        return self.status

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    @property
    def shown(self) -> str:
        return "\n".join(map(self._row, range(self._screen.lines)))

    def _row(self, number: int) -> str:
        """Cell by cell: the emulator's own `display` falls over the second half of a wide letter whose first half was overwritten."""
        cells = self._screen.buffer[number]
        return "".join(cells[place].data for place in range(self._screen.columns))

    @property
    def data(self) -> str:
        """What is left of the bytes without the sequences a terminal program sends."""
        return SEQUENCE.sub(b"", self.raw).decode()

    def close(self) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
