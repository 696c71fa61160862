"""Figures as short text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bisonwatch.tui import format as fmt
from bisonwatch.tui.glyphs import ASCII
from tests.tui.world import NOW, ago


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0.0s"),
        (0.44, "0.4s"),
        (9.94, "9.9s"),
        (9.96, "9s"),
        (59.9, "59s"),
        (192, "3m12s"),
        (7440, "2h04m"),
        (273_600, "3d04h"),
        (8_640_000, "100d"),
    ],
)
def test_a_duration_takes_at_most_six_cells(seconds: float | None, text: str) -> None:
    """Unknown is a dash, short is exact, long is coarse."""
    assert fmt.duration(seconds) == text
    assert len(text) <= 6


def test_a_calm_age_changes_rarely() -> None:
    """Whole units only, and `now` for the first two seconds."""
    ages = [fmt.calm_age(ago(seconds=s), NOW) for s in (0, 1.9, 2, 59, 60, 3600, 86_400 * 9)]
    assert ages == ["now", "now", "2s", "59s", "1m", "1h", "9d"]
    assert fmt.calm_age(None, NOW) == "–"


def test_an_age_is_never_below_zero() -> None:
    """A clock that runs ahead makes things new, not negative."""
    assert fmt.age(NOW + timedelta(seconds=5), NOW) == "0.0s"


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (1.0, "100"), (0.99996, "99.9"), (0.9, "90.0"), (0.0, "0.0"), (1.5, "150")],
)
def test_a_share_is_never_rounded_up_to_a_hundred(share: float | None, text: str) -> None:
    """99.996 % is not all."""
    assert fmt.percent(share) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0, "0"),
        (1, "100"),
        (2 / 26, "7.7"),
        (-0.1, "-10.0"),
        (0.0004, "<0.1"),
        (-0.0004, ">-0.1"),
        (0.9999, "99.9"),
        (1.0001, "100.1"),
        (12.5, "1,250.0"),
    ],
)
def test_a_portion_is_rounded(share: float | None, text: str) -> None:
    """As people round, but for what would look like none or all."""
    assert fmt.portion(share) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "–"), (0, "0"), (9_999, "9,999"), (10_000, "10.0k"), (123_456, "123k"), (1_200_000, "1.2M")],
)
def test_a_compact_number_takes_five_cells(count: int | None, text: str) -> None:
    """Exact where it fits."""
    assert fmt.compact(count) == text
    assert len(text) <= 5


def test_rates_and_milliseconds_change_their_unit() -> None:
    """Small ones keep a decimal."""
    assert [fmt.rate(v) for v in (None, 0, 0.04, 12.12, 418, 12_000)] == [
        "–",
        "0",
        "0.0",
        "12.1",
        "418",
        "12.0k",
    ]
    assert [fmt.milliseconds(v) for v in (None, 0.84, 41.2, 1234)] == ["–", "0.8ms", "41ms", "1.2s"]


def test_silence_in_a_spark_is_not_a_low_bar() -> None:
    """Nothing, little, much."""
    assert fmt.spark([0, 1, 50, 100]) == "·▁▄▇"
    assert fmt.spark([0, 1, 50, 100], ASCII) == "._~*"
    assert fmt.spark([]) == ""


def test_squeezing_keeps_short_series_and_averages_long_ones() -> None:
    """Sixty seconds in twenty cells."""
    assert fmt.squeeze([1, 2], 5) == [1, 2]
    assert fmt.squeeze([1, 3, 5, 7], 2) == [2, 6]
    assert fmt.squeeze([1, 2], 0) == []


@pytest.mark.parametrize(
    ("pending", "slope", "words", "role"),
    [
        (0, None, "empty", "soft"),
        (1204, -38.4, "draining -38/s, empty in ~31s", "ink"),
        (1204, 6.1, "growing +6/s", "crit"),
        (12, 6.1, "growing +6/s", "warn"),
        (12, 0.1, "flat", "soft"),
        (1204, None, "", "soft"),
    ],
)
def test_the_backlog_has_a_verdict(pending: int, slope: float | None, words: str, role: str) -> None:
    """Better or worse, and when it is over; nothing where it is not known."""
    assert fmt.backlog_verdict(pending, slope) == (words, role)


def test_a_progress_bar_of_unknown_length_is_empty() -> None:
    """It never runs about."""
    assert fmt.progress_bar(None, 4) == ("", "────")
    assert fmt.progress_bar(0.5, 4) == ("━━", "──")
    assert fmt.progress_bar(7, 4) == ("━━━━", "")


def test_a_moment_today_needs_no_date() -> None:
    """UTC, as the header's Z says."""
    assert fmt.moment(ago(hours=1), NOW) == "13:03"
    assert fmt.moment(ago(days=1), NOW) == "21 Nov 14:03"
    assert fmt.moment(None, NOW) == "–"
