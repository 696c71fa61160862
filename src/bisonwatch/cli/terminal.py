"""`bisonwatch`: the terminal, with the engine in a thread of the same process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bisonwatch import logs
from bisonwatch.cli.setup import ready_to_run
from bisonwatch.clock import AgreedClock, Clock, SystemClock
from bisonwatch.config import paths
from bisonwatch.config.settings import Terminal
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.engine.feed import HostedFeed
from bisonwatch.engine.host import EngineHost
from bisonwatch.engine.sockets import Sockets
from bisonwatch.errors import StartError

if TYPE_CHECKING:
    from bisonwatch.engine.service import Engine

STOP_S = 10.0


def run(config: Path | None) -> int:
    settings = ready_to_run(config)
    if not sys.stdout.isatty():
        raise StartError(
            "this is no terminal", hint="`bisonwatch --daemon` runs without one; `bisonwatch status` prints"
        )
    tail = logs.start(to_stderr=False)
    sockets, clock = Sockets.bound(settings), AgreedClock(SystemClock())

    def make() -> Engine:
        from bisonwatch.engine.compose import Choices
        from bisonwatch.engine.service import Engine

        return Engine(settings, sockets, clock, Choices(logs=tail.newest))

    return show(make, clock, settings.terminal, title=str(settings.database.url), ask_before_quit=True)


def show(
    make: Callable[[], Engine],
    clock: Clock,
    chosen: Terminal,
    *,
    title: str,
    ask_before_quit: bool,
    close_after: float | None = None,
) -> int:
    """Run the terminal until it is closed, or for `close_after` seconds; the engine is made in its own thread after the first paint.

    `clock` is the engine's, so that ages on the screen and in the mirror agree.
    """
    from bisonwatch.tui.app import run_terminal
    from bisonwatch.tui.options import TerminalOptions

    host = EngineHost(make)
    ends = None if close_after is None else clock.monotonic() + close_after
    feed = HostedFeed(host, title, nothing_yet(clock.now()))
    options = TerminalOptions(
        theme=chosen.theme,
        refresh_s=chosen.refresh.total_seconds(),
        glyphs=chosen.glyphs,
        read_only=chosen.read_only,
        keymap=chosen.keymap,
        user_themes=paths.themes_folder(),
        ask_before_quit=ask_before_quit,
        on_first_paint=host.start,
        over=lambda: host.failure is not None or (ends is not None and clock.monotonic() >= ends),
    )
    code = run_terminal(feed, options, clock)
    stopped = host.stop(STOP_S)
    if host.failure is not None:
        raise host.failure
    if not stopped:
        raise StartError(f"the engine did not stop within {STOP_S:g} s; what was acknowledged is on disk")
    return code
