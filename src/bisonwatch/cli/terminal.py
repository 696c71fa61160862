"""`bisonwatch`: the terminal, with the engine in a thread of the same process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bisonwatch import logs
from bisonwatch.cli.attached import options_of
from bisonwatch.cli.either import EitherFeed
from bisonwatch.cli.setup import ready_to_run
from bisonwatch.clock import AgreedClock, Clock, SystemClock
from bisonwatch.config.settings import Settings, Terminal
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.engine.host import EngineHost
from bisonwatch.engine.sockets import Sockets
from bisonwatch.errors import StartError

if TYPE_CHECKING:
    from bisonwatch.clients.remote import RemoteFeed
    from bisonwatch.engine.service import Engine

STOP_S = 10.0


def run(config: Path | None) -> int:
    settings = ready_to_run(config)
    if not sys.stdout.isatty():
        raise StartError(
            "this is no terminal", hint="`bisonwatch --daemon` runs without one; `bisonwatch status` prints"
        )
    tail = logs.start(to_stderr=False)
    clock = AgreedClock(SystemClock())
    sockets, taken = _bound(settings)

    def make() -> Engine:
        from bisonwatch.engine.compose import Choices
        from bisonwatch.engine.service import Engine

        assert sockets is not None
        return Engine(settings, sockets, clock, Choices(logs=tail.newest))

    def beside() -> RemoteFeed | None:
        from bisonwatch.cli.beside import attached

        found = attached(settings, clock)
        if found is not None and sockets is not None:
            sockets.close()
        if found is None and taken is not None:
            raise taken
        return found

    return show(
        make, clock, settings.terminal, title=str(settings.database.url), ask_before_quit=True, beside=beside
    )


def _bound(settings: Settings) -> tuple[Sockets | None, StartError | None]:
    """Sockets that are taken may be those of the engine that we are about to attach to."""
    try:
        return Sockets.bound(settings), None
    except StartError as error:
        return None, error


def show(
    make: Callable[[], Engine],
    clock: Clock,
    chosen: Terminal,
    *,
    title: str,
    ask_before_quit: bool,
    close_after: float | None = None,
    beside: Callable[[], RemoteFeed | None] | None = None,
) -> int:
    """Run the terminal until it is closed, or for `close_after` seconds; the engine is made in its own thread after the first paint.

    `beside` looks for an engine that is there already. `clock` is the engine's, so that ages on the screen and in the mirror agree.
    """
    from bisonwatch.tui.app import run_terminal

    host = EngineHost(make)
    ends = None if close_after is None else clock.monotonic() + close_after
    feed = EitherFeed(host, title, nothing_yet(clock.now()), beside)
    options = options_of(
        chosen,
        ask_before_quit=ask_before_quit,
        on_first_paint=feed.start,
        news=feed.news,
        over=lambda: feed.failure is not None or (ends is not None and clock.monotonic() >= ends),
    )
    code = run_terminal(feed, options, clock)
    stopped = feed.stop(STOP_S)
    if feed.failure is not None:
        raise feed.failure
    if not stopped:
        raise StartError(f"the engine did not stop within {STOP_S:g} s; what was acknowledged is on disk")
    return code
