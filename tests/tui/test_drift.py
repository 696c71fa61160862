"""Drift of all workspaces, of one day by day, and comparing now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from textual.pilot import Pilot

from bisonwatch.domain.comparison import Books, History, Judged, Leeway
from bisonwatch.domain.run import Job, Outcome, Run, RunState, Tally
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.errors import CallError, StoreUnavailable
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.frame import Puller
from bisonwatch.tui.glyphs import UNICODE
from bisonwatch.tui.screens.drift import DriftScreen
from bisonwatch.tui.screens.drifts import DriftsScreen
from bisonwatch.tui.tables.drift import Weight, entries, state_piece
from bisonwatch.tui.tables.drifts import worst_first
from bisonwatch.tui.views.drift import resync_words, verdict
from tests.tui.support import FakeFeed, HandClock, drawn, main, running, tick, toasts
from tests.tui.witnesses import ACME, RESYNC, TODAY, books, history, report, standing
from tests.tui.world import ago, snapshot

FRAME = Puller(FakeFeed(), HandClock(), UNICODE, 0.5, False).pull()


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
        await pilot.pause()


def feed_of(app: BisonwatchApp) -> FakeFeed:
    assert isinstance(app.feed, FakeFeed)
    return app.feed


def asked_of(app: BisonwatchApp, word: str) -> list[tuple[object, ...]]:
    return [asked for asked in feed_of(app).asked if asked[0] == word]


@pytest.mark.parametrize(
    ("judged", "words", "role"),
    [
        (Judged(ACME), "Never compared with the provider: C compares it now.", "unknown"),
        (
            Judged(ACME, standing(None, None, "deliveries wait to be processed since 13:20 UTC")),
            "The drift cannot be told: deliveries wait to be processed since 13:20 UTC.",
            "unknown",
        ),
        (
            Judged(ACME, standing(0.0721, over=True)),
            "Drifts by 7.21%, over the limit of 5.0% for 42m: 14 replies fewer than the provider reports.",
            "crit",
        ),
        (
            Judged(ACME, standing(0.0, None, "50 leads are not here", over=True)),
            "Rows are missing for 42m: 50 leads are not here.",
            "crit",
        ),
        (
            Judged(ACME, standing(0.0499999)),
            "Drifts by 4.99%, under the limit of 5.0%: 14 replies fewer than the provider reports.",
            "warn",
        ),
        (
            Judged(ACME, standing(0.0, "sent", None)),
            "No drift: over 3 days each number is within 5 of the provider's.",
            "ok",
        ),
        (
            Judged(ACME, standing(0.0, "sent", "the provider's days begin 5 h earlier than in UTC")),
            "No drift: the provider's days begin 5 h earlier than in UTC.",
            "ok",
        ),
    ],
)
def test_the_verdict_is_one_sentence(judged: Judged, words: str, role: str) -> None:
    """What cannot be told never looks good."""
    assert tuple(verdict(judged, Leeway(), FRAME)) == (words, role)


def run_that(**changes: object) -> Run:
    return replace(RESYNC, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (RESYNC, "Its resync of 13:21 UTC ended 13:26: success, 14 rows written."),
        (None, "Its resync of 13:21 UTC is not in the runs any more."),
        (run_that(state=RunState.QUEUED), "Its resync of 13:21 UTC waits for its turn."),
        (
            run_that(state=RunState.RUNNING, outcome=None, finished_at=None, tally=Tally(62, 100)),
            "Its resync of 13:21 UTC runs for 41m00s: 62%.",
        ),
        (
            run_that(outcome=Outcome.FAILED, error="the provider answered 502", tally=Tally()),
            "Its resync of 13:21 UTC ended 13:26: failed: the provider answered 502.",
        ),
    ],
)
def test_the_resync_that_it_started_and_how_it_ended(run: Run | None, words: str) -> None:
    """Whatever became of it."""
    told = resync_words(Judged(ACME, standing(0.07, over=True, resync=RESYNC), run), FRAME)
    assert told is not None
    assert told.text == words
    assert resync_words(Judged(ACME, standing(0.07)), FRAME) is None


def test_what_may_alarm_comes_first_and_what_never_does_is_marked() -> None:
    """Opens, interested leads and campaigns may differ as they like; what the provider alone tells is no drift."""
    found = entries(history())
    today = [entry for entry in found if entry.day == TODAY]
    assert [entry.metric for entry in today] == [
        *("sent", "replied", "bounced", "unsubscribed", "interested", "opened"),
        *("accounts", "leads", "campaigns"),
    ]
    shown = {entry.metric for entry in found if entry.weight is Weight.SHOWN}
    assert shown == {"interested", "opened", "campaigns"}
    assert [entry.metric for entry in found if entry.over] == ["replied"]
    words = [state_piece(entry, FRAME).text for entry in found]
    assert words[:9] == [
        "● ok",
        "✖ over",
        "● ok",
        "● ok",
        "○ shown",
        "○ shown",
        "● ok",
        "● healed",
        "○ shown",
    ]
    assert words[-2:] == ["‖ reported", "‖ reported"]
    assert [entry.why for entry in found[-2:]] == [
        "reported only: counted here whole from 01 Nov on; a backfill completes it",
        "reported only: not counted here yet; no list at the provider tells more of it",
    ]


def test_the_worst_workspace_is_first() -> None:
    """Over, under, not to be told, well; paused ones, which nobody compares, last whatever they were."""
    rows = snapshot().workspaces
    order = [item.row.name for item in worst_first(books(), rows)]
    assert order[:2] == ["acme-outbound", "northwind-eu"]
    assert "globex" in order[2:5]
    assert order[-1] == next(row.name for row in rows if row.health.value == "paused")


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_one_glance_tells_where_numbers_differ(size: tuple[int, int]) -> None:
    """A sentence on top, the worst first, the selected one whole."""
    async with running(size=size) as (app, pilot):
        await pressed(pilot, "V")
        assert isinstance(app.screen, DriftsScreen)
        shown = drawn(app)
        for words in (
            "1 of 26 workspaces over the limit of 5.0%: acme-outbound 7.20%; 1 under it;",
            "the oldest comparison is of 13:51 UTC, 12m ago",
            "✖ over    acme-outbound",
            "▲ drifts  northwind-eu",
            "? unknown globex",
            "Its resync of 13:21 UTC ended 13:26: success",
            "C compare now",
        ):
            assert words in shown
        await pressed(pilot, "j", "enter")
        assert isinstance(app.screen, DriftScreen)
        assert asked_of(app, "history") == [("history", snapshot().workspaces[1].key)]
        await pressed(pilot, "escape", "escape")
        assert app.screen is main(app)


async def test_the_days_of_a_workspace() -> None:
    """From the table, or from its page: both witnesses, why, and what was done; the selected number whole."""
    async with running() as (app, pilot):
        await pressed(pilot, "enter", "v", "j")
        assert isinstance(app.screen, DriftScreen)
        shown = drawn(app)
        for words in (
            "Drifts by 7.20%, over the limit of 5.0% for 42m",
            "compared 13:51 UTC, 12m ago",
            "✖ over     today  replied             86       100     -14   14.0 14 replies fewer",
            "86 here, 100 at the provider (-14), a drift of 14.00%",
            "reported as of 13:49 UTC, 14m ago; compared 13:51, 12m ago",
        ):
            assert words in shown
        await pressed(pilot, "j", "j", "j")
        assert "It is only shown, and never alarms." in " ".join(drawn(app).split())
        await pressed(pilot, "G")
        assert "1,411 at the provider; reported only: not counted here yet" in drawn(app)


async def test_only_what_differed() -> None:
    """z leaves out what was always well; again shows all, the cursor on its number."""
    async with running() as (app, pilot):
        await pressed(pilot, "v", "j", "z")
        screen = app.screen
        assert isinstance(screen, DriftScreen)
        assert all(entry.telling for entry in screen.table.shown_items)
        assert "only what differed" in drawn(app)
        assert screen.table.selected is not None
        assert screen.table.selected.key == (TODAY, "replied")
        await pressed(pilot, "z")
        assert len(screen.table.shown_items) == 16
        assert screen.table.selected.key == (TODAY, "replied")


async def test_the_cursor_stays_on_its_number() -> None:
    """A day begins, new rows come above: the cursor goes along."""
    async with running() as (app, pilot):
        await pressed(pilot, "v", "j")
        feed, screen = feed_of(app), app.screen
        tomorrow = [replace(report(0, "sent", 1, 1), day=TODAY + timedelta(days=1))]
        feed.past = replace(feed.past, reports=(*tomorrow, *feed.past.reports))
        await tick(app, pilot, 6)
        await pilot.pause()
        assert isinstance(screen, DriftScreen)
        assert len(screen.table.shown_items) == 17
        assert screen.table.selected is not None
        assert screen.table.selected.key == (TODAY, "replied")


async def test_C_compares_now_and_shows_how_far_it_is() -> None:
    """One at a time; when it ended the numbers are asked for anew, at once."""
    async with running() as (app, pilot):
        await pressed(pilot, "v", "C")
        assert asked_of(app, "compare") == [("compare", (ACME,))]
        assert any("comparing acme-outbound with the provider" in toast for toast in toasts(app))
        comparing = Run(
            UUID(int=50),
            Job.CONSISTENCY,
            ACME,
            (),
            "terminal",
            RunState.RUNNING,
            ago(seconds=4),
            ago(seconds=3),
        )
        base = snapshot().runs
        await tick(app, pilot, 0.5, runs=(RunRow(comparing, "acme-outbound"), *base))
        assert "consistency acme-outbound" in drawn(app)
        await pressed(pilot, "C")
        assert len(asked_of(app, "compare")) == 1
        await pressed(pilot, "x", "y")
        assert asked_of(app, "cancel") == [("cancel", comparing.id)]
        assert any("it is being compared already" in toast for toast in toasts(app))
        asked, well = len(asked_of(app, "history")), standing(0.0, "sent", None, checked=ago(seconds=0))
        feed_of(app).past = replace(history(), judged=Judged(ACME, well))
        ended = replace(comparing, state=RunState.DONE, outcome=Outcome.SUCCESS, finished_at=ago(seconds=0))
        await tick(app, pilot, 0.5, runs=(*base, RunRow(ended, "acme-outbound")))
        await pilot.pause()
        assert len(asked_of(app, "history")) == asked + 1
        assert "No drift: over 3 days" in drawn(app)


async def test_it_asks_while_somebody_looks_and_no_more() -> None:
    """Every five seconds; not from another screen, and never twice at once."""
    async with running() as (app, pilot):
        await tick(app, pilot, 60)
        assert asked_of(app, "history") == []
        await pressed(pilot, "v")
        await tick(app, pilot, 1)
        assert len(asked_of(app, "history")) == 1
        await tick(app, pilot, 5)
        assert len(asked_of(app, "history")) == 2
        await pressed(pilot, "escape")
        await tick(app, pilot, 60)
        assert len(asked_of(app, "history")) == 2


async def test_a_failure_says_why_and_what_was_known_stays() -> None:
    """In the words of the feed, as plain text; a comparison that cannot be asked for too."""
    async with running() as (app, pilot):
        await pressed(pilot, "v")
        feed_of(app).trouble = StoreUnavailable("the database does not [b]answer[/b]")
        await tick(app, pilot, 6)
        await pilot.pause()
        shown = drawn(app)
        assert "as of before: the database does not [b]answer[/b]" in shown
        assert "✖ over" in shown
        feed_of(app).trouble = CallError("no [i]luck[/i]")
        await pressed(pilot, "C")
        assert any("no [i]luck[/i]" in toast for toast in toasts(app))


async def test_nothing_was_ever_compared() -> None:
    """An empty screen is never silent."""
    feed = FakeFeed(past=History(Leeway(), Judged(ACME)), balance=Books(Leeway()))
    async with running(feed, size=(80, 24)) as (app, pilot):
        await pressed(pilot, "v")
        assert "Never compared with the provider: C compares it now." in drawn(app)
        assert "no number was compared yet" in drawn(app)
        await pressed(pilot, "V")
        assert "The drift of 26 workspaces cannot be told yet." in drawn(app)


async def test_an_old_verdict_says_that_it_is_old() -> None:
    """A comparison of three days ago says nothing of now."""
    old = Judged(ACME, standing(0.0, "sent", None, checked=ago(days=3)))
    async with running(FakeFeed(past=replace(history(), judged=old))) as (app, pilot):
        await pressed(pilot, "v")
        assert "3d ago, too long ago to hold for now" in drawn(app)


async def test_a_read_only_terminal_looks_and_compares_nothing() -> None:
    """It is told why."""
    async with running(read_only=True) as (app, pilot):
        await pressed(pilot, "v", "C")
        assert "Drifts by 7.20%" in drawn(app)
        assert asked_of(app, "compare") == []
        assert any("this terminal is read-only" in toast for toast in toasts(app))


async def test_the_same_screen_is_not_opened_twice() -> None:
    """However often its key is pressed, one Esc leads back."""
    async with running() as (app, pilot):
        await pressed(pilot, "V", "V", "V")
        await pressed(pilot, "escape")
        assert app.screen is main(app)
        await pressed(pilot, "v", "v")
        await pressed(pilot, "escape")
        assert app.screen is main(app)


def test_a_metric_that_nobody_knows_is_shown_as_it_is() -> None:
    """A newer engine may compare more."""
    strange = replace(history(), reports=(report(0, "mystery", 3, 9, drift=0.6, reason="6 fewer"),), lone=())
    (entry,) = entries(strange)
    assert (entry.weight, entry.over, entry.day) == (Weight.SHOWN, False, TODAY)
    assert isinstance(entry.day, date)
