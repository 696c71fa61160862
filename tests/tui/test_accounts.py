"""The page of all sender accounts, one of them opened, and a person's word on those that wait."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import AccountCard, Roster
from bisonwatch.errors import CallError, StoreUnavailable
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.screens.account import AccountScreen
from bisonwatch.tui.screens.accounts import AccountTable
from bisonwatch.tui.screens.confirm import ConfirmScreen
from tests.tui.accounts import HELD, HELD_IN, account_row, account_rows, roster_of
from tests.tui.support import FakeFeed, HandClock, drawn, main, running, tick, toasts

TAB = "8"


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
        await pilot.pause()


def feed_of(app: BisonwatchApp) -> FakeFeed:
    assert isinstance(app.feed, FakeFeed)
    return app.feed


def table(app: BisonwatchApp) -> AccountTable:
    return main(app).query_one(AccountTable)


def ids(app: BisonwatchApp) -> list[int]:
    return [one.row.id for one in table(app).shown_items]


def selected(app: BisonwatchApp) -> int:
    one = table(app).selected
    assert one is not None
    return one.row.id


async def on_the_page(app: BisonwatchApp, pilot: Pilot[None], *keys: str) -> None:
    await pressed(pilot, TAB, *keys)


async def test_the_worst_stand_on_top_of_totals_of_all() -> None:
    """With who waits, by which key that ends, and the selected one whole below: at 80 x 24."""
    async with running(size=(80, 24)) as (app, pilot):
        await on_the_page(app, pilot)
        shown = drawn(app)
        for words in (
            "✖ 5 disc",
            "? 3 held",
            "● 51 ok",
            "‖ 1 gone",
            "? 3 held in main/12 globex since 02:10: c confirms",
        ):
            assert words in shown
        assert "1-12/59" in shown
        assert "read just now" in shown
        rows = [line for line in shown.splitlines() if "disc" in line and "@" in line]
        assert len(rows) == 6, "five rows and the head of the selected one"
        assert "c confirm" in shown.splitlines()[-1]


@pytest.mark.parametrize(("width", "height"), [(120, 36), (200, 60)])
async def test_wider_screens_say_it_in_full(width: int, height: int) -> None:
    """States and providers in words; at 200 columns every column there is."""
    async with running(size=(width, height)) as (app, pilot):
        await on_the_page(app, pilot)
        shown = drawn(app)
        for words in ("google 29", "microsoft 15", "other 15", "WARMUP", "TAGS", "LIMIT", "BNC"):
            assert words in shown
        if width == 200:
            for words in ("59 accounts", "✖ 5 disconnected", "RESELLER", "REPL ", "Microsoft 365, Inboxly"):
                assert words in shown


async def test_without_a_hold_the_providers_have_the_line() -> None:
    """With how many of each are disconnected; the key that confirms is not offered, and says why."""
    async with running(FakeFeed(absences={}), size=(80, 24)) as (app, pilot):
        await on_the_page(app, pilot, "c")
        assert "google 29 ✖ 2   " in drawn(app)
        assert "c confirm" not in drawn(app).splitlines()[-1]
        assert any("no account waits here to be removed" in toast for toast in toasts(app))


async def test_slash_filters_while_typing_and_says_so() -> None:
    """The filter and what it leaves stay in sight at 80 columns; Esc shows all again."""
    async with running(size=(80, 24)) as (app, pilot):
        await on_the_page(app, pilot, "slash", *"state:held", "enter")
        assert sorted(ids(app)) == [2, 27, 52]
        assert "3 of 59" in drawn(app)
        assert "filter state:held" in drawn(app)
        await pressed(pilot, "escape")
        assert len(ids(app)) == 59
        await pressed(pilot, "slash", *"zzz", "enter")
        assert "none of 59 accounts matches the filter; Esc clears it" in drawn(app)


async def test_a_filter_that_is_not_understood_is_told_at_enter() -> None:
    """Each page in its own words."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "slash", *"state:odd")
        assert toasts(app) == []
        await pressed(pilot, "enter")
        assert any("no state 'odd': disconnected, connected" in toast for toast in toasts(app))


async def test_z_shows_what_something_is_wrong_with() -> None:
    """Here the accounts, and everything again."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "z")
        assert sorted(ids(app)) == [2, 7, 20, 27, 33, 46, 52, 59]
        await pressed(pilot, "z")
        assert len(ids(app)) == 59
        assert main(app).active == "accounts"


async def test_s_sorts_and_S_turns_it_round() -> None:
    """As on the first page; the order of one page is not the other's."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "s", "j", "enter")
        names = [one.row.email.casefold() for one in table(app).shown_items]
        assert names == sorted(names)
        assert "by address" in drawn(app)
        await pressed(pilot, "S")
        assert [one.row.email.casefold() for one in table(app).shown_items] == names[::-1]
        assert "by address, reversed" in drawn(app)
        await pressed(pilot, "1")
        assert "worst first" in drawn(app)


async def test_keys_draw_what_is_on_screen_and_no_more() -> None:
    """Of 40,000 accounts: a key in the filter or of the cursor makes no more rows than the table has lines, and puts nothing in order."""
    async with running(FakeFeed(mailboxes=account_rows(40_000, spaces=250)), size=(120, 36)) as (app, pilot):
        await on_the_page(app, pilot)
        made, seen = table(app), 0
        real = made._columns

        def counting(one: object, frame: object, width: int) -> object:
            nonlocal seen
            seen += 1
            return real[0].cell(one, frame, width)  # type: ignore[arg-type]

        made._columns = (replace(real[0], cell=counting), *real[1:])  # type: ignore[arg-type]
        sorts = made.sheet.sorts
        for words in ("a", "an", "ana", "an", ""):
            seen = 0
            main(app)._set_filter(words)
            assert 0 < seen <= made.size.height
        for key in ("j", "G", "g", "pagedown"):
            seen = 0
            await pilot.press(key)
            assert 0 < seen <= 2 * made.size.height
        assert made.sheet.sorts == sorts


async def test_nothing_is_read_or_ordered_again_while_nothing_changes() -> None:
    """It asks every three seconds what changed, and only while it is looked at."""
    async with running() as (app, pilot):
        feed = feed_of(app)
        await tick(app, pilot, 20)
        assert feed.looks == []
        await on_the_page(app, pilot)
        assert feed.looks == [25]
        await tick(app, pilot, 1)
        assert feed.looks == [25]
        sorts = table(app).sheet.sorts
        for _ in range(3):
            await tick(app, pilot, 3.1)
            await pilot.pause()
        assert feed.looks == [25, 0, 0, 0]
        assert table(app).sheet.sorts == sorts
        feed.mailboxes = tuple(replace(row, sent=99_999) if row.id == 2 else row for row in feed.mailboxes)
        await tick(app, pilot, 3.1)
        await pilot.pause()
        assert feed.looks[-1] == 1
        await pressed(pilot, "1")
        await tick(app, pilot, 60)
        assert len(feed.looks) == 5


async def test_a_slow_answer_is_asked_for_more_rarely() -> None:
    """One second of work: not again before twenty more have passed."""
    async with running() as (app, pilot):
        feed, real = feed_of(app), feed_of(app).accounts

        async def slow(known: dict[WorkspaceKey, object]) -> Roster:
            assert isinstance(app.clock, HandClock)
            app.clock.move(1)
            return await real(known)  # type: ignore[arg-type]

        feed.accounts = slow  # type: ignore[assignment,method-assign]
        await on_the_page(app, pilot)
        await tick(app, pilot, 19)
        assert len(feed.looks) == 1
        await tick(app, pilot, 2)
        await pilot.pause()
        assert len(feed.looks) == 2


async def test_the_cursor_stays_on_its_account_and_its_line() -> None:
    """Though others come above it, and though it moves to another workspace."""
    async with running(size=(120, 36)) as (app, pilot):
        await on_the_page(app, pilot, *("j",) * 30)
        number, line = selected(app), table(app).cursor - table(app)._top
        feed = feed_of(app)
        worse = [
            replace(row, status=AccountStatus.DISCONNECTED) if 10 < row.id < 18 else row
            for row in feed.mailboxes
        ]
        moved = [
            replace(row, workspace=WorkspaceKey("main", 11)) if row.id == number else row for row in worse
        ]
        feed.mailboxes = tuple(moved)
        await tick(app, pilot, 4)
        await pilot.pause()
        assert len([one for one in table(app).shown_items if one.standing.value == "disconnected"]) > 10
        assert selected(app) == number
        assert table(app).cursor - table(app)._top == line


async def test_nothing_moves_in_the_second_after_a_cursor_key() -> None:
    """The news waits until the cursor rests."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot)
        feed = feed_of(app)
        feed.mailboxes = feed.mailboxes[:10]
        await pressed(pilot, "j")
        await tick(app, pilot, 3.1)
        await pressed(pilot, "j")
        before = ids(app)
        feed.mailboxes = feed.mailboxes[:5]
        await tick(app, pilot, 0.5)
        assert ids(app) == before
        await tick(app, pilot, 3.1)
        await pilot.pause()
        assert sorted(ids(app)) == [0, 1, 2, 3, 4]


async def test_a_paused_view_stands_still() -> None:
    """Nothing is asked for, nothing changes; when it goes on, all comes."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "p")
        feed = feed_of(app)
        feed.mailboxes = feed.mailboxes[:5]
        await tick(app, pilot, 10)
        assert feed.looks == [25]
        assert len(ids(app)) == 59
        await pressed(pilot, "p")
        await tick(app, pilot, 1)
        await pilot.pause()
        assert len(ids(app)) == 5


async def test_a_trouble_is_told_and_the_rows_stay_with_their_age() -> None:
    """The figures grow old in sight; when it is over, they are read again."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot)
        feed = feed_of(app)
        feed.trouble = StoreUnavailable("the database is away")
        await tick(app, pilot, 125)
        await pilot.pause()
        assert "the database is away" in drawn(app)
        assert "read 2m ago" in drawn(app)
        assert len(ids(app)) == 59
        feed.trouble = None
        await tick(app, pilot, 4)
        await pilot.pause()
        assert "the database is away" not in drawn(app)
        assert "read just now" in drawn(app)


async def test_an_empty_mirror_is_not_silent() -> None:
    """Nor one that has not answered yet."""
    async with running(FakeFeed(mailboxes=(), absences={})) as (app, pilot):
        await on_the_page(app, pilot)
        assert "no accounts yet" in drawn(app)
        await pressed(pilot, "enter", "j", "G", "S", "y", "Y")
        assert any("no account is selected" in toast for toast in toasts(app))


async def test_enter_opens_an_account_whole() -> None:
    """Every field, its warm-up, its times, and why it is held; Esc goes back to where the cursor was."""
    async with running(size=(120, 60)) as (app, pilot):
        await on_the_page(app, pilot, "slash", *"state:held", "enter", "j", "enter")
        assert isinstance(app.screen, AccountScreen)
        shown = drawn(app)
        for words in (
            "ana.52@globex.example   ? held",
            "did not meet 3 of 6 accounts, this one among them",
            "globex  main/12",
            "google_workspace_oauth",
            "2,044 to 310 leads",
            "score",
            "6 from spam",
            "1 received, 2 caused",
            "an event said connected",
        ):
            assert words in shown
        await pressed(pilot, "y")
        assert app.clipboard == "ana.52@globex.example"
        await pressed(pilot, "enter")
        assert any("it is open" in toast for toast in toasts(app))
        await pressed(pilot, "escape")
        assert app.screen is main(app)
        assert selected(app) == 52


async def test_an_opened_account_is_read_again() -> None:
    """What becomes of it is seen; when it is gone from the mirror, that is told and the rest stays."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "enter")
        feed, number = feed_of(app), selected(app)
        feed.mailboxes = tuple(
            replace(row, daily_limit=777) if row.id == number else row for row in feed.mailboxes
        )
        for _ in range(6):
            await tick(app, pilot)
        await pilot.pause()
        assert "777" in drawn(app)
        feed.mailboxes = ()
        for _ in range(6):
            await tick(app, pilot)
        await pilot.pause()
        assert "it is not in the mirror any more" in drawn(app)
        assert "777" in drawn(app)


async def test_a_slow_answer_about_an_account_is_waited_for() -> None:
    """However many snapshots pass meanwhile: a question is not asked anew over one that is not answered."""
    async with running() as (app, pilot):
        feed, answer, asked = feed_of(app), asyncio.Event(), 0
        real = feed.account

        async def slow(instance: str, number: int) -> AccountCard | None:
            nonlocal asked
            asked += 1
            await answer.wait()
            return await real(instance, number)

        feed.account = slow  # type: ignore[method-assign]
        await on_the_page(app, pilot, "enter")
        for _ in range(20):
            await tick(app, pilot)
        assert asked == 1
        assert "asking…" in drawn(app)
        answer.set()
        await pilot.pause()
        await pilot.pause()
        assert "by the provider's count" in drawn(app)


async def test_Y_copies_the_row_as_json() -> None:
    """The account, not its workspace."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "Y")
        told = json.loads(app.clipboard)
        assert (told["id"], told["status"], told["known_at"][-1]) == (selected(app), "disconnected", "Z")
        await pressed(pilot, "enter", "Y")
        assert json.loads(app.clipboard) == told


async def test_c_asks_with_no_in_front() -> None:
    """Enter on No does nothing; y gives the word on those that were shown, and looks again at once."""
    async with running(size=(80, 24)) as (app, pilot):
        await on_the_page(app, pilot, "c")
        assert isinstance(app.screen, ConfirmScreen)
        words = app.screen.words.text()
        for part in (
            "Are these accounts of globex (main/12) gone?",
            "3 of 6 accounts",
            "since 02:10",
            "ana.52@globex.example",
        ):
            assert part in words
        assert max(map(len, words.splitlines())) <= 70
        await pressed(pilot, "enter")
        assert feed_of(app).asked == []
        looks = len(feed_of(app).looks)
        await pressed(pilot, "c", "y")
        assert feed_of(app).asked == [("confirm", HELD_IN, HELD)]
        assert "confirmed 3 accounts of main/12; the engine walks now" in toasts(app)
        await tick(app, pilot)
        await pilot.pause()
        assert len(feed_of(app).looks) == looks + 1


async def test_c_is_about_the_workspace_that_the_line_names() -> None:
    """That of the selected account, where it has some that wait; many are counted, not all named."""
    many = Absence(frozenset(range(13, 1013, 25)), HELD.since, 900)
    feed = FakeFeed(mailboxes=account_rows(1_100), absences={HELD_IN: HELD, WorkspaceKey("main", 23): many})
    async with running(feed) as (app, pilot):
        await on_the_page(app, pilot)
        assert "3 held in main/12 globex" in drawn(app)
        assert "and in 1 more workspace" in drawn(app)
        await pressed(pilot, "slash", *"ws:main/23", "enter")
        assert "40 held in main/23 black-mesa" in drawn(app)
        await pressed(pilot, "c")
        assert "and 35 more" in app.screen.words.text()  # type: ignore[attr-defined]
        await pressed(pilot, "y")
        assert feed.asked == [("confirm", WorkspaceKey("main", 23), many)]


async def test_a_refused_word_is_told() -> None:
    """Others wait by now than were shown."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "c")
        feed_of(app).trouble = CallError("other accounts of main/12 wait by now: look at them first")
        await pressed(pilot, "y")
        assert "other accounts of main/12 wait by now: look at them first" in toasts(app)


async def test_a_word_given_is_shown_with_who_gave_it() -> None:
    """Until the walk that acts on it is over."""
    given = replace(HELD, confirmed_at=HELD.since, confirmed_by="command line")
    async with running(FakeFeed(absences={HELD_IN: given})) as (app, pilot):
        await on_the_page(app, pilot)
        assert "3 held in main/12 globex since 02:10: command line said at 02:10 that they are gone" in drawn(
            app
        )


async def test_a_read_only_terminal_refuses_the_word() -> None:
    """The key says why."""
    async with running(read_only=True) as (app, pilot):
        await on_the_page(app, pilot, "c")
        assert app.screen is main(app)
        assert any("this terminal is read-only" in toast for toast in toasts(app))


async def test_c_on_an_opened_account_that_is_held() -> None:
    """And not on another one."""
    async with running() as (app, pilot):
        await on_the_page(app, pilot, "enter", "c")
        assert isinstance(app.screen, AccountScreen)
        await pressed(pilot, "escape", "slash", *"state:held", "enter", "enter", "c", "y")
        assert feed_of(app).asked == [("confirm", HELD_IN, HELD)]


async def test_more_accounts_than_the_screen_holds_are_told() -> None:
    """Those left out are counted in the totals."""
    feed = FakeFeed()

    async def some(known: dict[WorkspaceKey, object]) -> Roster:
        return replace(roster_of(feed.mailboxes, known), left_out=12_345)  # type: ignore[arg-type]

    feed.accounts = some  # type: ignore[assignment,method-assign]
    async with running(feed) as (app, pilot):
        await on_the_page(app, pilot)
        assert "12,345 more are left out" in drawn(app)


async def test_figures_at_their_limits_keep_their_columns() -> None:
    """The largest counts there are, a score of 0, and an address longer than any screen."""
    huge = account_row(
        7,
        sent=2**63 - 1,
        replied=2**63 - 1,
        bounced=2**63 - 1,
        daily_limit=2**31 - 1,
        score=0.0,
        email="x" * 400 + "@nowhere.example",
        tags=("t" * 300,) * 40,
    )
    for size in ((200, 60), (80, 24), (40, 10)):
        async with running(FakeFeed(mailboxes=(huge,), absences={}), size=size) as (app, pilot):
            await on_the_page(app, pilot)
            assert all(len(line) <= size[0] for line in drawn(app).splitlines())
            await pressed(pilot, "enter", "G", "escape")
            assert app.is_running
