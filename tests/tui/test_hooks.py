"""Webhook subscriptions: how they stand, and what may be done about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.subscription import Change, Hook, Landing, Mended
from bisonwatch.errors import ConfigError, ProviderBusy
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.screens.hooks import HooksScreen
from bisonwatch.tui.tables.hooks import worst_first, wrong
from bisonwatch.tui.views.hooks import landed_words, mended_words
from bisonwatch.tui.widgets.line_view import LineView
from tests.tui.support import FakeFeed, drawn, main, running, tick, toasts
from tests.tui.witnesses import ACME, hooks, well
from tests.tui.world import row, snapshot


def below(app: BisonwatchApp) -> str:
    """What is said of the selected one; toasts do not lie over it."""
    return " ".join(app.screen.query_one("#book-foot", LineView).text().split())


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
        await pilot.pause()


def feed_of(app: BisonwatchApp) -> FakeFeed:
    assert isinstance(app.feed, FakeFeed)
    return app.feed


def test_the_worst_comes_first() -> None:
    """Gone, then where no test event arrives, drifted, never looked at, never made, well."""
    items = worst_first(hooks(), tuple(row(n, f"w{n}") for n in reversed(range(7))))
    assert [(item.state and item.state.value, item.failing) for item in items] == [
        ("missing", False),
        ("fine", True),
        ("drifted", False),
        (None, False),
        ("none", False),
        ("fine", False),
        ("fine", False),
    ]
    assert [item.row.name for item in items[5:]] == ["w5", "w6"]
    told = {item.key.id: wrong(item) for item in items}
    assert told[10] == "is gone from the provider"
    assert told[11] == "leads to an old address and lacks lead_replied, email_bounced and 1 more"
    assert told[12].startswith("no test event arrives since 22 Nov 11:03: the provider's answer was 500")
    assert told[13] == "none was ever made: this workspace is only polled"
    assert told[14] == "nobody has looked yet"
    assert told[15] == ""


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_all_of_them_at_a_glance(size: tuple[int, int]) -> None:
    """A sentence on top; the selected one whole, with its test event and what else is there."""
    async with running(size=size) as (app, pilot):
        await pressed(pilot, "w")
        assert isinstance(app.screen, HooksScreen)
        shown = " ".join(drawn(app).split())
        for words in (
            "of 26 subscriptions stand; 1 missing, 1 with a test event that did not",
            "✖ missing acme-outbound",
            "Our webhook subscription is gone from the provider; u makes it anew; so for 31m;",
            "Test event: sent 12:02 UTC, arrived 12:03 UTC, 2h ago.",
            "2 subscriptions of others are there, never touched (9m ago).",
            "l look now u register t test",
        ):
            assert words in shown
        await pressed(pilot, "j")
        assert "No test event arrives since 11:03 UTC" in drawn(app)
        assert "lost 3h" in drawn(app)


async def test_it_opens_on_the_selected_workspace() -> None:
    """And stays on it while others become worse."""
    async with running() as (app, pilot):
        await pressed(pilot, "G", "w")
        screen = app.screen
        assert isinstance(screen, HooksScreen)
        key = snapshot().workspaces[-1].key
        chosen = main(app).workspace
        assert screen.workspace is not None
        assert chosen is not None
        assert screen.workspace.key == chosen.key
        feed_of(app).hooked = tuple(
            Hook(replace(hooks()[0].standing, workspace=hook.standing.workspace))
            if hook.standing.workspace not in (chosen.key, key)
            else hook
            for hook in well()
        )
        await tick(app, pilot, 6)
        await pilot.pause()
        assert screen.workspace.key == chosen.key


async def test_all_is_well() -> None:
    """Said in one sentence, in no alarming colour."""
    calm = FakeFeed(replace(snapshot(), workspaces=snapshot().workspaces[:4]), hooked=well())
    async with running(calm, size=(80, 24)) as (app, pilot):
        await pressed(pilot, "w")
        assert "All 4 subscriptions stand; every last test event arrived." in drawn(app)


async def test_l_looks_at_the_provider_now() -> None:
    """What it found is asked for at once."""
    async with running() as (app, pilot):
        await pressed(pilot, "w")
        feed_of(app).hooked = well()
        await pressed(pilot, "l")
        assert feed_of(app).asked == [("look", ACME)]
        await tick(app, pilot, 0.5)
        await pilot.pause()
        assert "✖ missing" not in drawn(app)
        assert "the provider was asked (just now)" in below(app)
        assert "Subscription 110 leads here and has every event type" in below(app)


async def test_u_registers_after_a_question() -> None:
    """No is in front; what was done stays to be read below."""
    async with running(size=(80, 24)) as (app, pilot):
        await pressed(pilot, "w", "u")
        assert isinstance(app.screen, ConfirmScreen)
        assert "Register our webhook subscription of acme-outbound?" in app.screen.words.text()
        assert "Other people's subscriptions are\nnever touched." in app.screen.words.text()
        await pressed(pilot, "enter")
        assert feed_of(app).asked == []
        await pressed(pilot, "u", "y")
        assert feed_of(app).asked == [("mend", ACME)]
        assert "repaired subscription 41: it has 24 event types" in below(app)


async def test_t_waits_for_the_test_event() -> None:
    """It says that it waits, then how it ended; the screen goes on meanwhile."""
    async with running() as (app, pilot):
        await pressed(pilot, "w", "t")
        assert feed_of(app).asked == [("fly", ACME)]
        assert "the test event arrived after 1.2 s: the way works" in below(app)
        feed_of(app).landing = Landing(ACME, None, "nothing came: [b]the token[/b] is another")
        await pressed(pilot, "t")
        assert "the test event did not arrive: nothing came: [b]the token[/b] is another" in below(app)


@pytest.mark.parametrize("key", ["l", "t", "u"])
async def test_what_cannot_be_done_is_told_where_it_was_asked(key: str) -> None:
    """In the words of the feed, as plain text, and it stays on the screen."""
    async with running() as (app, pilot):
        await pressed(pilot, "w")
        feed_of(app).trouble = ProviderBusy("the [b]budget[/b] is used up", hint="wait 40 s")
        await pressed(pilot, key, *("y" if key == "u" else ""))
        assert "the [b]budget[/b] is used up" in below(app)
        assert any("the [b]budget[/b] is used up" in toast for toast in toasts(app))


async def test_without_a_public_address_the_screen_says_so() -> None:
    """Before anybody tries."""
    trouble = str(
        ConfigError("listener.public_url is not set", hint="the provider must know where to send webhooks")
    )
    bare = tuple(Hook(replace(hook.standing, look=None), None, trouble) for hook in well())
    async with running(FakeFeed(hooked=bare), size=(80, 24)) as (app, pilot):
        await pressed(pilot, "w")
        assert "none can be looked at or registered: listener.public_url is not set" in drawn(app)


@pytest.mark.parametrize("key", ["l", "u", "t"])
async def test_the_keys_mean_nothing_elsewhere_nor_in_a_read_only_terminal(key: str) -> None:
    """They are told why."""
    async with running() as (app, pilot):
        await pressed(pilot, key)
        assert feed_of(app).asked == []
        assert any("no subscription is shown here: w shows them" in toast for toast in toasts(app))
    async with running(read_only=True) as (app, pilot):
        await pressed(pilot, "w", key)
        assert feed_of(app).asked == []
        assert any("this terminal is read-only" in toast for toast in toasts(app))


@pytest.mark.parametrize(
    ("mended", "words"),
    [
        (Mended(Change.CREATED, 7, 1), "made subscription 7 with 1 event type"),
        (Mended(Change.UNCHANGED, 7, 24), "subscription 7 was right already, with 24 event types"),
        (
            Mended(Change.REPAIRED, 7, 24, (3, 9)),
            "repaired subscription 7: it has 24 event types; ours too, so that events come twice: 3, 9",
        ),
    ],
)
def test_what_registering_did(mended: Mended, words: str) -> None:
    """In a sentence."""
    assert mended_words(mended) == words


def test_how_a_test_event_ended() -> None:
    """It worked, or why not."""
    key = WorkspaceKey("main", 1)
    assert landed_words(Landing(key, timedelta(seconds=0.049))) == (
        "the test event arrived after 0.049 s: the way works",
        True,
    )
    assert landed_words(Landing(key)) == ("the test event did not arrive: nobody knows why", False)
