"""Two witnesses, one shown value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bisonwatch.cache.shown import Month, first_of_month, month_of, projected
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.snapshot import Figures
from bisonwatch.store.counts import Reported

KEY, OTHER = WorkspaceKey("main", 12), WorkspaceKey("main", 13)
DAYS = [date(2026, 9, day) for day in (1, 2, 3)]
EARLY = datetime(2026, 9, 3, 8, 0, tzinfo=UTC)
LATE = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)


def counts(metric: Metric, *numbers: int, key: WorkspaceKey = KEY) -> dict:
    return {(key, day, metric): n for day, n in zip(DAYS, numbers, strict=False)}


def reports(metric: Metric, *numbers: int | None, as_of: datetime = LATE) -> dict:
    return {
        (KEY, day, metric): Reported(n, as_of) for day, n in zip(DAYS, numbers, strict=False) if n is not None
    }


def test_without_any_report_the_count_is_shown() -> None:
    """And nothing is said to be reported."""
    month = month_of(KEY, counts(Metric.SENT, 5, 0, 7) | counts(Metric.SENT, 99, key=OTHER), {}, {}, DAYS)
    figures = Figures(12, 0, 0, 0, 0, 0, 0)
    assert month == Month(figures, figures, None, None)


def test_a_day_with_a_report_shows_it_and_what_happened_after() -> None:
    """A day without one shows the count."""
    counted = counts(Metric.SENT, 90, 80, 30)
    told = reports(Metric.SENT, 100, None, 25)
    month = month_of(KEY, counted, told, {(DAYS[2], Metric.SENT): 4}, DAYS)
    assert month.shown.sent == 100 + 80 + 25 + 4
    assert month.counted.sent == 200
    assert month.reported is not None
    assert (month.reported.sent, month.as_of) == (125, LATE)


def test_the_newest_report_dates_them_all() -> None:
    """Older days keep what was told of them."""
    told = reports(Metric.SENT, 1, as_of=EARLY) | reports(Metric.OPENED, 2, 2)
    assert month_of(KEY, {}, told, {}, DAYS).as_of == LATE


def test_automated_replies_have_no_second_witness() -> None:
    """They are counted only, and unknown in what is reported."""
    counted = counts(Metric.REPLIED_AUTOMATED, 3, 4)
    month = month_of(KEY, counted, reports(Metric.REPLIED, 9), {}, DAYS)
    assert month.shown.replied_automated == 7
    assert month.reported is not None
    assert month.reported.replied_automated is None
    assert month.reported.replied == 9


def test_a_report_of_another_workspace_is_not_ours() -> None:
    """Nor its facts."""
    assert month_of(OTHER, {}, reports(Metric.SENT, 9), {}, DAYS).reported is None


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 9, 1, tzinfo=UTC), date(2026, 9, 1)),
        (datetime(2026, 9, 1, 1, tzinfo=UTC).astimezone(), date(2026, 9, 1)),
        (datetime.fromisoformat("2026-09-01T00:30:00+02:00"), date(2026, 8, 1)),
    ],
)
def test_months_are_utc_months(now: datetime, first: date) -> None:
    """Wherever the clock stands."""
    assert first_of_month(now) == first


@pytest.mark.parametrize(
    ("so_far", "now", "expected"),
    [
        (None, LATE, None),
        (0, LATE, 0),
        (15, datetime(2026, 9, 16, tzinfo=UTC), 30),
        (30, datetime(2026, 10, 1, tzinfo=UTC) - timedelta(seconds=1), 30),
        (1, datetime(2026, 9, 1, tzinfo=UTC), 62),  # half a day is the least that a pace is read from
        (14, datetime(2026, 2, 15, tzinfo=UTC), 28),
        (10, datetime(2026, 12, 31, 12, tzinfo=UTC), 10),
    ],
)
def test_the_months_end_at_the_pace_so_far(so_far: int | None, now: datetime, expected: int | None) -> None:
    """Unknown while nothing is known."""
    assert projected(so_far, now) == expected
