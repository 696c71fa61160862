"""Any size of terminal: it degrades, and never refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.tui.support import HOSTILE, FakeFeed, drawn, event_row, row, running, snapshot

SIZES = ((200, 60), (140, 30), (120, 36), (100, 50), (80, 24), (60, 20), (40, 10), (20, 5), (3, 2))


async def test_the_terminal_may_be_resized_at_any_time() -> None:
    """Down to almost nothing and back; what matters stays to the last."""
    async with running(size=(200, 60)) as (app, pilot):
        for width, height in (*SIZES, *reversed(SIZES)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            lines = drawn(app).splitlines()
            assert all(len(line) <= width for line in lines)
            if width >= 20:
                assert "acme" in drawn(app)
                assert "3m12s" in drawn(app)
                assert "LIVE" in drawn(app)


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_every_screen_survives_every_size(width: int, height: int) -> None:
    """Tabs, the opened workspace, help, dialogs, menus."""
    async with running(size=(width, height)) as (app, pilot):
        for key in ("2", "3", "4", "5", "6", "1", "enter", "escape", "question_mark", "escape"):
            await pilot.press(key)
            await pilot.pause()
        for opened in ("r", "R", "x", "s", "T", "slash"):
            await pilot.press(opened)
            await pilot.pause()
            await pilot.press("escape")
            await pilot.pause()
        assert app.is_running


async def test_at_140_columns_the_detail_stands_at_the_right() -> None:
    """Below, it stands under the table."""
    async with running(size=(140, 40)) as (app, pilot):
        assert app.screen.query_one("#detail").region.x > 70
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert app.screen.query_one("#detail").region.x == 0


async def test_ascii_glyphs_leave_no_other_sign_of_ours() -> None:
    """For terminals in which ambiguous signs are two cells wide."""
    rows = tuple(item for item in snapshot().workspaces if item.name.isascii())
    events = tuple(event_row(number) for number in range(5))
    feed = FakeFeed(replace(snapshot(), workspaces=rows, events=events))
    async with running(feed, glyphs="ascii") as (app, pilot):
        for key in ("2", "3", "4", "6", "1", "enter"):
            assert drawn(app).isascii(), [c for c in drawn(app) if not c.isascii()]
            await pilot.press(key)
            await pilot.pause()
        assert drawn(app).isascii()


def hostile_feed() -> FakeFeed:
    """The corpus, uncleaned, in every field that holds text: the domain's cleaning is not relied upon."""
    base = snapshot()
    names: Iterator[str] = iter(HOSTILE * 30)
    rows = tuple(
        replace(item, name=next(names), reason=next(names), doing=next(names), url=next(names))
        for item in (row(i, "x") for i in range(20))
    )
    return FakeFeed(
        replace(
            base,
            workspaces=(*rows, *(replace(item, reason=next(names)) for item in base.workspaces[:2])),
            events=tuple(
                replace(item, workspace_name=next(names), type=next(names), subject=next(names))
                for item in base.events
            ),
            logs=tuple(replace(item, text=next(names), workspace=next(names)) for item in base.logs),
            alerts=tuple(
                replace(item, workspace_name=next(names), rule=next(names), reason=next(names))
                for item in base.alerts
            ),
            runs=tuple(
                replace(item, workspace_name=next(names), run=replace(item.run, error=next(names)))
                for item in base.runs
            ),
            jobs=tuple(replace(item, name=next(names), schedule=next(names)) for item in base.jobs),
            nodes=tuple(replace(item, name=next(names), api_url=next(names)) for item in base.nodes),
            node=next(names),
            reasons=HOSTILE,
        ),
        title=HOSTILE[0],
    )


@pytest.mark.parametrize(("width", "height"), [(200, 60), (80, 24), (30, 12)])
async def test_hostile_text_is_shown_as_plain_text_on_every_screen(width: int, height: int) -> None:
    """No character that is not printable leaves a widget, and markup is only text."""
    async with running(hostile_feed(), size=(width, height)) as (app, pilot):
        for key in ("2", "3", "4", "5", "6", "1", "enter", "escape", "r", "n", "x", "n", "y", "P"):
            await pilot.press(key)
            await pilot.pause()
            text = drawn(app).replace("\n", "")
            assert text.isprintable(), [c for c in text if not c.isprintable()]
        assert app.is_running
