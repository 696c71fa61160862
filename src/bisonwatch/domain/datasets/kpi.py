"""What came of a workspace's mail: today, over days and by month, and how far it is from its target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bisonwatch.domain.daily import METRICS, Daily, span
from bisonwatch.domain.dataset import Made
from bisonwatch.domain.datasets.subject import Subject, rate, rounded
from bisonwatch.domain.pace import needed_per_day, per_day, projected

MANY = 1_000
"""More interested leads than this in one month are doubted: a workspace has a few dozen."""
WEEK = timedelta(days=6)
MONTH = timedelta(days=29)


@dataclass(frozen=True, slots=True)
class Numbers:
    sent: int | None
    replied: int | None
    interested: int | None
    bounced: int | None
    unsubscribed: int | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Each by what was sent in the same days: an answer to older mail counts too, so that a rate may be over 1."""

    reply: float | None
    interested: float | None
    bounce: float | None
    unsubscribe: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, both included. `known_from`: from which of them on no number is missing; None: even the last is not whole."""

    first: date
    last: date
    known_from: date | None
    shown: Numbers
    counted: Numbers
    reported: Numbers
    rates: Rates


@dataclass(frozen=True, slots=True)
class Goal:
    """The month's interested leads against the target. `progress` is a share and goes over 1; None without a target, and of a target of 0.

    `per_day` so far and `needed_per_day` from now on are leads in 24 hours; `projected` is the month's end at the pace so far.
    """

    target: int | None
    interested: int | None
    remaining: int | None
    progress: float | None
    per_day: float | None
    needed_per_day: float | None
    projected: int | None


@dataclass(frozen=True, slots=True)
class Kpi:
    """`as_of` is the newest of the provider's reports in it, in the provider's clock; None: it was never asked."""

    subject: Subject
    as_of: datetime | None
    today: Span
    last_7_days: Span
    last_30_days: Span
    month: Span
    last_month: Span
    goal: Goal


def window(today: date) -> tuple[date, date]:
    """The days that a KPI dataset looks at: from last month's first; on the first of March thirty days begin in January."""
    return min(_last_month(today)[0], today - MONTH), today


def make(subject: Subject, daily: Daily, target: int | None) -> Made:
    """`daily` holds the days of `window`."""
    today = subject.today
    month = _span(daily, today.replace(day=1), today)
    value = Kpi(
        subject=subject,
        as_of=daily.as_of,
        today=_span(daily, today, today),
        last_7_days=_span(daily, today - WEEK, today),
        last_30_days=_span(daily, today - MONTH, today),
        month=month,
        last_month=_span(daily, *_last_month(today)),
        goal=_goal(month.shown.interested, target, subject.at),
    )
    return Made(value, _warnings(value))


def _last_month(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _span(daily: Daily, first: date, last: date) -> Span:
    days = span(first, last)
    shown = Numbers(*(daily.sum(metric, days) for metric in METRICS))
    return Span(
        first,
        last,
        daily.known_from(days),
        shown,
        Numbers(*(daily.sum_counted(metric, days) for metric in METRICS)),
        Numbers(*(daily.sum_reported(metric, days) for metric in METRICS)),
        _rates(shown),
    )


def _rates(of: Numbers) -> Rates:
    parts = (of.replied, of.interested, of.bounced, of.unsubscribed)
    return Rates(*(rate(part, of.sent) for part in parts))


def _goal(interested: int | None, target: int | None, at: datetime) -> Goal:
    return Goal(
        target=target,
        interested=interested,
        remaining=max(target - interested, 0) if interested is not None and target is not None else None,
        progress=rate(interested, target),
        per_day=rounded(per_day(interested, at)),
        needed_per_day=rounded(needed_per_day(interested, target, at)),
        projected=projected(interested, at),
    )


def _warnings(value: Kpi) -> tuple[str, ...]:
    goal, told = value.goal, list[str]()
    if goal.target is None:
        told.append("no KPI target: write kpi_target in clients:, or tag the workspace")
    elif value.last_7_days.shown.sent == 0:
        told.append(f"a KPI target of {goal.target}, and nothing was sent for seven days")
    for name, one in (("this", value.month), ("last", value.last_month)):
        leads = one.shown.interested
        if leads is not None and leads > MANY:
            told.append(f"{leads:,} interested leads {name} month: more than {MANY:,} are unlikely")
    return tuple(told)
