"""The raw bytes on a pseudo-terminal: the only test that sees what a terminal sees."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.line import SEQUENCE, Line
from tests.tui.on_a_line import SECRET

ROOT = Path(__file__).resolve().parents[2]
HARMFUL = (
    "\x00\x07\x08\x0b\x0c\x1b\x7f"
    + "".join(map(chr, range(0x80, 0xA0)))
    + "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def on_a_line(what: str, folder: Path) -> Line:
    return Line([sys.executable, "-m", "tests.tui.on_a_line", what, str(folder)])


@pytest.fixture
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    started = on_a_line(request.param, tmp_path)
    yield started
    started.close()


@pytest.mark.parametrize("line", ["hostile"], indirect=True)
def test_nothing_in_the_data_reaches_the_terminal_as_a_command(line: Line) -> None:
    """No escape, C1, BEL, NUL or direction character but our own; no title, no clipboard but on `y`."""
    line.until("[bold]markup[/bold]")
    for keys, words in (
        ("2", "following"),
        ("3", "worst first"),
        ("5", "more wait for another try"),
        ("\r", "payload"),
        ("o", "Replay this dead letter?"),
        ("n", "payload"),
        ("6", "following"),
        ("7", "scheduled jobs"),
        ("1", "LAST HOUR"),
        ("\r", "newest events"),
        ("r", "again from the provider"),
        ("n", "newest events"),
    ):
        line.press(keys)
        line.until(words)
        if keys == "n":
            line.without("Replay this dead letter?" if words == "payload" else "again from the provider")
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
    cut = on_a_line("plain", tmp_path)
    cut.until("acme-outbound")
    os.close(cut.master)
    assert cut.wait(time.monotonic() + 15) == 129
    assert (tmp_path / "hung-up").exists()
