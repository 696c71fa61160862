"""Draws docs/overview.svg: the real terminal over the real demo, while one workspace's webhooks are out.

Run it with the project's own Python: `.venv/bin/python docs/picture.py`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import ExitStack
from pathlib import Path

from bisonwatch import logs
from bisonwatch.cli import demo_world
from bisonwatch.cli.demo_engine import demo_engine
from bisonwatch.cli.demo_world import DemoOptions
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.engine.host import EngineHost
from bisonwatch.engine.hosted import HostedFeed
from bisonwatch.engine.service import Engine
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.options import TerminalOptions

SIZE = (120, 36)
OUTAGE_SHOWN_S = 27


async def draw(theme: str) -> str:
    options = DemoOptions(27, 4000, 12.0, "webhook-outage", 7, None, None)
    tail = logs.start(to_stderr=False)
    with ExitStack() as stack:
        where = stack.enter_context(demo_world.folder(options))
        found = stack.enter_context(demo_world.provider(options))
        clock = AgreedClock(SystemClock())

        def make() -> Engine:
            return demo_engine(demo_world.settings_for(options, found, where), tail.newest, clock)

        host = EngineHost(make)
        host.start()
        app = BisonwatchApp(
            HostedFeed(host, "demo", nothing_yet(clock.now())), TerminalOptions(theme=theme), clock
        )
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(OUTAGE_SHOWN_S)
            picture = app.export_screenshot(title="bisonwatch demo --scenario webhook-outage")
        host.stop(10)
    return plain(picture)


def plain(svg: str) -> str:
    """Without fonts from elsewhere: the reader's own monospace does."""
    without = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)
    return without.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "bison-dark"
    Path("docs/overview.svg").write_text(asyncio.run(draw(name)))
