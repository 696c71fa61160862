from __future__ import annotations

import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import pytest

BISONWATCH = f"{sys.executable} -m bisonwatch"


class Tmux:
    """A real terminal in a server of its own; what it shows is read back as text."""

    def __init__(self, command: str, width: int, height: int) -> None:
        self.server = f"bisonwatch-{uuid.uuid4().hex[:8]}"
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height), f"{command}; echo ENDED $?; cat")

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self.server, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def until(self, pattern: str, deadline_s: float = 20) -> str:
        """The screen once it shows the pattern."""
        ends = time.monotonic() + deadline_s
        while not re.search(pattern, screen := self.screen(), re.MULTILINE):
            assert time.monotonic() < ends, f"{pattern!r} did not appear in:\n{screen}"
            time.sleep(0.05)
        return screen

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self.server, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def demo() -> Iterator[Tmux]:
    tmux = Tmux(f"{BISONWATCH} demo --accounts 400 --workspaces 6", 120, 36)
    yield tmux
    tmux.close()


@pytest.mark.timeout(90)
def test_the_demo_opens_moves_and_quits(demo: Tmux) -> None:
    """In a real terminal the demo shows its workspaces, verifies them, answers keys, and `q` ends it with 0."""
    demo.until("bisonwatch")
    demo.until("Northwind Desk")
    demo.until(r"Mirror is right")
    demo.press("?")
    demo.until("Esc goes back")
    demo.press("Escape")
    demo.until(r"Mirror is right")  # Escape and the next key must not arrive together: that would be Alt
    demo.press("2")
    demo.until("email_sent")
    demo.press("1")
    demo.press("r")
    demo.until("[Rr]esync")
    demo.press("y")
    demo.until(r"resync +\S+.*(ok|running|queued|%)")
    demo.press("q")
    demo.until("^ENDED 0")


@pytest.mark.timeout(90)
def test_the_demo_survives_every_size(demo: Tmux) -> None:
    """Resizing down to almost nothing and back never ends it."""
    demo.until("Northwind Desk")
    for width, height in ((80, 24), (40, 10), (20, 5), (200, 60), (120, 36)):
        demo.tmux("resize-window", "-x", str(width), "-y", str(height))
        demo.until("[Bb]ison|workspaces|Northwind|●|○" if width > 20 else r"\S")
    demo.until("Northwind Desk")
    demo.press("q")
    demo.until("^ENDED 0")
