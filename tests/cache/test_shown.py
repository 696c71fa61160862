"""Two witnesses, one shown value."""

from __future__ import annotations

from datetime import UTC, datetime

from bisonwatch.cache.shown import Month, month_of
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.snapshot import Figures
from bisonwatch.store.counts import Sums

LATE = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)


def test_without_any_report_the_count_is_shown() -> None:
    """And nothing is said to be reported."""
    figures = Figures(12, 0, 0, 0, 0, 0, 0)
    sums = Sums(counted={Metric.SENT: 12}, uncovered={Metric.SENT: 12})
    assert month_of(sums, {}) == Month(figures, figures, None, None)


def test_what_is_reported_is_shown_with_what_no_report_covers() -> None:
    """The reports, the counts of days without one, and what happened after the newest."""
    sums = Sums({Metric.SENT: 200}, {Metric.SENT: 80}, {Metric.SENT: 125}, LATE)
    month = month_of(sums, {Metric.SENT: 4})
    assert month.shown.sent == 125 + 80 + 4
    assert month.counted.sent == 200
    assert month.reported is not None
    assert (month.reported.sent, month.as_of) == (125, LATE)


def test_automated_replies_have_no_second_witness() -> None:
    """They are counted only, and unknown in what is reported."""
    sums = Sums({Metric.REPLIED_AUTOMATED: 7}, {Metric.REPLIED_AUTOMATED: 7}, {Metric.REPLIED: 9}, LATE)
    month = month_of(sums, {Metric.REPLIED_AUTOMATED: 2})
    assert month.shown.replied_automated == 7
    assert month.reported is not None
    assert month.reported.replied_automated is None
    assert month.reported.replied == 9
