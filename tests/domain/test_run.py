from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Run, RunState, Tally, as_one
from bisonwatch.domain.share import Share
from bisonwatch.domain.totals import Totals

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def share(number: int, tally: Tally, outcome: Outcome = Outcome.SUCCESS) -> Run:
    run = Run(
        UUID(int=number), Job.ACCOUNTS, None, (), "schedule", RunState.DONE, NOON, share=Share(number, 2)
    )
    return replace(run, outcome=outcome, tally=tally)


def keys(first: int, count: int) -> dict[WorkspaceKey, int]:
    return {WorkspaceKey("main", n): 100 + n for n in range(first, first + count)}


def test_shares_add_up() -> None:
    """Rows, requests and workspaces of all shares, not of the first alone."""
    one = Tally(10, 20, 30, 4, 5, 6, 7, 8, 9, 3, Totals.of(keys(1, 3)))
    other = Tally(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, Totals((("eu", 50),), (("eu/7", 50),)))
    whole = as_one([share(0, one), share(1, other, Outcome.PARTIAL)])
    totals = Totals(
        (("eu", 50), ("main", 306)), (("main/3", 103), ("main/2", 102), ("main/1", 101), ("eu/7", 50))
    )
    assert whole.tally == Tally(11, 22, 33, 8, 10, 12, 14, 16, 18, 3, totals)
    assert whole.outcome is Outcome.PARTIAL


def test_what_a_share_does_not_know() -> None:
    """A share that failed at once knows nothing and takes nothing away; one whose end is open makes the whole's open."""
    known = Tally(10, 20, workspaces=13, workspaces_failed=0, totals=Totals((("main", 433),), ()))
    assert as_one([share(0, Tally()), share(1, known)]).tally == known
    assert as_one([share(0, Tally(done=5)), share(1, known)]).tally.total is None


def test_the_largest_workspaces_of_two_shares() -> None:
    """Ten, whichever share they were in; ties by name; the sums by instance are of all of them."""
    counts = keys(1, 40)
    odd = Totals.of({key: count for key, count in counts.items() if key.id % 2})
    even = Totals.of({key: count for key, count in counts.items() if not key.id % 2})
    assert odd.plus(even) == even.plus(odd) == Totals.of(counts)
    assert [name for name, _ in odd.plus(even).top] == [f"main/{n}" for n in range(40, 30, -1)]
