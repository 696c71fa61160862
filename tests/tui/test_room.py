"""Who gets how many lines of the first page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bisonwatch.tui import room
from tests.tui.support import FakeFeed, running
from tests.tui.world import quiet_snapshot


@pytest.mark.parametrize("height", [25, 29, 41, 53, 90])
@pytest.mark.parametrize("rows", [0, 3, 27, 3000])
def test_every_line_is_given_to_somebody(height: int, rows: int) -> None:
    """And the table never takes more than its rows need, nor all there is."""
    for shares in (
        room.beside(height, rows),
        room.below(height, rows, high=height > 40, narrow=False),
        room.below(height, rows, high=height > 40, narrow=True),
    ):
        assert sum(shares) == height
        assert min(shares) > 0
        assert shares[0] <= max(rows + room.HEAD, room.DETAIL)


async def test_the_events_take_what_few_workspaces_leave() -> None:
    """Beside the table's foot where the detail stands at the right, else below it."""
    calm = quiet_snapshot()
    few = FakeFeed(replace(calm, workspaces=calm.workspaces[:3]))
    async with running(few, size=(120, 48)) as (app, pilot):
        table, events = app.screen.query_one("#table").region, app.screen.query_one("#events-panel").region
        assert (table.height, events.height) == (room.LEAST_TABLE, 21)
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        table, events = app.screen.query_one("#table").region, app.screen.query_one("#events-panel").region
        assert (events.x, events.y) == (table.x, table.bottom)
        assert events.height > 25
        await pilot.resize_terminal(120, 28)
        await pilot.pause()
        assert app.screen.query_one("#events-panel").region.height == 1
        assert app.screen.query_one("#table").region.height > 10
