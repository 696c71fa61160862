"""What is shown of a day, and of days together."""

from __future__ import annotations

from datetime import date

import pytest

from bisonwatch.domain.daily import METRICS, Daily, span
from bisonwatch.domain.metric import Metric

DAY, BEFORE = date(2026, 11, 20), date(2026, 11, 19)
SENT, BOUNCED = Metric.SENT, Metric.BOUNCED


@pytest.mark.parametrize(
    ("daily", "shown"),
    [
        (Daily(), None),
        (Daily(counted={DAY: {SENT: 7}}), 7),
        (Daily({DAY: {SENT: 7}}, {DAY: {SENT: 5}}), 5),
        (Daily({DAY: {SENT: 7}}, {DAY: {SENT: 5}}, {DAY: {SENT: 1}}), 6),
        (Daily({DAY: {SENT: 7}}, {DAY: {SENT: 0}}), 0),
        # another metric's report says nothing of this one, but that the day is known
        (Daily({DAY: {SENT: 7}}, {DAY: {BOUNCED: 5}}), 7),
        (Daily({}, {DAY: {BOUNCED: 5}}), 0),
        (Daily({DAY: {BOUNCED: 5}}), 0),
        # what came after the report of a day that has none is in its count already
        (Daily({DAY: {SENT: 7}}, {}, {DAY: {SENT: 2}}), 7),
        (Daily(complete={BOUNCED: DAY}), 0),
        (Daily(complete={BOUNCED: date(2026, 11, 21)}), None),
    ],
)
def test_the_report_and_what_came_after_it_else_the_count(daily: Daily, shown: int | None) -> None:
    """Unknown where nothing at all was heard of a day that nobody watched."""
    assert daily.shown(DAY, SENT) == shown
    assert daily.sum(SENT, [BEFORE, DAY]) == shown


def test_days_that_are_unknown_add_nothing() -> None:
    """And where all are, the sum is unknown; each witness by itself, too."""
    daily = Daily({BEFORE: {SENT: 3}}, {DAY: {SENT: 5}})
    assert daily.sum(SENT, span(BEFORE, DAY)) == 8
    assert daily.sum_counted(SENT, span(BEFORE, DAY)) == 3
    assert daily.sum_reported(SENT, span(BEFORE, DAY)) == 5
    assert daily.sum(SENT, span(date(2026, 1, 1), date(2026, 1, 31))) is None
    assert daily.sum(SENT, []) is None


def test_a_gap_ends_what_is_known() -> None:
    """All are reported on the 17th, 19th and 20th: nothing is missing since the 19th."""
    told = dict.fromkeys(METRICS, 0)
    reported = {date(2026, 11, day): told for day in (17, 19, 20)}
    days = span(date(2026, 11, 15), DAY)
    assert Daily(reported=reported).known_from(days) == BEFORE
    assert Daily(reported=reported | {DAY: {SENT: 1}}).known_from(days) is None
    assert Daily(complete=dict.fromkeys(METRICS, date(2026, 1, 1))).known_from(days) == date(2026, 11, 15)
