from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain.absence import NOTHING, Absence, Verdict, judge

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IDS = st.frozensets(st.integers(1, 40), max_size=40)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def ids(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


def test_a_tenth_is_asked_for_more_is_held() -> None:
    """Four of forty are ordinary; five wait, and nothing is asked."""
    assert judge(ids(1, 2, 3, 4), 40, NOTHING, NOON, at(1), 0.10) == Verdict(
        ids(1, 2, 3, 4), NOTHING, new=False
    )
    held = Absence(ids(1, 2, 3, 4, 5), at(1), 40)
    assert judge(ids(1, 2, 3, 4, 5), 40, NOTHING, NOON, at(1), 0.10) == Verdict(ids(), held, new=True)


def test_the_next_complete_walk_agrees() -> None:
    """Those that it misses too are asked for; those that it met wait no more."""
    known = Absence(ids(1, 2, 3, 4, 5), at(1), 40)
    found = judge(ids(1, 2, 3, 4), 40, known, at(30), at(31), 0.10)
    assert (found.ask, found.after.held, found.new) == (ids(1, 2, 3, 4), ids(1, 2, 3, 4), False)
    assert found.after.settled(found.ask, ids(), None) == NOTHING


def test_a_walk_that_was_already_under_way_does_not_agree() -> None:
    """Another node's, that began before the hold: it is no second look. A few others that it misses are its own matter."""
    known = Absence(ids(1, 2, 3, 4, 5), at(1), 40)
    found = judge(ids(1, 2, 3, 4, 5, 6), 40, known, at(0.5), at(2), 0.10)
    assert found == Verdict(ids(6), known, new=False)


def test_what_the_second_walk_alone_misses_is_judged_anew() -> None:
    """Many new ones are held in their turn, while those that both miss are asked for."""
    known = Absence(ids(1, 2, 3, 4, 5), at(1), 40)
    found = judge(ids(1, 2, 3, 4, 5, *range(10, 20)), 40, known, at(30), at(31), 0.10)
    assert (found.ask, found.new) == (ids(1, 2, 3, 4, 5), True)
    assert found.after.settled(found.ask, ids(), None) == Absence(ids(*range(10, 20)), at(31), 40)


def test_a_persons_word_is_enough() -> None:
    """Confirmed, even a walk that began before counts; the word is used up when all were asked for."""
    known = Absence(ids(1, 2, 3, 4, 5), at(1), 40, ids(), at(2), "ops")
    found = judge(ids(1, 2, 3, 4, 5), 40, known, at(0.5), at(3), 0.10)
    assert found.ask == ids(1, 2, 3, 4, 5)
    assert found.after.settled(found.ask, ids(), at(2)) == NOTHING


def test_a_word_given_meanwhile_is_not_used_up() -> None:
    """A person confirms while the walk asks: the next one hears it."""
    known = Absence(ids(7), at(1), 40, ids(), at(5), "ops")
    assert known.settled(ids(), ids(), None) == known


def test_a_persons_word_is_about_those_it_was_given_for() -> None:
    """Others that are many at once are held, and not taken for confirmed."""
    known = Absence(ids(1, 2, 3, 4, 5), at(1), 40, ids(), at(2), "ops")
    found = judge(ids(*range(1, 30)), 40, known, at(3), at(4), 0.10)
    assert (found.ask, found.after.confirmed, found.after.held) == (
        ids(1, 2, 3, 4, 5),
        False,
        ids(*range(1, 30)),
    )


def test_those_elsewhere_are_no_drop() -> None:
    """Known to be another workspace's, they are asked for again each time, and hold nobody else up."""
    known = Absence(elsewhere=ids(1, 2, 3, 4, 5, 6))
    found = judge(ids(1, 2, 3, 4, 5, 6, 7), 40, known, at(30), at(31), 0.10)
    assert found == Verdict(ids(1, 2, 3, 4, 5, 6, 7), known, new=False)


@given(
    absent=IDS,
    held=IDS,
    elsewhere=IDS,
    stored=st.integers(0, 60),
    confirmed=st.booleans(),
    later=st.booleans(),
)
def test_nobody_is_asked_for_on_one_walks_word_when_many_are_missing(
    absent: frozenset[int],
    held: frozenset[int],
    elsewhere: frozenset[int],
    stored: int,
    confirmed: bool,
    later: bool,
) -> None:
    """Only absent accounts are asked for; of those that no other walk and no person spoke of, never more than the tenth; none is forgotten."""
    known = Absence(held, at(1) if held else None, 40, elsewhere, at(2) if confirmed else None)
    found = judge(absent, stored, known, at(2) if later else at(0), at(3), 0.10)
    assert found.ask <= absent
    spoken = (held if later or confirmed else frozenset()) | elsewhere
    assert len(found.ask - spoken) <= 0.10 * stored
    assert absent <= found.ask | found.after.held
    assert found.ask.isdisjoint(found.after.settled(found.ask, elsewhere, known.confirmed_at).held)
