"""Which days of a window are left: by hand, and against a set of days."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain.backfill import Stretch, gaps, months

FIRST = date(2026, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def stretch(first: int, last: int, mark: str | None = None) -> Stretch:
    return Stretch(day(first), day(last), mark)


def days(stretches: list[Stretch]) -> list[date]:
    return [
        one.first + timedelta(days=n) for one in stretches for n in range((one.last - one.first).days + 1)
    ]


def test_what_is_left_goes_on_at_the_mark() -> None:
    """Below a stretch at its mark; above it from the list's top; between two, at the upper one's."""
    assert gaps(day(0), day(9), []) == [stretch(0, 9)]
    assert gaps(day(0), day(9), [stretch(4, 9, "a")]) == [stretch(0, 3, "a")]
    assert gaps(day(0), day(9), [stretch(2, 5, "a")]) == [stretch(6, 9), stretch(0, 1, "a")]
    assert gaps(day(0), day(9), [stretch(8, 9, "a"), stretch(2, 5, "b")]) == [
        stretch(6, 7, "a"),
        stretch(0, 1, "b"),
    ]
    assert gaps(day(0), day(9), [stretch(-5, 20, "a")]) == []


def test_a_half_read_day_goes_on_at_its_mark() -> None:
    """A list of which not one whole day was read yet remembers its place all the same; so does one that ends above the window."""
    assert gaps(day(0), day(9), [stretch(10, 9, "a")]) == [stretch(0, 9, "a")]
    assert gaps(day(0), day(9), [stretch(10, 30, "a")]) == [stretch(0, 9, "a")]
    assert gaps(day(0), day(9), [stretch(11, 30, "a")]) == [stretch(0, 9)]


pairs = st.tuples(st.integers(-5, 25), st.integers(0, 12)).map(
    lambda pair: stretch(pair[0], pair[0] + pair[1])
)


@given(st.integers(0, 20), st.integers(0, 20), st.lists(pairs, max_size=5))
def test_no_day_is_left_out_and_none_is_read_twice(first: int, more: int, known: list[Stretch]) -> None:
    """Whatever was read before, in whatever pieces: gaps are the days that are not there, newest first."""
    wanted = {day(first + n) for n in range(more + 1)}
    found = gaps(day(first), day(first + more), known)
    assert sorted(days(found)) == sorted(wanted - set(days(known)))
    assert [one.last for one in found] == sorted((one.last for one in found), reverse=True)


def test_months_newest_first() -> None:
    """Cut at both ends."""
    assert months(date(2026, 1, 30), date(2026, 3, 2)) == [
        (date(2026, 3, 1), date(2026, 3, 2)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 30), date(2026, 1, 31)),
    ]
