"""The raw bytes on a pseudo-terminal: the only test that sees what a terminal sees."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from tests.tui.on_a_line import SECRET

ROOT = Path(__file__).resolve().parents[2]
SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, modes
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: title, clipboard
    rb"|\x1bP[^\x1b]*\x1b\\"  # DCS: questions to the terminal
    rb"|\x1b[78=>NO]"
)
ALLOWED_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[mHhlJuctpq]")
HARMFUL = (
    "\x00\x07\x08\x0b\x0c\x1b\x7f"
    + "".join(map(chr, range(0x80, 0xA0)))
    + "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def _surroundings() -> dict[str, str]:
    """Handed over whole: readline puts COLUMNS and LINES where `os.environ` does not see them to take them out."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"}


class Line:
    """One run of the terminal at the end of a line of 120x36."""

    def __init__(self, what: str, folder: Path) -> None:
        self.raw = b""
        self.status: int | None = None
        self._screen = pyte.Screen(120, 36)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            arguments = [sys.executable, "-m", "tests.tui.on_a_line", what, str(folder)]
            os.execve(sys.executable, arguments, _surroundings())
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
        return "\n".join(self._screen.display)

    @property
    def data(self) -> str:
        """What is left of the bytes without the sequences a terminal program sends."""
        return SEQUENCE.sub(b"", self.raw).decode()

    def close(self) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


@pytest.fixture
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    started = Line(request.param, tmp_path)
    yield started
    started.close()


@pytest.mark.parametrize("line", ["hostile"], indirect=True)
def test_nothing_in_the_data_reaches_the_terminal_as_a_command(line: Line) -> None:
    """No escape, C1, BEL, NUL or direction character but our own; no title, no clipboard but on `y`."""
    line.until("[bold]markup[/bold]")
    for keys, words in (
        ("2", "following"),
        ("3", "worst first"),
        ("5", "following"),
        ("6", "scheduled jobs"),
        ("1", "LAST HOUR"),
        ("\r", "newest events"),
        ("r", "again from the provider"),
        ("n", "newest events"),
    ):
        line.press(keys)
        line.until(words)
    line.press("q")
    assert line.end() == 0
    assert not [c for c in line.data if c in HARMFUL]
    commands = SEQUENCE.findall(line.raw)
    assert {found for found in commands if found.startswith(b"\x1b]")} <= {b"\x1b]22;default\x07"}
    assert b"PWNED\x07" not in line.raw


@pytest.mark.parametrize("line", ["plain"], indirect=True)
def test_y_sends_one_osc_52(line: Line, tmp_path: Path) -> None:
    """The name, in base64, and the file for terminals that do not take it."""
    line.until("acme-outbound")
    line.press("y")
    line.until("copied 'acme-outbound'")
    line.press("q")
    assert line.end() == 0
    assert line.raw.count(b"\x1b]52;c;YWNtZS1vdXRib3VuZA==") == 1
    assert (tmp_path / "copied.txt").read_text() == "acme-outbound\n"


@pytest.mark.parametrize("line", ["plain"], indirect=True)
def test_quitting_leaves_the_terminal_as_it_was(line: Line) -> None:
    """Alternate screen left, cursor shown, nothing printed after."""
    line.until("acme-outbound")
    line.press("q")
    assert line.end() == 0
    assert line.raw.rindex(b"\x1b[?1049l") > line.raw.rindex(b"acme-outbound")
    assert b"\x1b[?25h" in line.raw
    assert "Traceback" not in line.data


@pytest.mark.parametrize("line", ["crash"], indirect=True)
def test_a_crash_is_one_line_and_a_trace_without_secrets(line: Line, tmp_path: Path) -> None:
    """The exit code is 1; no variable and no secret on the screen or in the file."""
    assert line.end() == 1
    assert "bisonwatch: the terminal failed (RuntimeError); its trace is in " in line.data
    assert "Traceback" not in line.data
    trace = (tmp_path / "terminal-crash.txt").read_text()
    assert "it broke with •••" in trace
    assert SECRET not in trace + line.data


@pytest.mark.parametrize("line", ["plain"], indirect=True)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_signals_close_the_screen_and_are_told(line: Line, number: int, code: int, tmp_path: Path) -> None:
    """SIGHUP asks the caller what becomes of the engine; both end in good order."""
    line.until("acme-outbound")
    os.kill(line.pid, number)
    assert line.end() == code
    assert (tmp_path / "hung-up").exists() == (number == signal.SIGHUP)


def test_a_line_that_is_cut_ends_the_terminal(tmp_path: Path) -> None:
    """It does not spin on the dead line."""
    cut = Line("plain", tmp_path)
    cut.until("acme-outbound")
    os.close(cut.master)
    assert cut.wait(time.monotonic() + 15) == 129
    assert (tmp_path / "hung-up").exists()
