from __future__ import annotations

from datetime import timedelta

import pytest

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.sync.plan import Candidate, Tempo, due
from tests.support.news import NOON, at


def candidate(
    number: int,
    heard: float | None = None,
    walked: float | None = None,
    tried: float | None = None,
    active: bool = True,
) -> Candidate:
    """Moments in minutes before noon."""
    moments = [None if ago is None else at(-ago) for ago in (heard, walked, tried)]
    return Candidate(WorkspaceKey("main", number), active, *moments)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        pytest.param([candidate(1)], [1], id="never walked"),
        pytest.param([candidate(1, tried=0.5)], [], id="never walked, failed half a minute ago"),
        pytest.param([candidate(1, tried=1)], [1], id="never walked, failed a minute ago"),
        pytest.param([candidate(1, active=False)], [], id="paused"),
        pytest.param([candidate(1, heard=1, walked=4.9)], [], id="heard, not yet"),
        pytest.param([candidate(1, heard=1, walked=5)], [1], id="heard, due"),
        pytest.param([candidate(1, heard=4.9, walked=2)], [], id="not yet silent"),
        pytest.param([candidate(1, heard=5, walked=0.9)], [], id="silent, walked just now"),
        pytest.param([candidate(1, heard=5, walked=1)], [1], id="silent, due"),
        pytest.param([candidate(1, heard=None, walked=1)], [1], id="never heard is silent"),
        pytest.param([candidate(1, heard=6, walked=9, tried=0.5)], [], id="a failed walk waits too"),
        pytest.param([candidate(1, heard=0, walked=9, tried=0.9)], [], id="heard, failed just now"),
        pytest.param([candidate(1, heard=0, walked=9, tried=1)], [1], id="heard, failed a minute ago"),
        pytest.param([candidate(1, heard=0, walked=0.5, tried=1)], [], id="heard, walked since it failed"),
        pytest.param(
            [candidate(1, 1, 6), candidate(2, 9, 2), candidate(3), candidate(4, 9, 3)],
            [3, 4, 2, 1],
            id="never walked, then silent by waiting time, then the others",
        ),
    ],
)
def test_who_is_walked_now(candidates: list[Candidate], expected: list[int]) -> None:
    """The plan is a table of moments."""
    assert [workspace.id for workspace in due(candidates, NOON, Tempo())] == expected


def test_the_overlap_covers_what_was_left_to_settle() -> None:
    """However a demonstration compresses the tempo, a row left by one walk is met by the next."""
    tempo = Tempo(settle=timedelta(seconds=8), overlap=timedelta(seconds=2))
    assert tempo.reach == timedelta(seconds=8)
