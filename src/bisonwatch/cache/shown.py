"""Two witnesses, one shown value: a day with a report shows the report plus the facts after it; a day without, the count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.metric import REPORTED, SHOWN, Metric
from bisonwatch.domain.snapshot import Figures
from bisonwatch.store.counts import Sums


@dataclass(frozen=True, slots=True)
class Month:
    """One workspace's month to date; `reported` is None where the provider was never asked."""

    shown: Figures
    counted: Figures
    reported: Figures | None
    as_of: datetime | None


def month_of(sums: Sums, after: Mapping[Metric, int]) -> Month:
    """`after` are the facts that happened after the newest report (see `facts.after_reports`)."""
    counted = Figures.of({metric: sums.counted.get(metric, 0) for metric in SHOWN})
    if sums.as_of is None:
        return Month(counted, counted, None, None)
    told = {metric: sums.reported.get(metric, 0) for metric in REPORTED}
    shown = {
        metric: told[metric] + sums.uncovered.get(metric, 0) + after.get(metric, 0)
        if metric in sums.reported
        else sums.counted.get(metric, 0)
        for metric in SHOWN
    }
    return Month(Figures.of(shown), counted, Figures.of(told), sums.as_of)


NOTHING_YET = month_of(Sums(), {})
"""A month in which nothing was counted so far."""
