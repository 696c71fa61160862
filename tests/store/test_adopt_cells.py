from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bisonwatch.store.adopt import cells


@pytest.mark.parametrize("value", [40, 40.0, "40", " 40.0 ", "4e1", Decimal("40.00"), Decimal("4E+1")])
def test_a_whole_number(value: object) -> None:
    """In whatever type it comes."""
    assert cells.number(value) == 40


@pytest.mark.parametrize(
    "value", [40.5, "40,5", "many", "", None, True, -1, 2**63, "1e999999999", "NaN", float("inf"), b"40"]
)
def test_no_whole_number(value: object) -> None:
    """Nobody rounds or guesses, and nothing overflows."""
    assert cells.number(value) is None


def test_edges_of_a_number() -> None:
    """The largest that our columns hold, exactly; 0 is a number."""
    assert [cells.number(value) for value in (0, 2**63 - 1, str(2**63 - 1))] == [0, 2**63 - 1, 2**63 - 1]
    assert [cells.small(value) for value in (2**31 - 1, 2**31)] == [2**31 - 1, None]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        *((True, True), (1, True), ("t", True), (" Active ", True)),
        *((False, False), (0.0, False), ("NO", False)),
        *((None, None), (2, None), ("perhaps", None)),
    ],
)
def test_a_truth(value: object, told: bool | None) -> None:
    """A boolean, 0 or 1, or a word for one."""
    assert cells.truth(value) is told


def test_a_moment() -> None:
    """By its type or as ISO text; without a zone it is UTC."""
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    told = ["2026-10-01T14:00:00+02:00", " 2026-10-01 12:00 ", datetime(2026, 10, 1, 12), "yesterday", 7]  # noqa: DTZ001
    assert [cells.moment(value) for value in told] == [noon, noon, noon, None, None]


def test_what_cannot_be_read() -> None:
    """Something that says nothing; an empty cell is not unreadable."""
    values = (None, "", "  ", "40", "many", 40.5)
    assert [cells.unreadable(value, cells.number) for value in values] == [False] * 4 + [True, True]
