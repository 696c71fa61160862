"""KPI numbers against sums worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import cast

import pytest

from bisonwatch.domain.daily import METRICS, Daily, span
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets import kpi
from bisonwatch.domain.datasets.kpi import Goal, Kpi, Numbers, Rates
from bisonwatch.domain.datasets.subject import Subject
from bisonwatch.domain.metric import Metric
from tests.domain.datasets.examples import MADE, at

UNKNOWN = Numbers(None, None, None, None, None)
EXAMPLE = cast(Kpi, MADE[DatasetName.KPI].value)
COMPLETE = dict.fromkeys(METRICS, date(2026, 1, 1))


def of(subject: Subject, known: Daily, target: int | None = 40) -> Kpi:
    return cast(Kpi, kpi.make(subject, known, target).value)


def counted(first: date, last: date, metric: Metric = Metric.SENT, n: int = 1) -> Daily:
    days = {day: {metric: n} for day in span(first, last)}
    return Daily(counted=days, complete=COMPLETE)


def leads(n: int) -> Daily:
    """So many in all of a month, on its first day."""
    return Daily(
        counted={date(2026, month, 1): {Metric.INTERESTED: n} for month in range(1, 13)}, complete=COMPLETE
    )


def test_a_month_so_far_by_hand() -> None:
    """November to the 21st has 15 working days: the 2nd to 6th, 9th to 13th and 16th to 20th, whose numbers add up to 20 + 55 + 90 = 165.

    Sent: 15 x 2000 - 165 = 29,835, and today's 10 (9 reported, 1 after). Replied: 15 x 20. Bounced: 2, on the 10th. Interested: a lead
    each day and one more on the odd ones (3, 5, 9, 11, 13, 17, 19), so 22. Rates: 300, 22, 2 and 15 by 29,845.
    """
    month = EXAMPLE.month
    assert (month.first, month.last, month.known_from) == (
        date(2026, 11, 1),
        date(2026, 11, 21),
        date(2026, 11, 1),
    )
    assert month.shown == month.counted == Numbers(29_845, 300, 22, 2, 15)
    assert month.reported == Numbers(29_844, 300, 22, 2, 15)
    assert month.rates == Rates(0.010052, 0.000737, 0.000067, 0.000503)


def test_the_other_days_by_hand() -> None:
    """The last seven days are the 16th to 20th (10,000 - 90) and today's 10. October has 22 working days with 353 in all, of which we
    counted the 15 from the 12th on (with 315): before, the reports say how much, but the weekends there are in none."""
    assert EXAMPLE.today.shown == Numbers(10, 0, 0, 0, 0)
    assert EXAMPLE.last_7_days.shown == Numbers(9_920, 100, 7, 0, 5)
    assert EXAMPLE.last_30_days.first == date(2026, 10, 23)
    last = EXAMPLE.last_month
    assert (last.first, last.last, last.known_from) == (
        date(2026, 10, 1),
        date(2026, 10, 31),
        date(2026, 10, 12),
    )
    assert (last.shown.sent, last.counted.sent, last.reported.sent) == (43_647, 29_685, 43_647)


def test_pace_and_projection_by_hand() -> None:
    """20.5 of 30 days are gone with 22 leads: 22 / 20.5 a day, 22 / (20.5 / 30) = 32.2 at the end; the 18 that lack of 40 in 9.5 days."""
    assert EXAMPLE.goal == Goal(40, 22, 18, 0.55, 1.073171, 1.894737, 32)


@pytest.mark.parametrize(
    ("subject", "month", "last_month", "days_30"),
    [
        # on the first of March a month of one day, all of February, and thirty days from the 31st of January
        (at(2026, 3, 1), 1, 28, 30),
        # on its last day 31, and thirty days from the 2nd
        (at(2026, 3, 31, 23), 31, 28, 30),
        (at(2026, 2, 28), 28, 31, 30),
        (at(2026, 1, 1), 1, 0, 1),  # nothing is counted before this year, when it was watched from
        (at(2026, 12, 31), 31, 30, 30),
    ],
)
def test_days_at_the_ends_of_months(subject: Subject, month: int, last_month: int, days_30: int) -> None:
    """One message a day since New Year: each number is how many days there are."""
    made = of(subject, counted(date(2026, 1, 1), date(2026, 12, 31)))
    assert (made.month.shown.sent, made.last_month.shown.sent or 0) == (month, last_month)
    assert made.last_30_days.shown.sent == days_30
    assert made.today.shown.sent == 1
    first, last = kpi.window(subject.today)
    assert first == min(made.last_month.first, made.last_30_days.first)
    assert last == subject.today


def test_a_month_begins_on_the_utc_day() -> None:
    """Half past midnight in a zone two hours ahead is still last month."""
    local = Subject(
        EXAMPLE.subject.workspace, "", EXAMPLE.subject.at.fromisoformat("2026-12-01T00:30:00+02:00")
    )
    assert of(local, Daily()).month.last == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("subject", "so_far", "target", "expected"),
    [
        # the first midnight: half of a long month's day counts as gone (1/62), so that two leads are on their way to 124
        (at(2026, 12, 1), 2, 40, Goal(40, 2, 38, 0.05, 4.0, 1.225806, 124)),
        # half of February is gone
        (at(2026, 2, 15), 14, 28, Goal(28, 14, 14, 0.5, 1.0, 1.0, 28)),
        # the last noon: 1 lead more within half a day
        (at(2026, 12, 31, 12), 39, 40, Goal(40, 39, 1, 0.975, 1.278689, 2.0, 40)),
        # reached, and over it
        (at(2026, 11, 16), 45, 40, Goal(40, 45, 0, 1.125, 3.0, 0.0, 90)),
        # none yet
        (at(2026, 11, 16), 0, 40, Goal(40, 0, 40, 0.0, 0.0, 2.666667, 0)),
        # no target, and a target of nothing
        (at(2026, 11, 16), 15, None, Goal(None, 15, None, None, 1.0, None, 30)),
        (at(2026, 11, 16), 15, 0, Goal(0, 15, 0, None, 1.0, 0.0, 30)),
    ],
)
def test_goals_by_hand(subject: Subject, so_far: int, target: int | None, expected: Goal) -> None:
    """Progress, what remains, what a day brought and has to bring, and where it leads."""
    assert of(subject, leads(so_far), target).goal == expected


def test_what_is_unknown_is_not_nothing() -> None:
    """Nothing was ever heard: every number and every rate is None, and so is all that follows from them, but for the target."""
    made = of(at(2026, 11, 16), Daily())
    assert made.month.shown == made.month.counted == made.month.reported == UNKNOWN
    assert (made.month.known_from, made.month.rates) == (None, Rates(None, None, None, None))
    assert made.goal == Goal(40, None, None, None, None, None, None)


def test_a_day_that_was_watched_and_quiet_is_nothing() -> None:
    """Zero then, and no rate where nothing was sent; the days before it was watched are missing."""
    made = of(at(2026, 11, 16), Daily(complete=dict.fromkeys(METRICS, date(2026, 11, 10))))
    assert made.month.shown == Numbers(0, 0, 0, 0, 0)
    assert made.month.reported == UNKNOWN
    assert made.month.rates.reply is None
    assert made.month.known_from == date(2026, 11, 10)
    assert made.last_month.shown == UNKNOWN


def test_a_metric_alone_that_is_missing_is_told() -> None:
    """Everything is counted since the first but unsubscribes since the 5th: from then on nothing is missing."""
    complete = dict.fromkeys(METRICS, date(2026, 11, 1)) | {Metric.UNSUBSCRIBED: date(2026, 11, 5)}
    assert of(at(2026, 11, 16), Daily(complete=complete)).month.known_from == date(2026, 11, 5)


@pytest.mark.parametrize(
    ("known", "target", "expected"),
    [
        (counted(date(2026, 11, 1), date(2026, 11, 16)), 40, []),
        (counted(date(2026, 11, 1), date(2026, 11, 16)), None, ["no KPI target"]),
        (counted(date(2026, 11, 1), date(2026, 11, 9)), 40, ["a KPI target of 40, and nothing was sent for seven days"]),
        (counted(date(2026, 11, 1), date(2026, 11, 10)), 40, []),  # the tenth is one of the seven days
        (Daily(), 40, []),  # nobody knows what was sent
        (counted(date(2026, 10, 31), date(2026, 11, 16), Metric.INTERESTED, 70), None, [
            "no KPI target", "1,120 interested leads this month: more than 1,000 are unlikely",
        ]),
        (counted(date(2026, 10, 1), date(2026, 10, 11), Metric.INTERESTED, 91), None, [
            "no KPI target", "1,001 interested leads last month",
        ]),
        (counted(date(2026, 10, 1), date(2026, 10, 10), Metric.INTERESTED, 100), None, ["no KPI target"]),
    ],
)  # fmt: skip
def test_what_is_suspicious_is_said(known: Daily, target: int | None, expected: list[str]) -> None:
    """In sentences: no target, a target without mail, more leads than can be."""
    warnings = kpi.make(at(2026, 11, 16), known, target).warnings
    assert [said.startswith(begins) for said, begins in zip(warnings, expected, strict=True)] == [True] * len(
        expected
    )
