"""The demonstration in the terminal."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from bisonwatch import logs
from bisonwatch.cli import demo_world
from bisonwatch.cli.demo_world import DemoOptions
from bisonwatch.cli.terminal import show
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.config.settings import Terminal

if TYPE_CHECKING:
    from bisonwatch.engine.service import Engine


def run_terminal_demo(options: DemoOptions, seconds: float | None) -> int:
    """The provider and the engine start after the first paint; both are gone when this returns."""
    tail = logs.start(to_stderr=False)
    with ExitStack() as stack:
        clock = AgreedClock(SystemClock())
        where = stack.enter_context(demo_world.folder(options))

        def make() -> Engine:
            from bisonwatch.cli.demo_engine import demo_engine

            found = stack.enter_context(demo_world.provider(options))
            return demo_engine(demo_world.settings_for(options, found, where), tail.newest, clock)

        return show(make, clock, Terminal(), title="demo", ask_before_quit=False, close_after=seconds)
