"""The app over the other maker of a feed: a daemon's API on a port of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from bisonwatch.tui.app import BisonwatchApp
from tests.support.feed_server import OPERATOR, Served, attached, served
from tests.tui.support import FakeFeed, on_screen


@asynccontextmanager
async def running_attached(
    feed: FakeFeed | None = None, token: str = OPERATOR, size: tuple[int, int] = (120, 36), **options: object
) -> AsyncIterator[tuple[BisonwatchApp, Pilot[None], Served]]:
    """As `running`: the same feed behind the real API, and the app attached to it."""
    async with (
        served(feed or FakeFeed()) as there,
        attached(there, token) as remote,
        on_screen(remote, size, **options) as (app, pilot),
    ):
        yield app, pilot, there
