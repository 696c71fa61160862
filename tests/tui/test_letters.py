"""The page of dead letters, one of them opened, and what may be done with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.letter import Changed, Shelf, Wanted, WhyNot
from bisonwatch.errors import StoreUnavailable
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.screens.letter import LetterScreen
from tests.tui.letters import letter_rows, shelf_of
from tests.tui.support import FakeFeed, drawn, main, running, tick, toasts
from tests.tui.world import snapshot

LETTERS = letter_rows()


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
        await pilot.pause()


def feed_of(app: BisonwatchApp) -> FakeFeed:
    assert isinstance(app.feed, FakeFeed)
    return app.feed


async def test_the_page_counts_reasons_and_shows_the_newest_first() -> None:
    """With what waits for another try, and the whole reason of the selected one below; all at 80 x 24."""
    async with running(size=(80, 24)) as (app, pilot):
        await pressed(pilot, "5")
        shown = drawn(app)
        for words in (
            "9 dead letters",
            "2 more wait for another try",
            "the database refused it",
            "the body has no event type",
            "1-",
            "o replay",
            "d discard",
        ):
            assert words in shown
        await pressed(pilot, "j")
        assert "value 9223372036854775808 is out of range for type" in drawn(app)


async def test_enter_opens_a_letter_and_its_payload_scrolls() -> None:
    """Folded where it is wider than the screen; Esc goes back to the list."""
    async with running(size=(80, 24)) as (app, pilot):
        await pressed(pilot, "5", "enter")
        assert isinstance(app.screen, LetterScreen)
        shown = drawn(app)
        assert '"type": "EMAIL_SENT",' in shown
        assert "dead letter" in shown
        assert str(LETTERS[0].id) in shown
        assert drawn(app).count("long long") >= 4
        await pressed(pilot, "G", "y")
        assert app.clipboard == str(LETTERS[0].id)
        await pressed(pilot, "escape")
        assert main(app) is app.screen
        assert main(app).active == "letters"


@pytest.mark.parametrize(
    ("key", "asked", "words"),
    [
        ("o", ("replay", (LETTERS[1].id,)), "Replay this dead letter?"),
        ("O", ("replay", Wanted("the database refused it")), "Replay every dead letter of this reason?"),
        ("d", ("discard", (LETTERS[1].id,)), "Discard this dead letter?"),
    ],
)
async def test_a_key_asks_with_no_in_front(key: str, asked: tuple[object, ...], words: str) -> None:
    """Enter on the focused No does nothing; y goes on, and the toast says what was done."""
    async with running() as (app, pilot):
        await pressed(pilot, "5", "j", key)
        assert isinstance(app.screen, ConfirmScreen)
        assert words in app.screen.words.text()
        await pressed(pilot, "enter")
        assert feed_of(app).asked == []
        await pressed(pilot, key, "y")
        assert feed_of(app).asked == [asked]
        assert any(toast.startswith(f"{asked[0]}") and "1 letter" in toast for toast in toasts(app))


async def test_discarding_all_of_a_reason_wants_the_word() -> None:
    """y alone is not enough for many."""
    async with running() as (app, pilot):
        await pressed(pilot, "5", "j", "D", "y")
        assert isinstance(app.screen, ConfirmScreen)
        await pressed(pilot, *"discard", "enter")
        assert feed_of(app).asked == [("discard", Wanted("the database refused it"))]


async def test_what_was_not_done_is_told() -> None:
    """In the words of the feed."""
    feed = FakeFeed(changed=Changed((), ((LETTERS[0].id, WhyNot.BODILESS),)))
    async with running(feed) as (app, pilot):
        await pressed(pilot, "5", "o", "y")
        assert "nothing was replayed: its body is gone: it cannot be processed again" in toasts(app)


async def test_the_list_is_asked_for_again_when_the_count_changes() -> None:
    """And every five seconds while it is looked at; not at every picture, nor from another tab."""
    async with running() as (app, pilot):
        feed, asked = feed_of(app), 0
        real = feed.letters

        async def counting() -> Shelf:
            nonlocal asked
            asked += 1
            return await real()

        feed.letters = counting  # type: ignore[method-assign]
        await tick(app, pilot, 20)
        await pressed(pilot, "5")
        assert asked == 1
        await tick(app, pilot, 1)
        assert asked == 1
        feed.shelf = shelf_of(LETTERS[:2])
        await tick(app, pilot, 1, inbox=replace(snapshot().inbox, dead=2))
        await pilot.pause()
        assert asked == 2
        assert "2 dead letters" in drawn(app)
        await tick(app, pilot, 6)
        assert asked == 3


async def test_an_opened_letter_tells_what_becomes_of_it() -> None:
    """While it waits it is asked about; once processed it says so."""
    async with running() as (app, pilot):
        feed = feed_of(app)
        await pressed(pilot, "5", "enter")
        waits = replace(LETTERS[0], state=DeliveryState.PENDING, attempts=0)
        feed.shelf = replace(feed.shelf, letters=(waits, *LETTERS[1:]))
        await pressed(pilot, "o", "y")
        assert "waits to be processed" in drawn(app)
        feed.shelf = replace(feed.shelf, letters=(replace(waits, state=DeliveryState.DONE), *LETTERS[1:]))
        await tick(app, pilot, 3)
        await pilot.pause()
        assert "processed" in drawn(app)
        assert "waits to be processed" not in drawn(app)


async def test_no_dead_letters_and_no_database() -> None:
    """An empty page is never silent, and a failure says why while what was known stays."""
    async with running(FakeFeed(shelf=Shelf((), (), 0, 0))) as (app, pilot):
        await pressed(pilot, "5")
        assert "no dead letters" in drawn(app)
        await pressed(pilot, "enter", "o")
        assert any("no dead letter is selected" in toast for toast in toasts(app))
        feed_of(app).trouble = StoreUnavailable("the database does not [b]answer[/b]")
        await tick(app, pilot, 6)
        await pilot.pause()
        assert "the database does not [b]answer[/b]" in drawn(app)


async def test_the_filter_looks_into_reasons_types_and_names() -> None:
    """All words must be held; Esc clears them."""
    async with running() as (app, pilot):
        await pressed(pilot, "5", "slash", *"address", "enter")
        assert "1-4/4" in drawn(app)
        await pressed(pilot, "slash", *"zzz")
        assert "no dead letter holds these words; Esc clears them" in drawn(app)
        await pressed(pilot, "escape")
        assert "1-9/9" in drawn(app)


@pytest.mark.parametrize("key", ["o", "O", "d", "D"])
async def test_a_read_only_terminal_changes_no_letter(key: str) -> None:
    """It is told why."""
    async with running(read_only=True) as (app, pilot):
        await pressed(pilot, "5", key)
        assert feed_of(app).asked == []
        assert any("this terminal is read-only" in toast for toast in toasts(app))
