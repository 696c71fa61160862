"""The API log and the validation log on the screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from bisonwatch.domain.api_log import EndpointCalls
from bisonwatch.domain.span import Span
from bisonwatch.errors import StoreUnavailable
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.screens.api_log import ApiLogScreen
from bisonwatch.tui.screens.endpoint import EndpointScreen
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.screens.validation_log import ValidationLogScreen
from bisonwatch.tui.screens.workspace import WorkspaceScreen
from bisonwatch.tui.views.api_log import calls_piece, filled
from bisonwatch.tui.views.validation_log import flaws_piece
from bisonwatch.tui.widgets.line_view import LineView
from tests.tui.logs import HOUR, api_hours, api_log, validation_log
from tests.tui.support import FakeFeed, drawn, running, tick, toasts
from tests.tui.world import NOW


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
        await pilot.pause()


def below(app: BisonwatchApp) -> str:
    return " ".join(app.screen.query_one("#book-foot", LineView).text().split())


def shown(app: BisonwatchApp) -> list[str]:
    """The endpoints of the table, from top to bottom."""
    assert isinstance(app.screen, ApiLogScreen)
    return [f"{one.instance} {one.endpoint}" for one in app.screen.table.shown_items]


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_the_api_log_at_a_glance(size: tuple[int, int]) -> None:
    """A sentence over all; the most called first; the selected one whole."""
    async with running(size=size) as (app, pilot):
        await pressed(pilot, "L")
        assert isinstance(app.screen, ApiLogScreen)
        told = " ".join(drawn(app).split())
        assert "12,923 calls in the last hour: 0.5% ended badly, 12 answers 429, 8 held back here" in told
        assert shown(app)[0] == "main GET /api/events"
        assert "12.4k" in told
        await pressed(pilot, "j")
        assert "Ended badly: 40 not there (404), 12 too many requests (429), 8 no answer in time." in below(
            app
        )
        assert "400 calls errors 15.0% mean 880ms p50 700ms p95 2.4s max 45s" in below(app)
        assert "20 of them asked again; 3 more held back here." in below(app)


async def test_m_looks_further_back() -> None:
    """An hour, a day, a fortnight, an hour again; what is shown is always of the span that is named."""
    async with running() as (app, pilot):
        await pressed(pilot, "L")
        for span, words in (
            (Span.DAY, "24 hours"),
            (Span.FORTNIGHT, "14 days"),
            (Span.HOUR, "the last hour"),
        ):
            await pressed(pilot, "m")
            await tick(app, pilot)
            await pilot.pause()
            assert isinstance(app.screen, ApiLogScreen)
            assert app.screen.span is span
            assert f"calls in {words}:" in " ".join(drawn(app).split())
        assert isinstance(app.feed, FakeFeed)
        assert [asked for asked in app.feed.asked if asked[0] == "api log"][:4] == [
            ("api log", span) for span in (*Span, Span.HOUR)
        ]


async def test_it_is_sorted_by_any_column() -> None:
    """What is not known stands at the end, whichever way round."""
    async with running() as (app, pilot):
        await pressed(pilot, "L", "s")
        assert isinstance(app.screen, PickScreen)
        app.screen.dismiss("p95")
        await pressed(pilot)
        await pilot.pause()
        slow, busy, silent = "main GET /api/leads/{id}", "main GET /api/events", "main GET /api/users"
        assert shown(app) == [slow, busy, "second GET /api/events", silent]
        await pressed(pilot, "S")
        assert shown(app) == ["second GET /api/events", busy, slow, silent]


async def test_one_instance_and_those_with_errors() -> None:
    """`/` asks which instance, `z` leaves what ended badly or was held back."""
    async with running() as (app, pilot):
        await pressed(pilot, "L", "z")
        assert shown(app) == ["main GET /api/leads/{id}", "second GET /api/events", "main GET /api/users"]
        await pressed(pilot, "slash", "G", "end", "enter")
        assert shown(app) == ["second GET /api/events"]
        assert "second only" in drawn(app)
        assert "120 calls in the last hour: 0.8% ended badly" in " ".join(drawn(app).split())


@pytest.mark.parametrize("size", [(80, 24), (120, 60), (30, 8)])
async def test_an_endpoint_by_the_hour(size: tuple[int, int]) -> None:
    """Charts of its calls, errors and response times, and each hour in figures."""
    async with running(size=size) as (app, pilot):
        await pressed(pilot, "L", "enter")
        assert isinstance(app.screen, EndpointScreen)
        if size[0] >= 80:
            assert "GET /api/events  main" in drawn(app)
            assert "calls by the hour" in drawn(app)
        if size[1] >= 60:
            told = " ".join(drawn(app).split())
            assert "p95 by the hour, milliseconds" in told
            assert f"{HOUR:%d %b %H:%M} 100 p50 48ms p95 140ms" in told
            assert "101 p50 48ms p95 141ms 1 error 1 of them 429" in told
        await pressed(pilot, "escape")
        assert isinstance(app.screen, ApiLogScreen)


async def test_the_validation_log_at_a_glance() -> None:
    """The last met first; the selected one whole; Enter opens its workspace."""
    async with running(size=(80, 24)) as (app, pilot):
        await pressed(pilot, "I")
        assert isinstance(app.screen, ValidationLogScreen)
        told = " ".join(drawn(app).split())
        assert "3 flaws of 2 workspaces in the last hour, met 4,123 times." in told
        assert "acme-outbound: daily_limit cannot be read." in below(app)
        assert 'For example: "-9 a aaa"' in below(app)
        assert "4,120 times, first" in below(app)
        await pressed(pilot, "j", "enter")
        assert any("it is of no workspace that is watched" in toast for toast in toasts(app))
        assert ": answered N with something that is not JSON." in " ".join(below(app).split())
        await pressed(pilot, "k", "enter")
        assert isinstance(app.screen, WorkspaceScreen)


async def test_what_cannot_be_read_is_told() -> None:
    """In the words of the feed; what was known before stays, and says so."""
    async with running() as (app, pilot):
        await pressed(pilot, "L")
        assert isinstance(app.feed, FakeFeed)
        app.feed.trouble = StoreUnavailable("the [b]database[/b] is away")
        await tick(app, pilot, 6)
        await pilot.pause()
        assert "as of before: the [b]database[/b] is away" in drawn(app)
        await pressed(pilot, "escape", "I")
        assert "the [b]database[/b] is away" in drawn(app)
        assert "as of before" not in drawn(app)


async def test_the_span_key_means_nothing_elsewhere() -> None:
    """It is told why."""
    async with running() as (app, pilot):
        await pressed(pilot, "m")
        assert any("no log is shown here: L and I show them" in toast for toast in toasts(app))


async def test_the_logs_are_copied_as_they_are() -> None:
    """The name, and the row as JSON."""
    async with running() as (app, pilot):
        await pressed(pilot, "L")
        assert isinstance(app.screen, ApiLogScreen)
        assert app.screen.copied_name() == "GET /api/events"
        assert (app.screen.copied_row() or {})["calls"] == 12_403
        await pressed(pilot, "I")
        assert isinstance(app.screen, ValidationLogScreen)
        assert app.screen.copied_name() == "GET /api/sender-emails daily_limit: cannot be read"
        assert (app.screen.copied_row() or {})["count"] == 4120


def test_all_is_well_and_nothing_was_asked() -> None:
    """Each in one sentence, in no alarming colour."""
    good = EndpointCalls("main", "GET /api/users", 1, {"ok": 1}, 0, 0, api_log().endpoints[0].times)
    assert calls_piece([good], Span.DAY) == (
        "1 call in 24 hours: all ended well, slowest GET /api/users with p95 140ms.",
        "ok",
    )
    assert calls_piece([], Span.HOUR) == ("Nothing was asked of the provider in the last hour.", "soft")
    assert flaws_piece(replace(validation_log(), flaws=())) == (
        "Everything that the provider answered in the last hour could be taken.",
        "ok",
    )
    assert "only the last 3 are shown" in flaws_piece(replace(validation_log(), more=True)).text


def test_hours_without_a_call_are_there_in_a_chart() -> None:
    """From the first that is kept to this one."""
    hours = filled(api_hours("main", "x").hours[-8:-2], NOW)
    assert [hour.calls for hour in hours] == [108, 107, 106, 0, 104, 103, 102, 0, 0]
    assert filled((), NOW) == []
