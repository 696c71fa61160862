"""Datasets and their cache: read, made anew, cleared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bisonwatch.domain.cached import CacheStats, DatasetsOf, Envelope
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.freshness import Freshness, Source
from bisonwatch.domain.health import Health
from bisonwatch.errors import StoreUnavailable
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.glyphs import UNICODE
from bisonwatch.tui.lines import Piece, plain
from bisonwatch.tui.screens.cache import CacheScreen
from bisonwatch.tui.screens.confirm import ConfirmScreen
from bisonwatch.tui.screens.datasets import DatasetsScreen
from bisonwatch.tui.tables.cache import worst_first
from bisonwatch.tui.views.datasets import datasets_lines
from tests.tui.support import FakeFeed, drawn, main, running, tick, toasts
from tests.tui.test_hooks import below, feed_of, pressed
from tests.tui.wares import ACME, REVENUE, VOLUME, entry, stats, values, wares
from tests.tui.world import NOW, row, snapshot

FOUR = tuple(DatasetName)


def frame() -> Frame:
    return Frame(snapshot(), NOW, NOW, UNICODE, "demo", False, Piece(" LIVE ", "live"))


def test_the_worst_comes_first() -> None:
    """What cannot be given, what is stale, then by name; workspaces that are gone are left out."""
    items = worst_first(stats(), (row(1, "b"), row(0, "acme"), row(2, "a")))
    told = [(item.row.name, item.entry.name.value) for item in items]
    assert told[:4] == [("acme", "revenue"), ("acme", "volume"), ("a", "kpi"), ("a", "volume")]
    assert len(told) == 12


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_the_cache_at_a_glance(size: tuple[int, int]) -> None:
    """A sentence on top; the selected dataset whole, with why it is not fresh."""
    async with running(size=size) as (app, pilot):
        await pressed(pilot, "K")
        assert isinstance(app.screen, CacheScreen)
        shown = " ".join(drawn(app).split())
        for words in (
            "102 of 104 datasets fresh; 124,012 read, 99.9% without waiting in the last hour.",
            "✖ none acme-outbound revenue",
            "▲ stale acme-outbound volume 4m 99.9",
            "Nothing is kept that may be given: who reads it waits until it is made.",
            "f make now F make all",
        ):
            assert words in shown
        await pressed(pilot, "j")
        said = below(app)
        assert "Made 4m ago." in said
        assert "It could not be made anew (3 tries): the database does not answer" in said
        assert "Hour: 1,204 read, 99.9% without waiting; 59 due, 98.3% ahead; 2 stale, 61 m" in said


async def test_f_makes_the_selected_one_and_looks_again() -> None:
    """Shift makes all of them."""
    async with running() as (app, pilot):
        await pressed(pilot, "K", "j")
        feed_of(app).cached = CacheStats(NOW, (entry(ACME, VOLUME), entry(ACME, REVENUE)), 1_000)
        await pressed(pilot, "f")
        assert feed_of(app).asked == [("refresh datasets", (ACME,), (VOLUME,))]
        assert any("making volume of acme-outbound" in toast for toast in toasts(app))
        await tick(app, pilot)
        await pilot.pause()
        assert "2 of 2 datasets fresh" in drawn(app)
        await pressed(pilot, "F")
        assert feed_of(app).asked[-1] == ("refresh datasets", (), ())


@pytest.mark.parametrize("key", ["f", "F"])
async def test_what_could_not_be_made_is_told(key: str) -> None:
    """Of one and of all that are not paused: how many of how many, and where it says why."""
    watched = [row for row in snapshot().workspaces if row.health is not Health.PAUSED]
    async with running() as (app, pilot):
        await pressed(pilot, "K")
        feed_of(app).made = 0
        await pressed(pilot, key)
        asked = "1 dataset;" if key == "f" else f"{4 * len(watched)} datasets;"
        assert any(f"made 0 of {asked} K says why of the rest" in toast for toast in toasts(app))


async def test_clearing_asks_first() -> None:
    """No is in front; how many are gone is told."""
    async with running(size=(80, 24)) as (app, pilot):
        await pressed(pilot, "K", "W")
        assert isinstance(app.screen, ConfirmScreen)
        assert "Nothing in the mirror changes." in app.screen.words.text()
        await pressed(pilot, "enter")
        assert feed_of(app).asked == []
        await pressed(pilot, "W", "y")
        assert feed_of(app).asked == [("clear datasets", ())]
        assert any("threw away 104 datasets" in toast for toast in toasts(app))


async def test_it_opens_on_the_selected_workspace_and_from_there_its_datasets() -> None:
    """Enter shows them; Esc leads back."""
    async with running() as (app, pilot):
        await pressed(pilot, "G")
        chosen = main(app).workspace
        assert chosen is not None
        feed_of(app).cached = CacheStats(
            NOW, tuple(entry(w.key, n) for w in snapshot().workspaces for n in FOUR), 1_000
        )
        await pressed(pilot, "K")
        assert isinstance(app.screen, CacheScreen)
        assert app.screen.workspace is not None
        assert app.screen.workspace.key == chosen.key
        await pressed(pilot, "enter")
        assert isinstance(app.screen, DatasetsScreen)
        assert feed_of(app).asked == [("datasets", chosen.key)]
        await pressed(pilot, "escape")
        assert isinstance(app.screen, CacheScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_four_datasets_of_a_workspace(size: tuple[int, int]) -> None:
    """Each with its freshness, age and source, its warnings, and its figures."""
    async with running(size=size) as (app, pilot):
        await pressed(pilot, "i")
        assert isinstance(app.screen, DatasetsScreen)
        shown = drawn(app)
        for words in ("acme-outbound", "KPI  ▲ warning", "made 12s ago (cache)", "▲ more leads than likely"):
            assert words in shown
        assert "target 40: 22 so far (55.0%), 1.1 a day, 1.9 a day needed, on pace for 32" in " ".join(
            shown.split()
        )
        await pressed(pilot, "f")
        assert ("refresh datasets", (ACME,), FOUR) in feed_of(app).asked
        await pressed(pilot, "G")
        assert "and 4 more" in drawn(app)


def test_what_is_said_of_each() -> None:
    """Whole, on 80 columns; what is not known is a dash, what is below 0 stands out."""
    lines = datasets_lines(wares(), None, frame(), 80)
    told = [" ".join(plain(line).split()) for line in lines]
    for words in (
        "today 7 days 30 days month last month",
        "sent 10 9,920 41,682 29,845 43,647",
        "interested – 7 31 22 33",
        "reply rate 1.0% 1.0% 1.0% 1.0% 1.0%",
        "it could not be made: the database does not answer; tried again in 30s",
        "2026-11-22 1,922 2,500 79.0%",
        "revenue 3,275.00 3,275.00",
        "margin -0.4% -0.4%",
        "USD month projected",
        "profit -12.50 -12.50",
        "google 62 48 14 1,500 0.8% 0.6%",
        "– 40 40 0 1,500 0.8% 0.6%",
        "warm-up on for 100, off for 2; 1 held, 5 removed",
        "✖ desk9@northwind.example",
        "and 4 more",
    ):
        assert words in told
    assert any("2,500 a day may be sent; 59.0% of it was, over 22 days" in line for line in told)
    assert any(piece.role == "crit" and piece.text.strip() == "-12.50" for line in lines for piece in line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1234567.5", "1,234,567.5"), ("-0.00", "-0.00"), ("1E999999", "1E999999"), ("Infinity", "Infinity")],
)
def test_an_amount_keeps_its_digits(text: str, shown: str) -> None:
    """In groups of three; what is no price is shown as it came."""
    of = values()[REVENUE] | {"month": {"revenue": text}}
    told = DatasetsOf(ACME, NOW, (Envelope(REVENUE, of, NOW, Freshness.FRESH, Source.CACHE),))
    lines = [" ".join(plain(line).split()) for line in datasets_lines(told, None, frame(), 80)]
    assert f"revenue {shown} 3,275.00" in lines


async def test_a_dataset_that_is_doubted_says_why() -> None:
    """Its row and the lines below have the warning; the sentence on top says how many there are."""
    async with running() as (app, pilot):
        warned = entry(ACME, VOLUME, Freshness.WARNING, warnings=("its mailboxes were not read yet", "more"))
        feed_of(app).cached = CacheStats(NOW, (warned, entry(ACME, REVENUE)), 1_000)
        await pressed(pilot, "K")
        await tick(app, pilot)
        assert "2 of 2 datasets fresh, 1 of them with a warning" in drawn(app)
        assert "its mailboxes were" in drawn(app).splitlines()[6]
        assert "▲ its mailboxes were not read yet (and 1 more)" in below(app)


@pytest.mark.parametrize("width", [3, 20, 47, 71, 200])
def test_any_width_holds_them(width: int) -> None:
    """No line is wider; nothing is given for a dataset that has no value."""
    bare = replace(wares(), datasets=tuple(replace(one, value=None) for one in wares().datasets))
    for told in (wares(), bare):
        assert all(len(plain(line)) <= width for line in datasets_lines(told, "away", frame(), width))


async def test_what_cannot_be_told_is_said() -> None:
    """In the feed's words, as plain text; what was known stays."""
    async with running() as (app, pilot):
        await pressed(pilot, "K")
        feed_of(app).trouble = StoreUnavailable("[b]away[/b]")
        await tick(app, pilot, 6)
        await pilot.pause()
        assert "as of before: [b]away[/b]" in drawn(app)
        assert "102 of 104" in drawn(app)
        await pressed(pilot, "f")
        assert any("[b]away[/b]" in toast for toast in toasts(app))
        await pressed(pilot, "escape", "i")
        assert "[b]away[/b]" in drawn(app)


async def test_the_keys_mean_nothing_elsewhere_nor_in_a_read_only_terminal() -> None:
    """They are told why; looking is free."""
    async with running() as (app, pilot):
        await pressed(pilot, "f")
        assert any("no dataset is shown here: K shows them" in toast for toast in toasts(app))
    async with running(FakeFeed(), read_only=True) as (app, pilot):
        await pressed(pilot, "K", "f", "F", "W", "i")
        assert feed_of(app).asked == [("datasets", ACME)]
        assert any("this terminal is read-only" in toast for toast in toasts(app))
