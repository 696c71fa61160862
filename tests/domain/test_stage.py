from __future__ import annotations

import itertools

import pytest

from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.stage import Marks, Stage, automatic
from tests.support.news import at

STAGES = {
    (): Stage.NEW,
    ("contacted",): Stage.CONTACTED,
    ("replied",): Stage.REPLIED,
    ("contacted", "replied"): Stage.REPLIED,
    ("bounced",): Stage.BOUNCED,
    ("contacted", "bounced"): Stage.BOUNCED,
    ("replied", "bounced"): Stage.BOUNCED,
    ("contacted", "replied", "bounced"): Stage.BOUNCED,
    ("unsubscribed",): Stage.UNSUBSCRIBED,
    ("contacted", "unsubscribed"): Stage.UNSUBSCRIBED,
    ("replied", "unsubscribed"): Stage.UNSUBSCRIBED,
    ("contacted", "replied", "unsubscribed"): Stage.UNSUBSCRIBED,
}
NAMES = ("contacted", "replied", "interested", "bounced", "unsubscribed")


def subsets() -> list[tuple[str, ...]]:
    return [some for size in range(6) for some in itertools.combinations(NAMES, size)]


@pytest.mark.parametrize("some", subsets(), ids="+".join)
@pytest.mark.parametrize("bounced_first", [True, False], ids=["bounced first", "unsubscribed first"])
def test_every_set_of_marks(some: tuple[str, ...], bounced_first: bool) -> None:
    """Interested outranks all; of bounced and unsubscribed the earlier; then replied, contacted, new."""
    minutes = {"bounced": 1, "unsubscribed": 2} if bounced_first else {"bounced": 2, "unsubscribed": 1}
    marks = Marks(**{f"{name}_at": at(minutes.get(name, 5)) for name in some})
    if "interested" in some:
        expected = Stage.INTERESTED
    elif {"bounced", "unsubscribed"} <= {*some}:
        expected = Stage.BOUNCED if bounced_first else Stage.UNSUBSCRIBED
    else:
        expected = STAGES[some]
    assert automatic(marks) is expected


def test_of_one_moment_bounced_comes_first() -> None:
    """A tie is decided, so that order cannot."""
    assert automatic(Marks(bounced_at=at(1), unsubscribed_at=at(1))) is Stage.BOUNCED


def test_marks_merge_to_the_earliest() -> None:
    """Commutative, associative, and the same news twice is once."""
    a, b, c = Marks(at(1), None, at(9)), Marks(at(2), at(3), at(4)), Marks(None, at(1), None, at(5), at(6))
    assert a.merged(b) == b.merged(a) == Marks(at(1), at(3), at(4))
    assert a.merged(b).merged(c) == a.merged(b.merged(c)) == Marks(at(1), at(1), at(4), at(5), at(6))
    assert a.merged(a) == a
    assert a.merged(Marks()) == a


def test_which_news_wins() -> None:
    """The later date, then a read over an event, then the higher number; equal news wins, and any over none."""
    event, read = SourceRank.EVENT, SourceRank.READ
    ranked = [
        Version(at(0), event, 9),
        Version(at(0), read, 1),
        Version(at(0), read, 2),
        Version(at(1), event, 0),
    ]
    for lower, higher in itertools.combinations(ranked, 2):
        assert higher.wins_over(lower)
        assert not lower.wins_over(higher)
    assert ranked[0].wins_over(ranked[0])
    assert ranked[0].wins_over(None)
