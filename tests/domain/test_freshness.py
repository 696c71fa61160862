"""How a value is marked by its age, and the shares that are told of a cache."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain.cache_counts import NOTHING, CacheCounts, together
from bisonwatch.domain.cached import CacheStats, Envelope, envelope_json, stats_json
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.freshness import Freshness, Source, limits_of, mark
from tests.support.news import NOON, NORTHWIND
from tests.tui.wares import entry

KPI, INFRASTRUCTURE = timedelta(seconds=60), timedelta(minutes=10)


@pytest.mark.parametrize(
    ("lives", "seconds", "expected"),
    [
        (KPI, 0, "fresh"),
        (KPI, 119.9, "fresh"),
        (KPI, 120, "stale"),
        (KPI, 599.9, "stale"),
        (KPI, 600, "very_stale"),
        (KPI, 3599.9, "very_stale"),
        (KPI, 3600, "error"),
        (KPI, -5, "fresh"),
        (INFRASTRUCTURE, 659.9, "fresh"),
        (INFRASTRUCTURE, 660, "stale"),
        (INFRASTRUCTURE, 1200, "very_stale"),
        (timedelta(hours=2), 7000, "fresh"),
        (timedelta(hours=2), 21_600, "error"),
    ],
)
def test_by_age(lives: timedelta, seconds: float, expected: str) -> None:
    """Two minutes, ten minutes, an hour; what may live longer is fresh for longer, with the minute until it is stored, and what another clock made is new."""
    made_at = NOON - timedelta(seconds=seconds)
    assert mark(made_at, limits_of(lives), NOON).value == expected


def test_a_warning_is_fresh_and_not_right() -> None:
    """Age comes first; what does not exist is an error."""
    limits = limits_of(KPI)
    assert mark(NOON, limits, NOON, warnings=("no target",)) is Freshness.WARNING
    assert mark(NOON, limits, NOON, error="away") is Freshness.WARNING
    old = NOON - timedelta(minutes=3)
    assert mark(old, limits, NOON, warnings=("no target",)) is Freshness.STALE
    assert mark(None, limits, NOON) is Freshness.ERROR


_COUNTS = st.builds(CacheCounts, *[st.integers(0, 50)] * 7)


@given(st.lists(_COUNTS, max_size=5))
def test_rates_are_shares(counts: list[CacheCounts]) -> None:
    """Between 0 and 1, or unknown: exactly where nothing was asked, or nothing was due."""
    whole = together(counts)
    assert (whole.hit_rate is None) == (whole.hits + whole.misses == 0)
    assert (whole.prefetch_rate is None) == (whole.prefetched + whole.late == 0)
    assert 0 <= (whole.hit_rate or 0) <= 1
    assert 0 <= (whole.prefetch_rate or 0) <= 1
    assert whole.hits == sum(one.hits for one in counts)


def test_an_envelope_as_json() -> None:
    """With its age in seconds; what is unknown is null."""
    made = Envelope(DatasetName.KPI, {"sent": 1}, NOON, Freshness.FRESH, Source.CACHE, ("no target",))
    assert envelope_json(made, NOON + timedelta(seconds=4)) == {
        "dataset": "kpi",
        "value": {"sent": 1},
        "made_at": "2026-11-20T12:00:00.000Z",
        "age_s": 4.0,
        "freshness": "fresh",
        "source": "cache",
        "warnings": ["no target"],
        "error": None,
        "retry_at": None,
    }
    none = Envelope(DatasetName.KPI, None, None, Freshness.ERROR, Source.NONE, error="away", retry_at=NOON)
    told = envelope_json(none, NOON)
    assert (told["value"], told["age_s"], told["retry_at"]) == (None, None, "2026-11-20T12:00:00.000Z")


def test_statistics_as_json() -> None:
    """Of all together, and of each."""
    made = datetime(2026, 11, 20, 11, 59, tzinfo=UTC)
    one = entry(NORTHWIND, DatasetName.KPI, made_at=made, day=NOTHING)
    told = stats_json(CacheStats(NOON, (one,), 1_000), {NORTHWIND: "Northwind Desk"})
    assert (told["kept"], told["most"]) == (1, 1_000)
    (row,) = told["entries"]  # type: ignore[misc]
    assert (row["instance"], row["workspace"], row["name"], row["age_s"]) == (
        "main",
        12,
        "Northwind Desk",
        60.0,
    )
    assert (row["hour"]["hits"], row["day"]["hit_rate"]) == (1_203, None)
