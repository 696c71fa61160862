"""When a job is due: a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize("minute", range(0, 60, 5))
def test_in_the_hour_that_comes_twice_a_job_is_never_due_in_the_past(minute: int) -> None:
    """Caught up in the second of the two hours: its next time is tomorrow, not an hour ago."""
    last = utc("2026-10-25 01:00") + timedelta(minutes=minute)
    assert At("30 2 * * *", BERLIN).next_after(last, last) == utc("2026-10-26 01:30")


@given(
    st.sampled_from(["2026-03-27", "2026-10-23"]),
    st.integers(0, 4 * 86_400),
    st.sampled_from(
        ["30 2 * * *", "0 3 * * *", "*/15 * * * *", "15,45 1-3 * * *", "0 */2 * * *", "59 23 * * *"]
    ),
    st.sampled_from([BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), UTC]),
)
def test_the_next_time_lies_ahead(start: str, seconds: int, cron: str, zone: tzinfo) -> None:
    """Whatever the clocks do: later than the last one, by a day and an hour at most, and no later seen from a later moment."""
    last = utc(start) + timedelta(seconds=seconds)
    coming = At(cron, zone).next_after(last, last)
    assert last < coming <= last + timedelta(hours=25)
    between = last + (coming - last) / 2
    assert At(cron, zone).next_after(between, between) == coming


@pytest.mark.parametrize(
    ("down_from", "back_at", "caught_up"),
    [
        ("2026-09-11 12:00", "2026-09-14 12:00", True),  # three nights were missed
        ("2026-09-13 23:00", "2026-09-14 04:00", True),  # one
        ("2026-09-14 02:59:59", "2026-09-14 03:00:00", True),  # exactly its moment
        ("2026-09-14 03:30", "2026-09-14 23:00", False),  # none
        ("2026-09-14 02:00", "2026-09-14 02:30", False),  # back before it
    ],
)
def test_what_a_downtime_missed_is_caught_up_once(down_from: str, back_at: str, caught_up: bool) -> None:
    """By a clock moved by hand: a run each night until the downtime, one after it if any was missed, and then each night."""
    plan = Plan({Job.FULL: At("0 3 * * *", UTC)}, later=frozenset({Job.FULL}))
    now, ran = utc("2026-09-01 18:00"), list[datetime]()
    installed = now
    while now < utc("2026-09-17 12:00"):
        if not utc(down_from) <= now < utc(back_at):
            last = {Job.FULL: Last(ran[-1], failed=False)} if ran else {}
            if plan.due(last, frozenset(), now, anything_known=True, installed=installed):
                ran.append(now)
        now += timedelta(minutes=1) if now.second == 0 else timedelta(seconds=60 - now.second)
        back = utc(back_at)
        now = back if now - timedelta(minutes=1) < back < now else now
    nights = [utc("2026-09-02 03:00") + timedelta(days=day) for day in range(16)]
    missed = [night for night in nights if utc(down_from) <= night < utc(back_at)]
    expected = sorted({*nights} - {*missed} | ({utc(back_at)} if caught_up else set()))
    assert ran == expected
    assert bool(missed) == (caught_up and utc(back_at) not in nights)


def test_a_new_mirror_waits_for_the_first_night() -> None:
    """The full sync does not come with the installation, and the first night is not forgotten because of a restart."""
    plan = Plan({Job.FULL: At("0 3 * * *", UTC), Job.REPORTS: HALF_HOUR}, later=frozenset({Job.FULL}))

    def due(at: str) -> tuple[Job, ...]:
        return plan.due({}, frozenset(), utc(at), anything_known=True, installed=utc("2026-09-14 12:00"))

    assert due("2026-09-14 12:00") == (Job.REPORTS,)
    assert due("2026-09-15 02:59") == (Job.REPORTS,)
    assert due("2026-09-15 03:00") == due("2026-09-15 09:00") == (Job.FULL, Job.REPORTS)


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
