"""What the provider's record says became of an event."""

from __future__ import annotations

import pytest

from bisonwatch.domain.promptness import TEN_MINUTES
from bisonwatch.domain.record import Outcome, Record, outcome, slots
from tests.support.news import NOON, at

A, L, R = Outcome.ANSWERED, Outcome.LATE, Outcome.REFUSED


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        ([], None),
        ([("succeeded", (503, 200))], A),
        ([("Success", ())], A),
        ([("failed", (503, None))], R),
        ([("failure", (200,))], R),
        ([("pending", (503,))], L),
        ([("queued", ())], L),
        ([("processing", (200,))], A),
        ([("", ())], L),
        ([("failed", ()), ("succeeded", ())], A),
        ([("failed", ()), ("pending", ())], L),
    ],
)
def test_one_delivery_that_succeeded_is_enough(
    deliveries: list[tuple[str, tuple[int | None, ...]]], expected: Outcome | None
) -> None:
    """A word nobody knows is no decision; what is still tried is late, not missed."""
    assert outcome(deliveries) is expected


def test_events_are_added_up_by_the_minute_of_their_logging() -> None:
    """Of those that are wanted."""
    seen = [(at(1.2), A), (at(1.9), R), (at(1), L), (at(3), A), (at(-1), A)]
    assert slots(seen, lambda when: when >= NOON, TEN_MINUTES) == {at(1): Record(1, 1, 1), at(3): Record(1)}


def test_what_is_undecided_is_in_no_share() -> None:
    """Nothing decided is no share at all, and not 100 %."""
    assert [r.share for r in (Record(), Record(late=9), Record(3, 1, 9))] == [None, None, 0.75]
