"""The demonstration without a terminal: a readable status every few seconds, or one JSON object at the end."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable

import click

from bisonwatch import logs
from bisonwatch.cli import demo_world
from bisonwatch.cli.demo_engine import demo_engine
from bisonwatch.cli.demo_world import DemoOptions
from bisonwatch.cli.text import header, status_text
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.domain.status import status_json
from bisonwatch.engine.looping import new_loop
from bisonwatch.engine.service import Engine

EVERY_S = 3.0


def run_headless(options: DemoOptions, seconds: float | None, *, as_json: bool) -> None:
    """With `as_json` nothing but the final object goes to stdout; what is told on the way goes to stderr."""
    tail = logs.start(to_stderr=False)

    def tell(text: str) -> None:
        click.echo(text, err=as_json)

    with demo_world.folder(options) as where:
        tell(
            f"bisonwatch demo: {options.workspaces} workspaces, {options.accounts:,} accounts, {options.rate:g} events/s; Ctrl+C ends it"
        )
        sys.stdout.flush()
        with demo_world.provider(options) as found, asyncio.Runner(loop_factory=new_loop) as runner:
            settings = demo_world.settings_for(options, found, where)
            runner.run(
                _main(
                    demo_engine(settings, tail.newest, AgreedClock(SystemClock())),
                    seconds,
                    tell,
                    as_json=as_json,
                )
            )


async def _main(engine: Engine, seconds: float | None, tell: Callable[[str], None], *, as_json: bool) -> None:
    stop = engine.over
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await engine.start()
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    while not stop.is_set():
        try:
            async with asyncio.timeout(EVERY_S):
                await stop.wait()
        except TimeoutError:
            now = engine.clock.now()
            tell(
                "\n".join(header(engine.snapshot(), now))
                if as_json
                else status_text(engine.snapshot(), now) + "\n"
            )
    final = await engine.snapshots.once()
    await engine.stop()
    if as_json:
        click.echo(json.dumps(status_json(final, final.at), ensure_ascii=False))
    else:
        tell("bisonwatch demo: ended")
