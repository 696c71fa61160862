"""What a workspace's client pays and what it costs: exact decimals, in the client's own currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

from bisonwatch.domain.daily import Daily, span
from bisonwatch.domain.dataset import Made
from bisonwatch.domain.datasets.subject import Subject
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.pace import projected

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[])
"""More digits than any price has; what is beyond all measure becomes infinite, which no valid dataset has, and raises nothing."""
_SHARE = Decimal("0.000001")
_DIGITS, _DECIMALS = 15, 20


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed, per month, from `clients:`."""

    retainer: Decimal
    price_per_lead: Decimal
    monthly_cost: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Result:
    """`leads` are interested leads as shown. `profit` may be below 0, `margin` (profit by revenue) too; None: unknown, and without revenue."""

    leads: int | None
    lead_revenue: Decimal | None
    revenue: Decimal | None
    cost: Decimal | None
    profit: Decimal | None
    margin: Decimal | None


NOTHING = Result(None, None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Revenue:
    """`month` is the month so far, `projected` its end at the pace so far. A month's retainer and cost are due whole from its first day on."""

    subject: Subject
    as_of: datetime | None
    terms: Terms | None
    month: Result
    projected: Result


def window(today: date) -> tuple[date, date]:
    """The days that a revenue dataset looks at."""
    return today.replace(day=1), today


def make(subject: Subject, daily: Daily, terms: Terms | None) -> Made:
    """`daily` holds the days of `window`; without terms nothing is known but the leads."""
    leads = daily.sum(Metric.INTERESTED, span(*window(subject.today)))
    later = projected(leads, subject.at)
    value = Revenue(subject, daily.as_of, terms, _result(leads, terms), _result(later, terms))
    return Made(value, _warnings(value))


def _result(leads: int | None, terms: Terms | None) -> Result:
    if terms is None:
        return Result(leads, None, None, None, None, None)
    if leads is None and terms.price_per_lead:
        return Result(None, None, None, terms.monthly_cost, None, None)
    earned = EXACT.multiply(terms.price_per_lead, Decimal(leads or 0))
    revenue = EXACT.add(terms.retainer, earned)
    profit = EXACT.subtract(revenue, terms.monthly_cost)
    return Result(leads, earned, revenue, terms.monthly_cost, profit, _margin(profit, revenue))


def _margin(profit: Decimal, revenue: Decimal) -> Decimal | None:
    """To six places."""
    if not revenue:
        return None
    exact = EXACT.divide(profit, revenue)
    return EXACT.quantize(exact, _SHARE) if exact.is_finite() else exact


def _warnings(value: Revenue) -> tuple[str, ...]:
    terms, profit = value.terms, value.projected.profit
    if terms is None:
        return ("what its client pays is not known: clients: has no entry for it",)
    if profit is None:
        return ("how many leads are interested is not known, and so is its revenue",)
    if profit < 0:
        return (f"a negative margin: it will lose {said(-profit)} {terms.currency} this month",)
    return ()


def said(amount: Decimal) -> str:
    """Without an exponent, unless it is no price at all: that would be digits without end."""
    return f"{amount:f}" if priced(amount) else str(amount)


def priced(amount: Decimal) -> bool:
    """Whether anybody could pay so much."""
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_DECIMALS and amount.adjusted() < _DIGITS
