"""Two witnesses, one shown value: a day with a report shows the report plus the facts after it; a day without, the count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import REPORTED, SHOWN, Metric
from bisonwatch.domain.snapshot import Figures
from bisonwatch.store.counts import Reported, Slot


@dataclass(frozen=True, slots=True)
class Month:
    """One workspace's month to date; `reported` is None where the provider was never asked."""

    shown: Figures
    counted: Figures
    reported: Figures | None
    as_of: datetime | None


def first_of_month(now: datetime) -> date:
    return now.astimezone(UTC).date().replace(day=1)


def month_of(
    workspace: WorkspaceKey,
    counted: Mapping[Slot, int],
    reported: Mapping[Slot, Reported],
    after: Mapping[tuple[date, Metric], int],
    days: Iterable[date],
) -> Month:
    """`after` are the facts that happened after the report that covers their day (see `facts.after_reports`)."""
    every = list(days)
    count = {metric: sum(counted.get((workspace, day, metric), 0) for day in every) for metric in SHOWN}
    known = [
        reported[slot]
        for metric in REPORTED
        for day in every
        if (slot := (workspace, day, metric)) in reported
    ]
    if not known:
        figures = Figures.of(count)
        return Month(figures, figures, None, None)
    shown = {
        metric: sum(_shown(workspace, day, metric, counted, reported, after) for day in every)
        for metric in SHOWN
    }
    told = {metric: sum(_told(workspace, day, metric, reported) for day in every) for metric in REPORTED}
    return Month(
        Figures.of(shown), Figures.of(count), Figures.of(told), max(report.as_of for report in known)
    )


def _shown(
    workspace: WorkspaceKey,
    day: date,
    metric: Metric,
    counted: Mapping[Slot, int],
    reported: Mapping[Slot, Reported],
    after: Mapping[tuple[date, Metric], int],
) -> int:
    report = reported.get((workspace, day, metric))
    if report is None:
        return counted.get((workspace, day, metric), 0)
    return report.n + after.get((day, metric), 0)


def _told(workspace: WorkspaceKey, day: date, metric: Metric, reported: Mapping[Slot, Reported]) -> int:
    report = reported.get((workspace, day, metric))
    return report.n if report else 0


def projected(so_far: int | None, now: datetime) -> int | None:
    """The month's end at the pace so far; None while nothing is known."""
    if so_far is None:
        return None
    start = datetime.combine(first_of_month(now), datetime.min.time(), UTC)
    end = (start + timedelta(days=32)).replace(day=1)
    passed = max((now - start) / (end - start), 1 / 62)
    return round(so_far / passed)
