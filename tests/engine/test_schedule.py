"""When a job is due: a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bisonwatch.domain.run import Job
from bisonwatch.engine.schedule import At, Every, Last, Plan

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
HALF_HOUR = Every(timedelta(minutes=30))
NIGHTLY = At("0 2 * * *", UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "last", "expected"),
    [
        (HALF_HOUR, None, "2026-09-14 12:00"),
        (HALF_HOUR, "2026-09-14 11:50", "2026-09-14 12:20"),
        (HALF_HOUR, "2026-09-10 11:50", "2026-09-10 12:20"),
        (NIGHTLY, None, "2026-09-14 12:00"),
        (NIGHTLY, "2026-09-14 02:00", "2026-09-15 02:00"),
        (NIGHTLY, "2026-09-14 01:59:59", "2026-09-14 02:00"),
        (At("0 2 * * *", BERLIN), "2026-09-13 03:00", "2026-09-14 00:00"),
        (At("*/15 * * * *", UTC), "2026-09-14 11:59", "2026-09-14 12:00"),
        (At("30 2 * * *", BERLIN), "2026-03-28 12:00", "2026-03-29 01:00"),  # 02:30 does not exist: at 03:00
        (At("30 2 * * *", BERLIN), "2026-10-24 12:00", "2026-10-25 00:30"),  # 02:30 comes twice: at the first
        (At("30 2 * * *", BERLIN), "2026-10-25 00:30", "2026-10-26 01:30"),  # and once only
        (At("0 9 * * 1-5", BERLIN), "2026-10-23 07:00", "2026-10-26 08:00"),  # winter time since Sunday
    ],
)
def test_a_rhythm_names_its_next_time(rhythm: Every | At, last: str | None, expected: str) -> None:
    """From the last run's start, in the operator's zone, as a moment in UTC."""
    assert rhythm.next_after(utc(last) if last else None, NOW) == utc(expected)


def test_a_downtime_is_caught_up_once() -> None:
    """Three nights were missed: the job runs now, and after that not before tomorrow."""
    plan = Plan({Job.DISCOVER: NIGHTLY})
    missed = {Job.DISCOVER: Last(NOW - timedelta(days=3), failed=False)}
    assert plan.due(missed, frozenset(), NOW, anything_known=True) == (Job.DISCOVER,)
    done = {Job.DISCOVER: Last(NOW, failed=False)}
    assert plan.due(done, frozenset(), NOW + timedelta(hours=13), anything_known=True) == ()


@pytest.mark.parametrize("rhythm", [NIGHTLY, HALF_HOUR])
def test_a_failed_job_comes_again_after_a_minute(rhythm: Every | At) -> None:
    """Instead of at its next regular time."""
    plan = Plan({Job.REPORTS: rhythm})
    failed = Last(NOW, failed=True)
    assert plan.next(Job.REPORTS, failed, NOW) == NOW + timedelta(minutes=1)


def test_a_quick_rhythm_is_not_slowed_by_a_failure() -> None:
    """A job that comes every ten seconds comes in ten seconds."""
    plan = Plan({Job.POLL: Every(timedelta(seconds=10))})
    assert plan.next(Job.POLL, Last(NOW, failed=True), NOW) == NOW + timedelta(seconds=10)


def test_what_is_busy_is_not_queued_again() -> None:
    """And while no workspace is known, only looking for them makes sense."""
    plan = Plan({Job.DISCOVER: NIGHTLY, Job.ACCOUNTS: HALF_HOUR, Job.REPORTS: HALF_HOUR})
    assert plan.due({}, frozenset(), NOW, anything_known=False) == (Job.DISCOVER,)
    assert plan.due({}, frozenset({Job.DISCOVER}), NOW, anything_known=False) == ()
    assert plan.due({}, frozenset({Job.DISCOVER, Job.ACCOUNTS}), NOW, anything_known=True) == (Job.REPORTS,)


def test_the_screen_shows_rhythms_in_words_and_never_a_time_gone_by() -> None:
    """A job that is due says now."""
    plan = Plan({Job.ACCOUNTS: HALF_HOUR, Job.DISCOVER: NIGHTLY})
    assert plan.shown({Job.ACCOUNTS: Last(NOW - timedelta(hours=9), failed=False)}, NOW) == {
        Job.ACCOUNTS: ("every 30m", NOW),
        Job.DISCOVER: ("at 0 2 * * *", NOW),
    }


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(10, "every 10s"), (60, "every 1m"), (90, "every 90s"), (3600, "every 1h"), (5400, "every 90m")],
)
def test_an_interval_in_words(seconds: int, words: str) -> None:
    """The largest unit that fits."""
    assert str(Every(timedelta(seconds=seconds))) == words
