"""Run as a program by the tests of the raw line: the terminal over an invented feed.

python -m tests.tui.on_a_line hostile|plain|crash|hangup FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from bisonwatch.clock import SystemClock
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.logs import redact
from bisonwatch.tui.app import run_terminal
from bisonwatch.tui.options import TerminalOptions
from tests.tui.support import FakeFeed, hostile_feed

SECRET = "sk-live-0123456789"


class Breaking(FakeFeed):
    """Fails in the third snapshot, with a secret in its words and in its variables."""

    asked_for = 0

    def snapshot(self) -> Snapshot:
        self.asked_for += 1
        token = SECRET
        if self.asked_for > 2:
            raise RuntimeError(f"it broke with {token}")
        return self.shown


def main() -> int:
    what, folder = sys.argv[1], Path(sys.argv[2])
    redact.learn(SECRET)
    feed = {"hostile": hostile_feed, "crash": Breaking}.get(what, FakeFeed)()
    options = TerminalOptions(
        refresh_s=0.1,
        ask_before_quit=False,
        files=folder,
        on_hangup=lambda: (folder / "hung-up").touch(),
    )
    return run_terminal(feed, options, SystemClock())


if __name__ == "__main__":
    sys.exit(main())
