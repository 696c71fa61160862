"""Keys that act on the mirror ask first, and never block."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from textual.widgets import Button

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Part, RunState
from bisonwatch.errors import CallError, ProviderBusy
from bisonwatch.tui.frame import Puller
from bisonwatch.tui.glyphs import UNICODE
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.screens.resync import ResyncScreen
from bisonwatch.tui.views.panels import telling_runs
from tests.tui.support import FakeFeed, HandClock, drawn, running, toasts
from tests.tui.world import ago, snapshot

ACME = WorkspaceKey("main", 10)


async def test_r_previews_then_asks_with_no_in_front() -> None:
    """Cost first; Enter on the focused No does nothing; y goes on; the toast says where to look."""
    async with running() as (app, pilot):
        await pilot.press("r")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, ResyncScreen)
        assert isinstance(app.focused, Button)
        assert app.focused.id == "no"
        assert "about 48,201 rows, 484 requests" in app.screen.words.text()
        assert "1 run before this one" in app.screen.words.text()
        await pilot.press("enter")
        await pilot.pause()
        assert not any(asked[0] == "resync" for asked in app.feed.asked)  # type: ignore[attr-defined]
        await pilot.press("r")
        await pilot.pause()
        await pilot.press("w", "y")
        await pilot.pause()
        assert app.feed.asked[-1] == ("resync", (ACME,), (Part.LEADS,))  # type: ignore[attr-defined]
        assert any("resync of acme-outbound queued" in toast for toast in toasts(app))


async def test_R_wants_the_word_all() -> None:
    """y alone is not enough for every workspace."""
    async with running() as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(app.screen, ResyncScreen)
        assert app.screen.query_one("#yes", Button).disabled
        await pilot.press(*"all", "enter")
        await pilot.pause()
        asked = app.feed.asked[-1]  # type: ignore[attr-defined]
        assert asked[0] == "resync"
        assert len(asked[1]) == 27
        assert asked[2] == tuple(Part)


async def test_the_word_may_be_typed_at_once() -> None:
    """No has the focus, and yet the letters go where they belong; Enter on No still means no."""
    async with running() as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        await pilot.press(*"all", "enter")
        await pilot.pause()
        assert app.feed.asked[-1][0] == "resync"  # type: ignore[attr-defined]
        await pilot.press("R")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert not isinstance(app.screen, ResyncScreen)
        assert [asked[0] for asked in app.feed.asked].count("resync") == 1  # type: ignore[attr-defined]


async def test_a_preview_that_fails_says_why() -> None:
    """And a resync that fails is told in the feed's own words, as plain text."""
    feed = FakeFeed(trouble=ProviderBusy("the [b]budget[/b] is used up", hint="wait 40 s"))
    async with running(feed) as (app, pilot):
        await pilot.press("r")
        await pilot.pause()
        await pilot.pause()
        assert "the [b]budget[/b] is used up" in app.screen.words.text()  # type: ignore[attr-defined]
        await pilot.press("y")
        await pilot.pause()
        await pilot.pause()
        assert any("(wait 40 s)" in toast for toast in toasts(app))


async def test_P_polls_at_once() -> None:
    """Harmless, so it does not ask."""
    async with running() as (app, pilot):
        await pilot.press("P")
        await pilot.pause()
        assert app.feed.asked == [("poll", (ACME,))]  # type: ignore[attr-defined]
        assert any("polling acme-outbound now" in toast for toast in toasts(app))


async def test_x_cancels_the_run_of_the_selected_workspace() -> None:
    """After a question; on the runs tab the selected one."""
    async with running() as (app, pilot):
        await pilot.press("j", "x")
        await pilot.pause()
        assert "Cancel the resync of northwind-eu?" in app.screen.query_one("#words").text()  # type: ignore[attr-defined]
        await pilot.press("n")
        await pilot.pause()
        assert app.feed.asked == []  # type: ignore[attr-defined]
        await pilot.press("4", "j", "x")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert app.feed.asked == [("cancel", UUID(int=2))]  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["r", "R", "P", "x"])
async def test_a_read_only_terminal_refuses_with_its_reason(key: str) -> None:
    """Greyed below, and said when pressed."""
    async with running(read_only=True) as (app, pilot):
        assert "READ-ONLY" in drawn(app)
        await pilot.press(key)
        await pilot.pause()
        assert app.feed.asked == []  # type: ignore[attr-defined]
        assert any("this terminal is read-only" in toast for toast in toasts(app))


async def test_without_an_engine_nothing_can_be_asked_of_it() -> None:
    """The reason is not the same as read-only."""
    dead = replace(snapshot(), started_at=None, engine_seen_at=ago(minutes=12))
    async with running(FakeFeed(dead)) as (app, pilot):
        await pilot.press("r")
        assert any("no engine lives" in toast for toast in toasts(app))


def test_the_everyday_of_the_schedule_stands_still() -> None:
    """What somebody asked for first; then each scheduled job once, and not while it takes but a moment."""
    shown = snapshot()
    poll = next(row for row in shown.runs if row.run.job is Job.POLL and row.run.over)
    again = [replace(poll, run=replace(poll.run, id=UUID(int=70 + i))) for i in range(5)]
    short = replace(
        poll, run=replace(poll.run, state=RunState.RUNNING, started_at=ago(seconds=1), outcome=None)
    )
    feed = FakeFeed(replace(shown, runs=(short, *again, shown.runs[0])))
    frame = Puller(feed, HandClock(), UNICODE, 0.5, False).pull()
    assert [row.run.id for row in telling_runs(frame)] == [shown.runs[0].run.id, again[0].run.id]


async def test_n_asks_which_job_and_queues_it() -> None:
    """Every scheduled job is offered with its rhythm; Esc does nothing; what is running already is told in the feed's words."""
    async with running() as (app, pilot):
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, PickScreen)
        await pilot.press("escape", "n")
        await pilot.pause()
        name = app.feed.snapshot().jobs[0].name
        await pilot.press("enter")
        await pilot.pause()
        assert [asked for asked in app.feed.asked if asked[0] == "job"] == [("job", Job(name))]  # type: ignore[attr-defined]
        assert any(f"{name} queued" in toast for toast in toasts(app))
        app.feed.trouble = CallError("full is running already")  # type: ignore[attr-defined]
        await pilot.press("n")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert any("full is running already" in toast for toast in toasts(app))
