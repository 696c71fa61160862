"""Every key does what the help says."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from bisonwatch.domain.health import Health
from bisonwatch.domain.stuck import Stuck
from bisonwatch.tui.screens.help import HelpScreen
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.screens.workspace import WorkspaceScreen
from tests.tui.support import FakeFeed, drawn, main, running, tick, toasts
from tests.tui.world import ago, event_row, first_snapshot, snapshot


async def test_the_first_paint_waits_for_nothing() -> None:
    """No snapshot yet: the frame is there, and says what it waits for; then figures flow in."""
    async with running(FakeFeed(first_snapshot())) as (app, pilot):
        assert "waiting for the first snapshot" in drawn(app)
        assert "bisonwatch" in drawn(app)
        app.feed.shown = snapshot()  # type: ignore[attr-defined]
        await tick(app, pilot)
        assert "acme-outbound" in drawn(app)


async def test_cursor_keys_move_and_the_detail_follows() -> None:
    """vi's and the arrows."""
    async with running() as (app, pilot):
        table = main(app).overview.table
        for key, name in (
            ("j", "northwind-eu"),
            ("down", "umbrella-na"),
            ("k", "northwind-eu"),
            ("up", "acme-outbound"),
            ("G", "中文工作区 🦬 é"),
            ("g", "acme-outbound"),
            ("end", "中文工作区 🦬 é"),
            ("home", "acme-outbound"),
        ):
            await pilot.press(key)
            assert table.selected is not None
            assert table.selected.name == name
        await pilot.press("pagedown")
        assert table.cursor > 5
        await pilot.press("pageup")
        assert table.cursor == 0
        await pilot.press("j")
        await pilot.pause()
        assert "webhooks silent for 6 min, 14 events found by poll" in drawn(app)


async def test_the_cursor_stays_on_its_row_when_the_order_changes() -> None:
    """It follows the workspace, not the line."""
    async with running() as (app, pilot):
        await pilot.press("j", "j", "j")
        table = main(app).overview.table
        assert table.selected is not None
        key = table.selected.key
        worse = tuple(
            replace(row, health=Health.CRITICAL, lag_from=ago(hours=1)) if row.key == key else row
            for row in snapshot().workspaces
        )
        await tick(app, pilot, 0.5, workspaces=worse)
        assert table.cursor == 3
        await tick(app, pilot, 3)
        assert table.cursor == 0
        assert table.selected.key == key
        await tick(app, pilot, 3, workspaces=tuple(row for row in worse if row.key != key))
        assert table.selected.key != key


async def test_enter_opens_and_esc_goes_back() -> None:
    """The workspace's own screen: figures with their meaning, its runs, its events."""
    async with running() as (app, pilot):
        await pilot.press("j", "enter")
        await pilot.pause()
        assert isinstance(app.screen, WorkspaceScreen)
        shown = drawn(app)
        for words in ("northwind-eu", "figures", "this month", "newest events", "resync"):
            assert words in shown
        await pilot.press("enter")
        assert any("it is open" in toast for toast in toasts(app))
        await pilot.press("j", "G", "g", "escape")
        await pilot.pause()
        assert app.screen is main(app)


async def test_a_workspace_that_is_gone_says_so() -> None:
    """Its screen stays, without old figures."""
    async with running() as (app, pilot):
        await pilot.press("enter")
        await tick(app, pilot, workspaces=snapshot().workspaces[5:])
        assert "main/10 is not in the newest snapshot" in drawn(app)


async def test_slash_filters_while_typing() -> None:
    """Letters are inert while the filter has the focus; Enter keeps it, Esc clears it."""
    async with running() as (app, pilot):
        await pilot.press("slash", *"lag>1m")
        await pilot.pause()
        table = main(app).overview.table
        assert [row.name for row in table.shown_items] == ["acme-outbound", "northwind-eu"]
        await pilot.press("enter")
        await pilot.pause()
        assert not isinstance(app.focused, Input)
        assert "filter lag>1m" in drawn(app)
        await pilot.press("escape")
        assert len(table.shown_items) == 27
        await pilot.press("slash", *"quit", "escape")
        assert len(table.shown_items) == 27
        assert app.is_running


async def test_a_digit_leaves_what_lies_over_the_tabs() -> None:
    """From the opened workspace and from help; what has no meaning there is told."""
    async with running() as (app, pilot):
        await pilot.press("enter", "s")
        await pilot.pause()
        assert toasts(app)[-1] == "there is nothing to sort here"
        await pilot.press("question_mark", "4")
        await pilot.pause()
        assert main(app) is app.screen
        assert main(app).active == "runs"


async def test_a_filter_that_is_not_understood_is_told_at_enter() -> None:
    """Not at every key."""
    async with running() as (app, pilot):
        await pilot.press("slash", *"lag>x")
        assert toasts(app) == []
        await pilot.press("enter")
        await pilot.pause()
        assert any("write lag>10s" in toast for toast in toasts(app))


async def test_a_filter_without_hits_says_how_to_get_out() -> None:
    """An empty table is never silent."""
    async with running() as (app, pilot):
        await pilot.press("slash", *"zzz")
        await pilot.pause()
        assert "no workspace matches the filter; Esc clears it" in drawn(app)


async def test_z_shows_only_problems() -> None:
    """And everything again."""
    async with running() as (app, pilot):
        table = main(app).overview.table
        await pilot.press("z")
        assert len(table.shown_items) == 5
        await pilot.press("z")
        assert len(table.shown_items) == 27


async def test_s_sorts_by_a_column_and_S_turns_it_round() -> None:
    """The header names the column."""
    async with running() as (app, pilot):
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, PickScreen)
        await pilot.press("j", "enter")
        await pilot.pause()
        table = main(app).overview.table
        names = [row.name.casefold() for row in table.shown_items]
        assert names == sorted(names)
        assert "by name" in drawn(app)
        await pilot.press("S")
        await pilot.pause()
        assert "by name, reversed" in drawn(app)
        await pilot.press("s", "escape")
        assert table.sorted_by == "name"


@pytest.mark.parametrize("column", ["name", "state"])
async def test_S_turns_words_round_as_well_as_figures(column: str) -> None:
    """The last row becomes the first, and so on to the end; once more is as before."""
    async with running() as (app, pilot):
        table = main(app).overview.table
        table.sort_by(column)
        forth = [row.key for row in table.shown_items]
        await pilot.press("S")
        assert [row.key for row in table.shown_items] == forth[::-1]
        await pilot.press("S")
        assert [row.key for row in table.shown_items] == forth


async def test_S_turns_figures_round() -> None:
    """The fewest first, where the most were."""
    async with running() as (app, pilot):
        table = main(app).overview.table
        table.sort_by("sent")
        forth = [row.month.sent or 0 for row in table.shown_items]
        await pilot.press("S")
        assert [row.month.sent or 0 for row in table.shown_items] == forth[::-1] == sorted(forth)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("2", "lead_interested"),
        ("3", "38 events missed by webhooks since 14:00"),
        ("4", "12.4k/48.0k"),
        ("5", "the database refused it"),
        ("6", "subscription is in place"),
        ("7", "scheduled jobs"),
        ("8", "confirms that they are gone"),
    ],
)
async def test_digits_choose_a_tab(key: str, words: str) -> None:
    """Each with something behind it; Esc returns to the workspaces."""
    async with running() as (app, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert words in drawn(app)
        await pilot.press("j", "k", "pagedown", "pageup", "G", "g", "y", "slash", "escape")
        await pilot.press("escape")
        await pilot.pause()
        assert main(app).active == "workspaces"


async def test_tab_and_clicks_go_round_the_tabs() -> None:
    """Forth and back."""
    async with running() as (app, pilot):
        await pilot.press("tab", "tab")
        assert main(app).active == "alerts"
        await pilot.press("shift+tab", "shift+tab", "shift+tab")
        assert main(app).active == "accounts"
        await pilot.click("#tabs", offset=(20, 0))
        await pilot.pause()
        assert main(app).active == "events"


async def test_the_mouse_selects_scrolls_and_opens() -> None:
    """A click selects, two open."""
    async with running() as (app, pilot):
        await pilot.click("#table", offset=(20, 3))
        assert main(app).overview.table.cursor == 2
        await pilot.click("#table", offset=(20, 2), times=2)
        await pilot.pause()
        assert isinstance(app.screen, WorkspaceScreen)


async def test_p_holds_the_view() -> None:
    """New events are counted; the engine is not touched."""
    async with running() as (app, pilot):
        await pilot.press("p")
        inbox = replace(snapshot().inbox, processed=1_204_120)
        await tick(app, pilot, 5, workspaces=(), inbox=inbox)
        assert "PAUSED +100 events" in drawn(app)
        assert "acme-outbound" in drawn(app)
        await pilot.press("p")
        await pilot.pause()
        assert "no workspaces yet" in drawn(app)


async def test_y_copies_the_name_and_Y_the_row(tmp_path: Path) -> None:
    """OSC 52, and a file only its owner reads for terminals that do not take it."""
    async with running(files=tmp_path) as (app, pilot):
        await pilot.press("y")
        assert app.clipboard == "acme-outbound"
        copied = tmp_path / "copied.txt"
        assert copied.read_text() == "acme-outbound\n"
        assert copied.stat().st_mode & 0o077 == 0
        await pilot.press("Y")
        assert json.loads(app.clipboard)["reason"].startswith("38 events missed")
        assert any("the row as JSON" in toast for toast in toasts(app))


async def test_T_tries_themes_and_esc_returns_to_the_old_one() -> None:
    """It shows while one chooses."""
    async with running() as (app, pilot):
        await pilot.press("T")
        await pilot.pause()
        await pilot.press("j")
        await pilot.pause()
        assert app.theme == "bison-light"
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == "bison-dark"
        await pilot.press("T", "k", "enter")
        await pilot.pause()
        assert app.theme == "bison-contrast"


async def test_question_mark_explains_everything() -> None:
    """Keys in effect, states, columns, filter; and what is refused now."""
    async with running(size=(120, 120), read_only=True) as (app, pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        shown = drawn(app)
        for words in ("ws.resync_all", "not now:", "read-only", "INT/TGT", "lag>10s", "idle"):
            assert words in shown
        await pilot.press("question_mark")
        await pilot.pause()
        assert app.screen is main(app)


async def test_the_palette_finds_commands_and_workspaces() -> None:
    """By a few letters; names with markup are plain text."""
    async with running() as (app, pilot):
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"markup")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, WorkspaceScreen)
        assert "[bold]markup[/bold]" in drawn(app)


async def test_q_quits_at_once_when_nothing_would_stop_with_it() -> None:
    """The demo, or a terminal attached to a daemon."""
    async with running() as (app, pilot):
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running
    assert app.return_code == 0


async def test_q_asks_when_the_engine_lives_here() -> None:
    """No is in front; y stops both."""
    async with running(ask_before_quit=True) as (app, pilot):
        await pilot.press("q")
        await pilot.pause()
        assert "stop the engine too" in app.screen.query_one("#words").text()  # type: ignore[attr-defined]
        await pilot.press("enter")
        await pilot.pause()
        assert app.is_running
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert not app.is_running


async def test_the_tail_follows_or_stands_still() -> None:
    """Reading further up is not disturbed by what arrives; G follows again; a changed outcome is changed in place."""
    async with running() as (app, pilot):
        await pilot.press("2")
        await pilot.pause()
        await pilot.press("pageup")
        await pilot.pause()
        before = drawn(app).splitlines()[8:30]
        assert "standing still" in drawn(app)
        more = (event_row(203), event_row(202), *snapshot().events)
        await tick(app, pilot, events=more)
        assert [line[:60] for line in drawn(app).splitlines()[8:30]] == [line[:60] for line in before]
        await pilot.press("G")
        await pilot.pause()
        assert "following" in drawn(app)
        changed = replace(event_row(203), outcome="dead", subject="only once")
        await tick(app, pilot, events=(changed, *more[1:]))
        assert Counter(drawn(app).split())["once"] == 1


async def test_only_changed_lines_are_drawn_again() -> None:
    """A quiet half second costs the age of the screen, not the screen."""
    async with running() as (app, pilot):
        table = main(app).overview.table
        drawn_lines: list[int] = []
        original = table.render_line
        table.render_line = lambda y: (drawn_lines.append(y), original(y))[1]  # type: ignore[method-assign]
        rows = snapshot().workspaces
        await tick(app, pilot, 0.1, workspaces=(replace(rows[0], per_minute=7.7, version=2), *rows[1:]))
        assert set(drawn_lines) == {1}


async def test_the_engine_page_tells_what_in_the_spool_waits_for_a_person() -> None:
    """Each kind in a sentence with what to do, where the whole line has room."""
    calm = snapshot()
    stuck = replace(calm, inbox=replace(calm.inbox, spooled=2, stuck=Stuck(2, "value 5 is out of range", 1)))
    async with running(FakeFeed(stuck), size=(200, 60)) as (app, pilot):
        await pilot.press("7")
        await tick(app, pilot)
        shown = drawn(app)
        assert (
            "2 deliveries are refused and set aside in the spool, the newest since value 5 is out of range"
            in shown
        )
        assert "1 delivery is in the spool for another database.url; `bisonwatch db spool adopt`" in shown
