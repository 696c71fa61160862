"""Every screen and every deed is the same over both makers of a Feed: an engine here, and a daemon elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from textual.pilot import Pilot

from bisonwatch.domain.run import RunState
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.tui.app import BisonwatchApp
from tests.support.feed_server import VIEWER, until
from tests.tui.attached import running_attached
from tests.tui.runs import past_rows
from tests.tui.support import FakeFeed, drawn, running, toasts
from tests.tui.world import NOW

SCREENS = {
    "workspaces": "1",
    "a workspace": "enter",
    "where it differs": "v",
    "where all differ": "escape escape V",
    "subscriptions": "escape w",
    "events": "escape 2",
    "alerts": "3",
    "runs": "4",
    "a run": "j j j j j enter",
    "letters": "escape 5",
    "a letter": "enter",
    "logs": "escape 6",
    "engine": "7",
    "accounts": "8",
    "an account": "enter",
    "help": "escape question_mark",
    "datasets": "escape 1 i",
    "their cache": "escape K",
    "a resync": "escape r",
}
"""The keys that lead from one to the next."""
DEEDS = ("1 r w y", "P", "C", "n enter", "5 o y d y", "w l u y t escape", "i f escape", "K F escape")
"""Resync, poll, compare, a job; dead letters; subscriptions; datasets."""


def body(app: BisonwatchApp) -> str:
    """All but the first line, which says who is attached to whom."""
    return drawn(app).partition("\n")[2]


def world() -> FakeFeed:
    return FakeFeed(bygone=list(past_rows()[:30]))


async def quiet(app: BisonwatchApp, pilot: Pilot[None], calm: Callable[[], bool]) -> None:
    """Until what is drawn is what is wanted; gives up after a while, and the assertion tells the difference."""
    try:
        async with asyncio.timeout(10):
            while not calm():
                await asyncio.sleep(0.01)
                await pilot.pause()
    except TimeoutError:
        pass


async def here(app: BisonwatchApp, pilot: Pilot[None]) -> None:
    """Everything that was asked of a feed in this process is answered after two rounds."""
    await pilot.pause()
    await pilot.pause()


async def test_every_screen_shows_the_same_over_both() -> None:
    """Character for character, but for the line that says who is attached to whom."""
    wanted: dict[str, str] = {}
    async with running(world()) as (app, pilot):
        for name, keys in SCREENS.items():
            await pilot.press(*keys.split())
            await here(app, pilot)
            wanted[name] = body(app)
    assert len(set(wanted.values())) == len(SCREENS)
    async with running_attached(world()) as (app, pilot, there):
        for name, keys in SCREENS.items():
            await pilot.press(*keys.split())
            await quiet(app, pilot, lambda text=wanted[name]: body(app) == text)  # type: ignore[misc]
            assert body(app) == wanted[name], name
        assert f"attached 127.0.0.1:{there.port}" in drawn(app)


async def test_every_deed_reaches_the_engine_the_same() -> None:
    """What is asked of the feed behind it, what the operator is told, and what the screen shows then."""
    first, second = world(), world()
    wanted: list[tuple[object, ...]] = []
    async with running(first) as (app, pilot):
        said = heard(app)
        for key in " ".join(DEEDS).split():
            await pilot.press(key)
            await here(app, pilot)
            wanted.append((list(first.asked), list(said), body(app)))
    assert {word for word, *_ in first.asked} == {
        *("preview", "resync", "poll", "compare", "job", "replay", "discard", "look", "mend", "fly"),
        *("datasets", "refresh datasets"),
    }
    async with running_attached(second) as (app, pilot, _there):
        said = heard(app)
        for key, state in zip(" ".join(DEEDS).split(), wanted, strict=True):
            await pilot.press(key)
            await quiet(app, pilot, lambda state=state: (second.asked, said, body(app)) == state)  # type: ignore[misc]
            assert (second.asked, said, body(app)) == state, key


def heard(app: BisonwatchApp) -> list[str]:
    """What the operator is told from now on; it is not drawn, since it goes away with time."""
    said: list[str] = []
    app.notify = lambda message, **_: said.append(message)  # type: ignore[method-assign]
    return said


async def test_a_viewers_keys_are_refused_with_the_reason() -> None:
    """Nothing is asked of the daemon, and the header says that it is read-only."""
    feed = world()
    async with running_attached(feed, VIEWER) as (app, pilot, _there):
        await pilot.press("r", "P", "C", "n")
        await pilot.pause()
        assert feed.asked == []
        assert {toast.partition(": ")[2] for toast in toasts(app)} == {
            "this terminal may only look: its token is a viewer's"
        }
        assert "READ-ONLY" in drawn(app).splitlines()[0]


async def test_a_terminal_that_is_cut_off_says_so_and_goes_on() -> None:
    """The last picture stays, marked with its age; what would act says why it cannot; it is whole again by itself."""
    feed = world()
    async with running_attached(feed, size=(150, 36)) as (app, pilot, there):
        before = body(app)
        await there.stop()
        await until(lambda: app.feed.link and app.feed.link.tries)
        app.clock.move(12)  # type: ignore[attr-defined]
        app.pull()
        await pilot.pause()
        head, verdict = drawn(app).splitlines()[:2]
        assert "RECONNECTING" in head
        assert "connection refused" in head
        assert "CUT OFF 12" in head
        assert "Cannot tell: cut off from the daemon" in verdict
        assert before.splitlines()[8].split()[:2] == body(app).splitlines()[8].split()[:2]
        assert app.screen.has_class("-cut-off")
        await pilot.press("P")
        assert toasts(app)[-1] == "Poll now: not connected to the daemon"
        feed.shown = replace(feed.shown, number=1, at=app.clock.now())
        await there.start()
        await until(lambda: app.feed.link and app.feed.link.up)
        app.pull()
        await pilot.pause()
        assert not app.screen.has_class("-cut-off")
        assert "LIVE" in drawn(app).splitlines()[0]


async def test_two_operators_see_each_others_runs() -> None:
    """What one asks for, the other one's terminal shows."""
    feed = world()
    async with running_attached(feed, size=(170, 40)) as (app, pilot, there):
        await pilot.press("4")
        row = feed.shown.runs[0]
        theirs = replace(row, run=replace(row.run, state=RunState.RUNNING, asked_by="colleague"))
        feed.shown = replace(feed.shown, number=8, runs=(theirs, *feed.shown.runs[1:]))
        there.drawn()
        await until(lambda: app.feed.snapshot().number == 8)
        app.pull()
        await pilot.pause()
        assert "colleague" in drawn(app)


async def test_quitting_an_attached_terminal_asks_nothing() -> None:
    """The daemon goes on without it."""
    async with running_attached(world(), ask_before_quit=True) as (app, pilot, _there):
        await pilot.press("q")
        await until(lambda: app._exit)


async def test_before_the_first_picture_it_says_whom_it_asks() -> None:
    """Instead of an engine that starts."""
    feed = FakeFeed(nothing_yet(NOW))
    async with running_attached(feed) as (app, _pilot, there):
        assert f"connecting to 127.0.0.1:{there.port}" in drawn(app)
        assert f"asking 127.0.0.1:{there.port}" in drawn(app)
