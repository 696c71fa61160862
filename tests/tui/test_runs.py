"""The page of runs, one of them opened, and what may be done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from bisonwatch.domain.history import Place, RunPage, Wish
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.errors import CallError, StoreUnavailable
from bisonwatch.tui import run_book
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.run_book import RunBook
from bisonwatch.tui.run_filter import parse
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.screens.run import RunScreen
from bisonwatch.tui.screens.runs import RunsPage
from bisonwatch.tui.screens.workspace import WorkspaceScreen
from tests.tui.runs import REFUSED, past_rows, past_run
from tests.tui.support import FakeFeed, drawn, main, place_of, running, tick, toasts
from tests.tui.world import NOW, ago, snapshot

PAST = past_rows()
LIVE = snapshot().runs


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        for _ in range(4):
            await pilot.pause()


def feed_of(app: BisonwatchApp) -> FakeFeed:
    assert isinstance(app.feed, FakeFeed)
    return app.feed


def page_of(app: BisonwatchApp) -> RunsPage:
    found = main(app).query_one(RunsPage)
    assert isinstance(found, RunsPage)
    return found


def pages_of(app: BisonwatchApp) -> int:
    """How many pages of everything were asked for; how long a job takes is another question."""
    return sum(wish.everything for wish, _ in feed_of(app).wishes)


def shown(app: BisonwatchApp) -> list[RunRow]:
    return list(page_of(app).table.shown_items)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_what_is_open_stands_on_top_of_the_history(size: tuple[int, int]) -> None:
    """With progress, rows and the time left; routine is left out, and that is said; at every size."""
    async with running(FakeFeed(bygone=PAST), size=size) as (app, pilot):
        await pressed(pilot, "4")
        text = drawn(app)
        for words in ("25%", "12.4k/48.0k", "~3m", "queued", "routine left out", "cancel", "partial"):
            assert words in text
        rows = shown(app)
        states = [row.run.state for row in rows]
        assert states[:3] == [RunState.RUNNING, RunState.RUNNING, RunState.QUEUED]
        over = rows[3:]
        assert all(row.run.over for row in over)
        assert not any(row.run.asked_by == SCHEDULE and row.run.outcome is Outcome.SUCCESS for row in over)
        assert [row.run.queued_at for row in over] == sorted(
            (row.run.queued_at for row in over), reverse=True
        )


async def test_h_shows_routine_too_and_scrolling_asks_for_the_rest() -> None:
    """Page by page, only as far as one looks, and to the end; no run twice."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "h")
        asked = pages_of(app)
        assert "routine left out" not in drawn(app)
        assert 100 <= len(shown(app)) < 300
        await pressed(pilot, "j", "j")
        assert pages_of(app) == asked
        for _ in range(40):
            await pressed(pilot, "G")
        rows = shown(app)
        ended = [row for row in LIVE if row.run.over]
        assert {row.run.id for row in rows} == {row.run.id for row in (*PAST, *LIVE)}
        assert len(rows) == len(PAST) + len(LIVE)
        assert len(ended) == 2
        await pressed(pilot, "h")
        assert len(shown(app)) < 60


async def test_the_cursor_stays_on_its_run_when_it_ends() -> None:
    """It stays under the cursor although it went well by the schedule, and leaves when the cursor does; nothing else moves."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "j")
        poll = shown(app)[1]
        assert (poll.run.job, poll.run.asked_by) == (Job.POLL, SCHEDULE)
        ended = replace(poll.run, state=RunState.DONE, outcome=Outcome.SUCCESS, finished_at=NOW)
        rest = tuple(row for row in LIVE if row.run.id != poll.run.id)
        await tick(app, pilot, runs=(*rest, replace(poll, run=ended)))
        row = page_of(app).table.selected
        assert row is not None
        assert (row.run.id, row.run.outcome) == (poll.run.id, Outcome.SUCCESS)
        await pressed(pilot, "j", "j")
        await tick(app, pilot)
        assert poll.run.id not in {row.run.id for row in shown(app)}


async def test_a_run_that_left_the_picture_is_asked_for() -> None:
    """A long one that many others overtook: how it ended is told all the same."""
    async with running(FakeFeed(bygone=list(PAST))) as (app, pilot):
        await pressed(pilot, "4", "j", "k")
        resync = shown(app)[0]
        failed = replace(
            resync.run, state=RunState.DONE, outcome=Outcome.FAILED, finished_at=NOW, error="away"
        )
        feed_of(app).bygone.append(replace(resync, run=failed))
        await tick(app, pilot, runs=LIVE[1:])
        await pilot.pause()
        row = page_of(app).table.selected
        assert row is not None
        assert (row.run.id, row.run.outcome) == (resync.run.id, Outcome.FAILED)


async def test_the_filter_takes_history_too() -> None:
    """While typing; what is under the cursor does not stay for it; Esc clears it; what is not understood is told at Enter."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "slash")
        assert app.screen.query_one(Input).placeholder == "text  !text  job:accounts  outcome:failed  @main"
        await pressed(pilot, *"job:acc outcome:bad", "enter")
        assert "filter job:acc outcome:bad" in drawn(app)
        assert {(row.run.job, row.run.outcome) for row in shown(app)} == {(Job.ACCOUNTS, Outcome.PARTIAL)}
        assert len(shown(app)) == sum(row.run.outcome is Outcome.PARTIAL for row in PAST)
        await pressed(pilot, "escape", "slash", *"job:nope", "enter")
        assert toasts(app)[-1].startswith("no job 'nope': poll, ")
        await pressed(pilot, "escape", "slash", *"nothing-holds-this", "enter")
        assert "no run is of this kind; Esc clears the filter" in drawn(app)


async def test_an_answer_to_an_old_question_is_thrown_away() -> None:
    """Who types faster than the database answers sees what was asked last."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4")
        held: list[tuple[Wish, Callable[[RunPage | str], None]]] = []
        app.runs.page = lambda wish, after, told: held.append((wish, told))  # type: ignore[method-assign]
        page_of(app).set_filter("job:resync")
        page_of(app).set_filter("job:accounts outcome:bad")
        assert [wish for wish, _ in held] == [parse("job:resync").wish]
        held.pop()[1](RunPage(tuple(row for row in PAST if row.run.job is Job.RESYNC), None))
        assert [wish for wish, _ in held] == [parse("job:accounts outcome:bad").wish]
        assert {row.run.job for row in shown(app)} <= {Job.ACCOUNTS}
        held.pop()[1](RunPage((), None))
        assert shown(app) == []


async def test_sorting_and_turning_round() -> None:
    """By the chosen column, open ones always on top; S turns it."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "s", *["j"] * 4, "enter")
        took = [row.run.finished_at - row.run.started_at for row in shown(app)[3:] if row.run.finished_at and row.run.started_at]  # fmt: skip
        assert took == sorted(took, reverse=True)
        assert not shown(app)[0].run.over
        await pressed(pilot, "S")
        assert not shown(app)[0].run.over
        took = [row.run.finished_at - row.run.started_at for row in shown(app)[3:] if row.run.finished_at and row.run.started_at]  # fmt: skip
        assert took == sorted(took)


async def test_enter_opens_a_run_with_everything_it_left() -> None:
    """The error in full, accounts by instance and the largest workspaces by name, and how long the last ones took."""
    async with running(FakeFeed(bygone=PAST), size=(80, 24)) as (app, pilot):
        await pressed(pilot, "4", "slash", *"outcome:partial", "enter", "enter")
        assert isinstance(app.screen, RunScreen)
        text = drawn(app)
        for words in (
            "accounts of all workspaces",
            "partial",
            "4,012 read",
            "271, 4 repeated",
            "24 done, 3 failed",
        ):
            assert words in text
        await pressed(pilot, *["pagedown"] * 4)
        whole = text + drawn(app)
        for words in (REFUSED[-20:], "accounts by instance", "largest workspaces", "acme-outbound (main/10)",
                      "the last", "median", "went wrong"):  # fmt: skip
            assert words in whole
        await pressed(pilot, "y", "escape")
        assert app.clipboard == str(page_of(app).selected.run.id)  # type: ignore[union-attr]
        assert app.screen is main(app)


async def test_an_open_run_is_followed_to_its_end() -> None:
    """Live from the picture; when that tells no more of it, it is asked for; Enter goes to its workspace."""
    async with running(FakeFeed(bygone=list(PAST))) as (app, pilot):
        await pressed(pilot, "4", "enter")
        assert "25%" in drawn(app)
        moved = replace(LIVE[0].run, tally=replace(LIVE[0].run.tally, done=24_000))
        await tick(app, pilot, runs=(replace(LIVE[0], run=moved), *LIVE[1:]))
        assert "50%" in drawn(app)
        ended = replace(moved, state=RunState.DONE, outcome=Outcome.CANCELLED, finished_at=NOW)
        feed_of(app).bygone.append(replace(LIVE[0], run=ended))
        await tick(app, pilot, runs=LIVE[1:])
        await pilot.pause()
        assert "cancelled" in drawn(app)
        await pressed(pilot, "x")
        assert toasts(app)[-1].startswith("Cancel run: no run is queued or running here")
        await pressed(pilot, "enter")
        assert isinstance(app.screen, WorkspaceScreen)


async def test_a_run_that_is_not_kept_any_more_says_so() -> None:
    """The last that was known of it stays on the screen."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "enter")
        await tick(app, pilot, runs=())
        await pilot.pause()
        assert "it is not kept any more" in drawn(app)
        assert "northwind-eu" in drawn(app)


async def test_running_again_asks_first() -> None:
    """No is in front; a run that is not over cannot be; a refusal is told in its own words."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "A")
        assert toasts(app)[-1] == "Run again: it is not over yet"
        await pressed(pilot, *["j"] * 5, "A")
        row = page_of(app).selected
        assert row is not None
        assert isinstance(app.screen, ConfirmScreen)
        await pressed(pilot, "enter")
        assert feed_of(app).asked == []
        await pressed(pilot, "A", "y")
        assert feed_of(app).asked == [("again", row.run.id)]
        assert (
            toasts(app)[-1] == f"{row.run.job.value} of {row.workspace_name} queued: see the runs; x cancels"
        )
        feed_of(app).trouble = CallError("accounts is queued already")
        await pressed(pilot, "A", "y")
        assert toasts(app)[-1] == "accounts is queued already"


async def test_cancelling_all_that_is_queued_wants_the_word() -> None:
    """y alone is not enough for many; without a queued run it is refused."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "X", "y")
        assert isinstance(app.screen, ConfirmScreen)
        assert "Cancel all that is queued (1 run now)?" in app.screen.words.text()
        assert feed_of(app).asked == []
        await pressed(pilot, *"cancel", "enter")
        assert feed_of(app).asked == [("cancel queued",)]
        assert toasts(app)[-1] == "cancelled 3 queued runs"
        await tick(app, pilot, runs=tuple(row for row in LIVE if row.run.state is not RunState.QUEUED))
        await pressed(pilot, "X")
        assert toasts(app)[-1] == "Cancel all queued runs: no run is queued"


async def test_a_read_only_terminal_changes_nothing() -> None:
    """Looking is free."""
    async with running(FakeFeed(bygone=PAST), read_only=True) as (app, pilot):
        await pressed(pilot, "4", *["j"] * 5, "A", "X", "x")
        assert toasts(app)[-3:] == [f"{name}: this terminal is read-only" for name in
                                    ("Run again", "Cancel all queued runs", "Cancel run")]  # fmt: skip
        await pressed(pilot, "h", "enter")
        assert isinstance(app.screen, RunScreen)
        assert feed_of(app).asked == []


async def test_a_database_that_is_away_is_told_and_asked_again() -> None:
    """What is known stays, with the trouble beside it."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4")
        before = len(shown(app))
        feed_of(app).trouble = StoreUnavailable("the mirror does not answer")
        await tick(app, pilot, 6)
        await pilot.pause()
        assert len(shown(app)) == before
        assert "the mirror does not answer" in drawn(app)
        feed_of(app).trouble = None
        await tick(app, pilot, 6)
        await pilot.pause()
        assert "the mirror does not answer" not in drawn(app)


async def test_a_paused_view_asks_for_nothing_new() -> None:
    """Time passes; the list stands still, and older pages may still be looked at."""
    async with running(FakeFeed(bygone=PAST)) as (app, pilot):
        await pressed(pilot, "4", "h", "p")
        before, asked = shown(app), len(feed_of(app).wishes)
        feed_of(app).bygone = [past_run(-1, 1, Job.FULL, None, "ops", Outcome.FAILED), *PAST]
        await tick(app, pilot, 60)
        assert len(feed_of(app).wishes) == asked
        assert [row.run.id for row in shown(app)] == [row.run.id for row in before]
        await pressed(pilot, "G")
        assert len(shown(app)) > len(before)


def book_of(frame_runs: tuple[RunRow, ...] = ()) -> RunBook:
    book = RunBook()
    book.live(frame_runs)
    return book


def page(rows: list[RunRow], *, end: bool = False) -> RunPage:
    last: Place | None = None if end else place_of(rows[-1])
    return RunPage(tuple(rows), last)


def many(count: int, begin: float = 0) -> list[RunRow]:
    """The newest first, a minute apart."""
    return [past_run(int(begin) + n, begin + n, Job.RESYNC, by="ops") for n in range(count)]


async def test_after_a_long_while_elsewhere_no_gap_is_left() -> None:
    """Where the newest page does not reach what is known, it takes its place, and scrolling asks on from there."""
    async with running() as (app, _):
        frame = app.puller.pull()
    old, between, new = many(10, 300), many(100, 100), many(10, 5)
    book = book_of()
    book.first(page(old))
    book.first(page(new))
    assert book.rows(Wish(), None, None, False, frame) == new
    assert book.next == place_of(new[-1])
    book.older(page(between))
    book.first(page(many(3)))  # it does reach: nothing is lost
    assert len(book.rows(Wish(), None, None, False, frame)) == 3
    book = book_of()
    book.first(page(old))
    overlapping = [*many(3, 297), *old]
    book.first(page(overlapping))
    assert book.rows(Wish(), None, None, False, frame) == overlapping
    assert book.next == place_of(old[-1])


async def test_a_picture_brings_no_run_below_what_was_asked_for() -> None:
    """It would leave a hole between."""
    async with running() as (app, _):
        frame = app.puller.pull()
    known, older = many(5), many(1, 50)
    book = book_of()
    book.first(page(known))
    book.live((*older, past_run(77, -1, Job.RESYNC, by="ops")))
    rows = book.rows(Wish(), None, None, False, frame)
    assert [row.run.queued_at for row in rows] == [ago(minutes=-1), *(row.run.queued_at for row in known)]


async def test_the_terminal_keeps_so_many_runs_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it asks for no more."""
    monkeypatch.setattr(run_book, "MOST", 10)
    book = book_of()
    book.first(page(many(6)))
    assert book.more
    book.older(page(many(6, 6)))
    assert not book.more


@pytest.mark.parametrize(
    ("source", "wish"),
    [
        ("", Wish()),
        ("job:acc", Wish(jobs=frozenset({Job.ACCOUNTS}))),
        ("JOB:acc job:poll", Wish(jobs=frozenset({Job.ACCOUNTS, Job.POLL}))),
        ("outcome:fail", Wish(standings=frozenset({Outcome.FAILED}))),
        ("outcome:bad state:run", Wish(standings=frozenset({Outcome.FAILED, Outcome.PARTIAL, RunState.RUNNING}))),
        ("@main", Wish(instance="main")),
        ("@main/12", Wish(workspace=WorkspaceKey("main", 12))),
        ("ops !Poll", Wish(words=("ops",), without=("poll",))),
        ("!", Wish(words=("!",))),
    ],
)  # fmt: skip
def test_the_filter(source: str, wish: Wish) -> None:
    """Each term narrows it."""
    assert parse(source).wish == wish
    assert parse(source).error is None
    assert parse(source, everything=True).wish.everything


@pytest.mark.parametrize("source", ["job:", "job:purple", "outcome:", "outcome:well", "@main/x", "@/"])
def test_what_is_not_understood_is_told_and_left_out(source: str) -> None:
    """It runs at every key, so it never raises."""
    assert parse(source).error
    assert parse(f"{source} acme").wish == Wish(words=("acme",))


def test_naming_a_job_or_an_outcome_shows_its_routine() -> None:
    """Who asks for polls sees polls."""
    poll = next(row for row in PAST if row.run.job is Job.POLL)
    assert not parse("main").wish.keeps(poll)
    assert not parse("").wish.keeps(poll)
    assert parse("job:poll").wish.keeps(poll)
    assert parse("outcome:ok").wish.keeps(poll)
    assert parse("", everything=True).wish.keeps(poll)
