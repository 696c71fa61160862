"""Money worked out by hand, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import cast

import pytest

from bisonwatch.domain.daily import Daily
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets import revenue
from bisonwatch.domain.datasets.revenue import Result, Revenue, Terms
from bisonwatch.domain.datasets.subject import Subject
from bisonwatch.domain.metric import Metric
from tests.domain.datasets.examples import MADE, at

D = Decimal
MIDDLE = at(2026, 11, 16)
"""Half of November is gone: what is projected is twice what there is."""


def leads(n: int, subject: Subject = MIDDLE) -> Daily:
    return Daily(counted={subject.today.replace(day=1): {Metric.INTERESTED: n}})


def of(known: Daily, terms: Terms | None, subject: Subject = MIDDLE) -> tuple[Revenue, tuple[str, ...]]:
    made = revenue.make(subject, known, terms)
    return cast(Revenue, made.value), made.warnings


def test_the_example_by_hand() -> None:
    """22 leads at 12.50 are 275, with the retainer 3,275; 900 of it is cost, 2,375 profit, 2375 / 3275 the margin. Projected: 32 leads, 400."""
    found = cast(Revenue, MADE[DatasetName.REVENUE].value)
    assert found.month == Result(22, D("275.00"), D("3275.00"), D(900), D("2375.00"), D("0.725191"))
    assert found.projected == Result(32, D("400.00"), D("3400.00"), D(900), D("2500.00"), D("0.735294"))
    assert MADE[DatasetName.REVENUE].warnings == ()


@pytest.mark.parametrize(
    ("terms", "month", "projected"),
    [
        # retainer only, in euro
        (Terms(D(1000), D(0), D(250), "EUR"),
         (D(0), D(1000), D(750), D("0.750000")), (D(0), D(1000), D(750), D("0.750000"))),
        # leads only, in yen: 7 x 9,000 so far, 14 at the end
        (Terms(D(0), D(9000), D(70000), "JPY"),
         (D(63000), D(63000), D(-7000), D("-0.111111")), (D(126000), D(126000), D(56000), D("0.444444"))),
        # thirds of a cent do not wander: 7 x 0.333
        (Terms(D("0.01"), D("0.333"), D("0"), "USD"),
         (D("2.331"), D("2.341"), D("2.341"), D("1.000000")), (D("4.662"), D("4.672"), D("4.672"), D("1.000000"))),
    ],
)  # fmt: skip
def test_several_currencies(terms: Terms, month: tuple[Decimal, ...], projected: tuple[Decimal, ...]) -> None:
    """Seven leads by the middle of November; each client in its own currency, and nothing is ever converted."""
    found, _ = of(leads(7), terms)
    for n, result, told in ((7, found.month, month), (14, found.projected, projected)):
        earned, revenue_, profit, margin = told
        assert result == Result(n, earned, revenue_, terms.monthly_cost, profit, margin)
    assert found.terms == terms


def test_a_loss_to_come_is_said() -> None:
    """Two leads at 10 by the month's end against 120: it will lose 100. So far a loss that will be made good is none."""
    assert of(leads(1), Terms(D(0), D(10), D(120), "GBP"))[1] == (
        "a negative margin: it will lose 100 GBP this month",
    )
    found, warnings = of(leads(7), Terms(D(0), D(9000), D(70000), "JPY"))
    assert (found.month.profit, warnings) == (D(-7000), ())


def test_without_revenue_there_is_no_margin() -> None:
    """Nothing by nothing; a cost alone is a loss all the same."""
    found, warnings = of(leads(0), Terms(D(0), D(10), D(5), "USD"))
    assert found.month == found.projected == Result(0, D(0), D(0), D(5), D(-5), None)
    assert warnings == ("a negative margin: it will lose 5 USD this month",)


def test_unknown_leads_are_worth_something_unknown() -> None:
    """But where leads cost nothing, the retainer is known without them."""
    found, warnings = of(Daily(), Terms(D(100), D(10), D(30), "USD"))
    assert found.month == Result(None, None, None, D(30), None, None)
    assert warnings == ("how many leads are interested is not known, and so is its revenue",)
    found, warnings = of(Daily(), Terms(D(100), D(0), D(30), "USD"))
    assert found.projected == Result(None, D(0), D(100), D(30), D(70), D("0.700000"))


def test_without_terms_only_the_leads_are_known() -> None:
    """No entry in `clients:` is no retainer of 0."""
    found, warnings = of(leads(3), None)
    assert (found.terms, found.month) == (None, Result(3, None, None, None, None, None))
    assert warnings == ("what its client pays is not known: clients: has no entry for it",)


@pytest.mark.parametrize(
    ("subject", "end"),
    [
        (at(2026, 12, 1), 310),  # midnight of the first: a 62nd part of the month
        (at(2026, 2, 28, 12), 5),  # the last noon of February: 27.5 of 28 days
        (at(2028, 2, 15, 12), 10),  # 14.5 of 29 days
    ],
)
def test_projections_at_the_ends_of_months(subject: Subject, end: int) -> None:
    """Five leads so far."""
    found, _ = of(leads(5, subject), Terms(D(0), D(1), D(0), "USD"), subject)
    assert (found.projected.leads, found.projected.revenue) == (end, D(end))
    assert revenue.window(subject.today)[0] == date(subject.today.year, subject.today.month, 1)


def test_sums_beyond_measure_raise_nothing() -> None:
    """Neither a price of a million digits nor one without end of decimals: validity tells of them."""
    for price in (D("1E+999999999999"), D("1E-999999999999"), D("9" * 90)):
        found, warnings = of(leads(7), Terms(price, price, price, "USD"))
        assert found.month.leads == 7
        assert all(len(said) < 200 for said in warnings)
