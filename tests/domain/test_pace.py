"""How far a month has gone, and where it leads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bisonwatch.domain.pace import first_of_month, last_of_month, needed_per_day, per_day, projected

LATE = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)


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


@pytest.mark.parametrize(
    ("now", "so_far", "target", "day", "needed"),
    [
        # ten of thirty days are over: 15 are 1.5 a day; 25 more in twenty days are 1.25
        (datetime(2026, 11, 11, tzinfo=UTC), 15, 40, 1.5, 1.25),
        # reached: nothing is needed, whatever is left
        (datetime(2026, 11, 11, tzinfo=UTC), 40, 40, 4.0, 0.0),
        # midnight of the first: half a day counts as gone, and all of the 31 days are left
        (datetime(2026, 12, 1, tzinfo=UTC), 0, 31, 0.0, 1.0),
        (datetime(2026, 12, 1, tzinfo=UTC), 2, 33, 4.0, 1.0),
        # the last second of February: half a day (28 / 62 of one, to be exact) is the least that is left
        (datetime(2026, 3, 1, tzinfo=UTC) - timedelta(seconds=1), 28, 35, 1.0, 7 / (28 / 62)),
        # half of a leap year's February: 14.5 of 29 days are gone
        (datetime(2028, 2, 15, 12, tzinfo=UTC), 29, 58, 2.0, 2.0),
        (LATE, None, 40, None, None),
    ],
)
def test_what_a_day_brings_and_has_to_bring(
    now: datetime, so_far: int | None, target: int, day: float | None, needed: float | None
) -> None:
    """By hand, at both ends of months of 28 to 31 days."""
    assert per_day(so_far, now) == pytest.approx(day)
    assert needed_per_day(so_far, target, now) == pytest.approx(needed)


def test_without_a_target_nothing_is_needed() -> None:
    """And that is not 0."""
    assert needed_per_day(5, None, LATE) is None


@pytest.mark.parametrize(("month", "last"), [(2, 28), (9, 30), (12, 31)])
def test_a_month_ends_on_its_last_day(month: int, last: int) -> None:
    """Even where it is asked on that day."""
    assert last_of_month(datetime(2026, month, last, 23, 59, tzinfo=UTC)) == date(2026, month, last)
