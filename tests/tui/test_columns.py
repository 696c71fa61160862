"""Which columns fit, and what stands in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bisonwatch.domain.health import Health
from bisonwatch.domain.snapshot import Figures
from bisonwatch.tui.columns import head_line, lay_out, row_line
from bisonwatch.tui.frame import Puller
from bisonwatch.tui.glyphs import UNICODE
from bisonwatch.tui.lines import plain, width
from bisonwatch.tui.tables import alerts, runs
from bisonwatch.tui.tables.workspaces import COLUMNS, lag_piece
from tests.tui.support import FakeFeed, HandClock
from tests.tui.world import NOW, ago, alert_rows, row, rows, run_rows

FRAME = Puller(FakeFeed(), HandClock(), UNICODE, 0.5, False).pull()


@pytest.mark.parametrize("room", [*range(8, 60), 77, 80, 117, 120, 140, 200])
def test_every_row_is_exactly_as_wide_as_there_is_room(room: int) -> None:
    """At any width, for every row, name of any script; state, name and lag are there to the last."""
    columns = lay_out(COLUMNS, room)
    names = [column.name for column in columns]
    assert {"state", "name", "lag"} <= set(names)
    wanted = max(room, 12)
    assert width(head_line(columns, "state", "v")) == wanted
    assert {width(row_line(columns, item, FRAME)) for item in rows()} == {wanted}


def test_columns_are_dropped_in_the_order_of_their_rank() -> None:
    """Newest and drift first, age last."""
    assert len(lay_out(COLUMNS, 200)) == len(COLUMNS)
    assert "newest" not in {column.name for column in lay_out(COLUMNS, 108)}
    at_80 = [column.title for column in lay_out(COLUMNS, 77)]
    assert at_80 == ["STATE", "WORKSPACE", "LAG", "LAST HOUR", "EV/MIN", "DELIV%", "ACCTS", "AGE"]
    assert [column.name for column in lay_out(COLUMNS, 30)] == ["state", "name", "lag", "age"]
    assert [column.name for column in lay_out(COLUMNS, 17)] == ["state", "name", "lag"]


def test_lag_says_behind_verified_or_unknown() -> None:
    """Unknown is a dash, never 0."""
    assert lag_piece(row(1, "a", lag_from=ago(seconds=192)), NOW).text == "3m12s"
    assert lag_piece(row(1, "a", verified_at=ago(minutes=2)), NOW).text == "ok 14:01"
    assert lag_piece(row(1, "a", verified_at=ago(days=2)), NOW).text == "ok 2d"
    assert lag_piece(row(1, "a", lag_known=False), NOW).text == "–"


def test_idle_is_green_and_unknown_is_not() -> None:
    """Verified silence is good; could-not-tell never looks good."""
    columns = lay_out(COLUMNS, 120)
    roles = {
        health: row_line(columns, row(1, "a", health), FRAME)[0] for health in (Health.IDLE, Health.UNKNOWN)
    }
    assert (roles[Health.IDLE].role, roles[Health.UNKNOWN].role) == ("idle", "unknown")
    assert roles[Health.UNKNOWN].text.startswith("?")


def test_unknown_figures_are_dashes() -> None:
    """A row of which nothing is known shows no zero but its own rate."""
    blank = replace(
        row(1, "blank", Health.UNKNOWN, lag_known=False, accounts=None, drift=None, cache_hit_rate_1h=None),
        delivery_rate_24h=None,
        delivery_rate_provider_24h=None,
        month=Figures(),
        target=None,
        last_event_at=None,
        trend=(0,) * 12,
    )
    text = plain(row_line(lay_out(COLUMNS, 130), blank, FRAME))
    assert text.count("–") == 9
    assert "0" not in text.replace(f"{blank.per_minute}", "")


def test_runs_and_alerts_fit_any_width() -> None:
    """The lists use the same columns machine."""
    for room in (20, 37, 60, 77, 117, 200):
        columns = lay_out(runs.COLUMNS, room)
        assert len({width(row_line(columns, item, FRAME)) for item in run_rows()}) == 1
        others = lay_out(alerts.COLUMNS, room)
        assert len({width(row_line(others, item, FRAME)) for item in alert_rows()}) == 1
