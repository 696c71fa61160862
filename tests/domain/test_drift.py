"""Drift and its reasons: tables, and properties over any numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain import drift
from bisonwatch.domain.drift import ALARMED, Compared, Healing, Missed, Total
from bisonwatch.domain.metric import REPORTED, Metric

DAY = date(2026, 9, 14)
NOW = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)
DAYS = drift.span(NOW)
NUMBERS = st.integers(0, 10**7)
GAPS = st.dictionaries(st.sampled_from(["sent", "replied", "accounts"]), st.integers(-500, 500), min_size=1)


def compared(
    *counted: int, reported: int = 100, metric: Metric = Metric.SENT, missed: Missed | None = None
) -> list[Compared]:
    """The last days of one metric, the oldest first."""
    days = DAYS[-len(counted) :]
    return [Compared(day, metric, n, reported, missed) for day, n in zip(days, counted, strict=True)]


@given(NUMBERS, NUMBERS, st.integers(0, 50))
def test_drift_is_a_share_and_forgives_the_tolerance(counted: int, reported: int, tolerance: int) -> None:
    """Nought exactly where the gap is within the tolerance; else the gap over what is reported, never over nothing."""
    found = drift.drift(counted, reported, tolerance)
    gap = abs(counted - reported)
    assert (found == 0) == (gap <= tolerance)
    assert found == 0 or found * max(reported, 1) == pytest.approx(gap)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3), st.integers(0, 20))
def test_a_workspace_drifts_as_its_days_together(days: list[tuple[int, int]], tolerance: int) -> None:
    """Only the sums of the days count, whatever each day says."""
    rows = [
        Compared(DAY - timedelta(days=back), Metric.SENT, counted, reported)
        for back, (counted, reported) in enumerate(days)
    ]
    sums = sum(pair[0] for pair in days), sum(pair[1] for pair in days)
    found = drift.verdict(rows, tolerance, 0.05)
    assert found.drift == drift.drift(*sums, tolerance)
    assert dict(found.gaps) == ({"sent": sums[0] - sums[1]} if (found.drift or 0) > 0.05 else {})


@given(st.sampled_from([m for m in REPORTED if m not in ALARMED]), NUMBERS, NUMBERS)
def test_opened_and_interested_never_alarm(metric: Metric, counted: int, reported: int) -> None:
    """However far apart, alone or beside a number that agrees."""
    rows = [Compared(DAY, metric, counted, reported), Compared(DAY, Metric.SENT, 9, 9)]
    found = drift.verdict(rows, 5, 0.05)
    assert (found.drift, dict(found.gaps)) == (0.0, {})
    assert drift.verdict(rows[:1], 5, 0.05).drift is None


def test_the_metric_that_drifts_most_is_named() -> None:
    """With its gap in words; the others over the threshold stand beside it."""
    rows = compared(90, 90, 90) + compared(10, 10, 10, reported=20, metric=Metric.REPLIED)
    found = drift.verdict(rows, 5, 0.05)
    assert (found.drift, found.metric) == (0.5, Metric.REPLIED)
    assert found.reason == "30 replies fewer than the provider reports"
    assert dict(found.gaps) == {"sent": -30, "replied": -30}


def hourly(hours: range, each: int = 10) -> list[datetime]:
    """So many facts in each of these hours of the first day's morning onwards."""
    start = datetime(2026, 9, 11, tzinfo=UTC)
    return [
        start + timedelta(days=day, hours=hour, minutes=minute)
        for day in range(4)
        for hour in hours
        for minute in range(each)
        if start + timedelta(days=day, hours=hour, minutes=minute) <= NOW
    ]


def reported_in(zone: int, moments: list[datetime]) -> list[Compared]:
    """What a provider reports whose days begin `zone` hours later than ours, beside what UTC days count."""
    found = []
    for day in DAYS:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        ours = [at for at in moments if start <= at < start + timedelta(days=1)]
        begins = start + timedelta(hours=zone)
        theirs = [at for at in moments if begins <= at < begins + timedelta(days=1)]
        found.append(Compared(day, Metric.SENT, len(ours), len(theirs)))
    return found


@given(st.sampled_from([-14, -9, -5, -2, 3, 6, 12]), st.integers(1, 40), st.integers(0, 2))
def test_a_zone_is_recognised(zone: int, each: int, seed: int) -> None:
    """Days of any zone explain what they made, whenever a whole day shows it; what they explain is no drift."""
    moments = [at for at in hourly(range(24), each) if (at.day * 7 + at.hour + seed) % 5]
    rows = reported_in(zone, moments)
    found = drift.shift_of(rows, {Metric.SENT: moments}, NOW, 5)
    whole = any(abs(row.gap) > 5 for row in rows[:-1])
    assert (found is not None) == whole
    if found is not None:
        verdict = drift.shifted(drift.verdict(rows, 5, 0.05), found)
        assert (verdict.drift, dict(verdict.gaps), verdict.shift) == (0.0, {}, found)


def test_the_zone_is_told_in_words() -> None:
    """Instead of an alarm."""
    assert drift.shift_words(-2) == (
        "the provider's days begin 2 h earlier than in UTC, which explains it: nothing is missing"
    )


def test_a_zone_that_was_proved_explains_quiet_days_too() -> None:
    """Where each day is like the other only today's gap is left: the known zone explains it, and none is guessed."""
    moments = hourly(range(20, 24))
    rows = reported_in(-2, moments)
    assert drift.shift_of(rows, {Metric.SENT: moments}, NOW, 5) is None
    assert drift.shift_of(rows, {Metric.SENT: moments}, NOW, 5, known=-2) == -2
    assert drift.shift_of(rows, {Metric.SENT: moments}, NOW, 5, known=5) is None


def test_what_is_lost_is_no_zone() -> None:
    """Nor is what is missing of today alone, although a few hours of yesterday would fill it."""
    moments = hourly(range(24))
    whole = reported_in(0, moments)
    lost_today = [at for at in moments if not (at.date() == DAY and at.hour >= 14)]
    rows = [
        Compared(row.day, row.metric, sum(at.date() == row.day for at in lost_today), row.reported)
        for row in whole
    ]
    assert drift.verdict(rows, 5, 0.05).gaps
    assert drift.shift_of(rows, {Metric.SENT: lost_today}, NOW, 5) is None
    office = hourly(range(9, 17))
    gone = [at for at in office if at.day != 13]
    rows = [
        Compared(row.day, row.metric, sum(at.date() == row.day for at in gone), row.reported)
        for row in reported_in(0, office)
    ]
    assert drift.shift_of(rows, {Metric.SENT: gone}, NOW, 5) is None


def test_a_zone_must_explain_every_metric_on_three_days() -> None:
    """Replies that are missing are not excused by mails that lie in another day; nor do two days prove anything."""
    moments = [at for at in hourly(range(20, 24)) if at.day != 12 or at.minute < 5]
    rows = reported_in(-2, moments)
    assert drift.shift_of(rows, {Metric.SENT: moments}, NOW, 5) == -2
    lost = [Compared(day, Metric.REPLIED, 0, 30) for day in DAYS]
    assert drift.shift_of(rows + lost, {Metric.SENT: moments}, NOW, 5) is None
    assert drift.shift_of(rows[1:], {Metric.SENT: moments}, NOW, 5) is None


def missed(by_poll: int = 14, late: int = 0, last: int = 40) -> Missed:
    at = datetime(2026, 9, 14, 10, tzinfo=UTC)
    return Missed(by_poll, late, at + timedelta(minutes=2), at + timedelta(minutes=last))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Compared(DAY, Metric.REPLIED, 50, 50), None),
        (Compared(DAY, Metric.REPLIED, 50, 55), None),
        (
            Compared(DAY, Metric.REPLIED, 50, 50, missed()),
            "webhooks missed 14 replies between 10:02 and 10:40, filled by poll",
        ),
        (
            Compared(DAY, Metric.REPLIED, 50, 50, missed(1, last=2)),
            "webhooks missed 1 reply at 10:02, filled by poll",
        ),
        (
            Compared(DAY, Metric.BOUNCED, 50, 50, missed(2, 3)),
            "webhooks missed 2 bounces between 10:02 and 10:40, filled by poll; 3 more came late",
        ),
        (
            Compared(DAY, Metric.SENT, 50, 50, missed(0, 1_200)),
            "webhooks brought 1,200 sent mails late, between 10:02 and 10:40",
        ),
        (Compared(DAY, Metric.SENT, 50, 56), "6 sent mails fewer than the provider reports"),
        (
            Compared(DAY, Metric.UNSUBSCRIBED, 20, 1, missed(1, last=2)),
            "webhooks missed 1 unsubscribe at 10:02, filled by poll; 19 unsubscribes more than the provider reports",
        ),
    ],
)
def test_a_reason_is_a_sentence(row: Compared, words: str | None) -> None:
    """What webhooks missed, when, and what filled it; then what is still apart."""
    assert drift.reason(row, 5) == words


@given(GAPS, GAPS, st.booleans(), st.integers(0, 100))
def test_a_resync_starts_once_per_drift(
    gaps: dict[str, int], before: dict[str, int], healed: bool, hours: int
) -> None:
    """Within a day again only for a new drift with other numbers; without a drift never; a lasting one after a day."""
    last = Healing(NOW - timedelta(hours=hours), before, healed)
    wanted = drift.wants_resync(gaps, last, NOW)
    assert wanted == (hours >= 24 or (healed and gaps != before))
    assert drift.wants_resync(gaps, None, NOW)
    assert not drift.wants_resync({}, last, NOW)


@given(NUMBERS, NUMBERS)
def test_only_rows_that_are_missing_here_want_a_resync(here: int, there: int) -> None:
    """What the provider forgot is no loss, and no reading brings it back."""
    short = drift.short([Total("leads", here, there)], 5, 0.05)
    assert bool(short) == (there - here > 5 and (there - here) / there > 0.05)
    assert drift.short([Total("leads", max(here, there), min(here, there))], 5, 0.05) == {}
