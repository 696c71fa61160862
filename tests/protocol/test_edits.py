"""What changed between two lists, and the list after it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.protocol.edits import Edit, edit, edited

lists = st.lists(st.integers(0, 9), max_size=12).map(tuple)


@given(lists, lists)
def test_the_list_after_it_is_always_the_right_one(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    """Whatever came, went, moved or stands there twice; nothing is told where nothing changed."""
    change = edit(before, after, lambda row: row)
    assert (change is None) == (before == after) or len(set(before)) < len(before)
    assert after == (edited(before, change) if change else before)


def test_as_little_is_told_as_there_is() -> None:
    """A tail that moved on by one: the new row, and where the others are."""
    before = tuple(range(60))
    assert edit(before, (99, *before[:59]), lambda row: row) == Edit((99,), ((-1, 1), (0, 59)))


@pytest.mark.parametrize(
    "change",
    [
        Edit((), ((5, 1),)),
        Edit((), ((-1, 1),)),
        Edit((1,), ((-2, 1),)),
        Edit((), ((0, 0),)),
        Edit((), ((0, 4),)),
    ],
)
def test_a_change_of_another_list_is_refused(change: Edit[int]) -> None:
    """Rather than shown as a wrong one."""
    with pytest.raises(ValueError, match="another list"):
        edited((1, 2, 3), change)
