"""Which queued runs a node takes: its own share at once, what others leave lying after a while."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Run, RunState, as_one
from bisonwatch.domain.share import WHOLE, Share, share_of
from bisonwatch.engine.turns import PATIENCE, Home, turns
from tests.support.news import NOON, at

FIRST, SECOND = Share(0, 2), Share(1, 2)
FIXED = 99


def home(workspace: WorkspaceKey) -> Home:
    return Home(workspace.id, workspace.id == FIXED)


def run(workspace: int | None = None, share: Share = WHOLE, age: timedelta = timedelta(0)) -> Run:
    key = None if workspace is None else WorkspaceKey("main", workspace)
    return Run(uuid4(), Job.POLL, key, (), "ops", RunState.QUEUED, NOON - age, share=share)


@pytest.mark.parametrize(
    ("queued", "takers"),
    [
        (run(4), [FIRST]),
        (run(5), [SECOND]),
        (run(5, age=PATIENCE), [FIRST, SECOND]),
        (run(FIXED, age=PATIENCE * 100), [SECOND]),
        (run(), [FIRST, SECOND]),
        (run(share=FIRST), [FIRST]),
        (run(share=SECOND), [SECOND]),
        (run(share=SECOND, age=PATIENCE), [FIRST, SECOND]),
        (run(share=Share(2, 3)), []),
        (run(share=Share(2, 3), age=PATIENCE), [FIRST, SECOND]),
    ],
)
def test_who_takes_a_run(queued: Run, takers: list[Share]) -> None:
    """Whose share it is; after a while anybody, but where one process must keep a key's pace; alone, everything."""
    assert [share for share in (FIRST, SECOND) if turns([queued], share, home, NOON, 6)] == takers
    assert turns([queued], WHOLE, home, NOON, 6) == [queued.id]


def test_ones_own_come_first_and_never_more_than_hands() -> None:
    """What others left lying is older, and waits all the same."""
    left, own, more = run(5, age=PATIENCE * 2), run(4), run(6)
    assert turns([left, own, more], FIRST, home, NOON, 6) == [own.id, more.id, left.id]
    assert turns([left, own, more], FIRST, home, NOON, 2) == [own.id, more.id]


def test_shares_follow_the_living() -> None:
    """By their ids; a node that nobody heard of yet counts itself."""
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    assert share_of(two, [one, two, three]) == Share(1, 3)
    assert share_of(three, [one]) == Share(1, 2)
    assert share_of(one, []) == WHOLE


def test_shares_of_a_job_read_as_one_run() -> None:
    """From the first start to the last end; where they ended differently, partial."""
    shares = [
        Run(
            uuid4(),
            Job.POLL,
            None,
            (),
            "schedule",
            RunState.DONE,
            NOON,
            at(n),
            at(n + 1),
            outcome,
            share=share,
        )
        for n, (share, outcome) in enumerate(((FIRST, Outcome.SUCCESS), (SECOND, Outcome.FAILED)))
    ]
    whole = as_one(shares)
    assert (whole.started_at, whole.finished_at, whole.outcome) == (at(0), at(2), Outcome.PARTIAL)
    assert as_one(shares[:1]).outcome is Outcome.SUCCESS


def long(job: Job) -> Run:
    return Run(uuid4(), job, WorkspaceKey("main", 4), (), "ops", RunState.QUEUED, NOON)


def test_long_runs_leave_hands_for_the_others() -> None:
    """Backfills and resyncs of everybody, queued first, never keep a poll waiting; what runs already counts."""
    backfills, resyncs, poll = (
        [long(Job.BACKFILL) for _ in range(27)],
        [long(Job.RESYNC) for _ in range(27)],
        run(),
    )
    taken = turns([*backfills, *resyncs, poll], WHOLE, home, NOON, 6)
    assert taken == [one.id for one in (*backfills[:2], *resyncs[:2], poll)]
    busy = [Job.BACKFILL, Job.BACKFILL, Job.POLL]
    assert turns([*backfills, *resyncs, poll], WHOLE, home, NOON, 3, busy) == [
        one.id for one in (*resyncs[:2], poll)
    ]
    assert turns([long(Job.FULL)], WHOLE, home, NOON, 3, [Job.FULL]) == []
