"""Any size of terminal: it degrades, and never refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.length import LONG
from tests.tui.support import FakeFeed, drawn, hostile_feed, running
from tests.tui.world import event_row, snapshot

SIZES = ((200, 60), (120, 36), (80, 24), (40, 10), (20, 5), (3, 2))


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


@pytest.mark.parametrize(("width", "height"), SIZES if LONG else SIZES[2::2])
async def test_every_screen_survives_every_size(width: int, height: int) -> None:
    """Tabs, the opened workspace, help, dialogs, menus."""
    async with running(size=(width, height)) as (app, pilot):
        for keys in (
            "2",
            "3",
            "4",
            "5",
            "5 enter escape",
            "4 enter G escape",
            "4 s escape",
            "4 A escape",
            "4 X escape",
            "4 h",
            "7",
            "8",
            "8 enter escape",
            "8 c escape",
            "8 s escape",
            "1",
            "enter escape",
            "question_mark escape",
            "R escape",
            "s escape",
            "v j z escape",
            "V enter escape escape",
            "w j u escape escape",
            "K j W escape enter G escape escape",
            "i G escape",
            "L j m s escape slash escape enter escape escape",
            "I j m escape",
        ):
            await pilot.press(*keys.split())
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
        for key in (
            *("2", "3", "4", "5", "7", "8", "enter", "escape"),
            *("1", "V", "escape", "v", "escape", "w", "escape"),
            *("K", "escape", "i", "escape", "L", "enter", "escape", "I", "escape", "enter"),
        ):
            assert drawn(app).isascii(), [c for c in drawn(app) if not c.isascii()]
            await pilot.press(key)
            await pilot.pause()
        assert drawn(app).isascii()


@pytest.mark.parametrize(("width", "height"), [(200, 60), (40, 14)])
async def test_hostile_text_is_shown_as_plain_text_on_every_screen(width: int, height: int) -> None:
    """No character that is not printable leaves a widget, and markup is only text."""
    async with running(hostile_feed(), size=(width, height)) as (app, pilot):
        for key in (
            *("2", "3", "4", "enter", "escape", "A", "n"),
            *("5", "enter", "o", "n", "escape", "D", "n", "y", "6", "7"),
            *("8", "G", "enter", "G", "y", "escape", "c", "escape", "Y", "S"),
            *("1", "V", "j", "escape", "v", "j", "G", "escape", "w", "j", "t", "u", "n", "escape"),
            *("1", "K", "j", "W", "n", "escape", "i", "G", "escape"),
            *("1", "L", "j", "enter", "G", "escape", "slash", "escape", "I", "G", "y", "escape"),
            *("1", "enter", "r", "n", "x", "n", "y"),
            *("escape", "4", "G", "enter", "A", "n", "escape", "h"),
        ):
            await pilot.press(key)
            await pilot.pause()
            text = drawn(app).replace("\n", "")
            assert text.isprintable(), [c for c in text if not c.isprintable()]
        assert app.is_running
