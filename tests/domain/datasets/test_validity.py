"""What is true of every dataset, and what is said of a value of which it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.daily import METRICS, Daily
from bisonwatch.domain.dataset import DatasetName, Made
from bisonwatch.domain.datasets import infrastructure, kpi, revenue, volume
from bisonwatch.domain.datasets.infrastructure import Infrastructure, Inventory, Lost, Lot, Scores
from bisonwatch.domain.datasets.kpi import Kpi
from bisonwatch.domain.datasets.plain import plain
from bisonwatch.domain.datasets.revenue import Revenue, Terms
from bisonwatch.domain.datasets.subject import Subject
from bisonwatch.domain.datasets.validity import checked, flaws
from bisonwatch.domain.datasets.volume import Room, Told, Volume
from bisonwatch.errors import DatasetInvalid, Flaw
from tests.domain.datasets.examples import KEY, MADE, NOON

NAMES = list(DatasetName)
K = cast(Kpi, MADE[DatasetName.KPI].value)
V = cast(Volume, MADE[DatasetName.VOLUME].value)
R = cast(Revenue, MADE[DatasetName.REVENUE].value)
I = cast(Infrastructure, MADE[DatasetName.INFRASTRUCTURE].value)  # noqa: E741
EASY = settings(max_examples=60, deadline=None, print_blob=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_valid(name: DatasetName) -> None:
    """And come back as they are."""
    assert checked(name, MADE[name]) is MADE[name]


def shown(**numbers: int) -> Kpi:
    return replace(K, today=replace(K.today, shown=replace(K.today.shown, **numbers)))


@pytest.mark.parametrize(
    ("name", "value", "field", "reason"),
    [
        ("kpi", shown(replied=-1), "today.shown.replied", "is below 0: -1"),
        ("kpi", shown(sent=40_000), "last_7_days.shown.sent", "is less than in some of its days: 9920, 40000"),
        ("kpi", replace(K, goal=replace(K.goal, per_day=float("nan"))), "goal.per_day", "is not a number"),
        ("kpi", replace(K, goal=replace(K.goal, progress=float("inf"))), "goal.progress", "is not a number"),
        ("kpi", replace(K, today=replace(K.today, known_from=date(2026, 1, 1))), "today.known_from", "is none of its days"),
        ("kpi", replace(K, subject=replace(K.subject, name="\x1b[2J")), "subject.name", "holds characters"),
        ("kpi", replace(K, last_month=K.month), "last_month.last", "is not the day before"),
        ("volume", replace(V, capacity=-5), "capacity", "is below 0"),
        ("volume", replace(V, days=V.days[:3] + V.days[4:]), "days", "are not the 30 days"),
        ("volume", replace(V, days=V.days[::-1]), "days", "are not the 30 days"),
        ("volume", replace(V, utilisation=-0.1), "utilisation", "is below 0"),
        ("volume", replace(V, scheduled_today=V.scheduled_tomorrow), "scheduled_today.day", "is not today"),
        ("revenue", replace(R, month=replace(R.month, profit=Decimal(1))), "month.profit", "is not revenue less cost"),
        ("revenue", replace(R, month=replace(R.month, cost=None)), "month.profit", "is not revenue less cost"),
        ("revenue", replace(R, month=replace(R.month, revenue=Decimal("NaN"))), "month.revenue", "is beyond any price"),
        ("revenue", replace(R, month=replace(R.month, revenue=Decimal("1E-30"))), "month.revenue", "is beyond any price"),
        ("revenue", replace(R, terms=None), "month.revenue", "is known although nothing is agreed"),
        ("revenue", replace(R, projected=replace(R.projected, leads=3)), "projected.leads", "is less than there are"),
        ("infrastructure", replace(I, accounts=replace(I.accounts, connected=99)), "accounts.accounts", "is not what"),
        ("infrastructure", replace(I, providers=I.providers[:1]), "providers.accounts", "does not add up"),
        ("infrastructure", replace(I, resellers=(*I.resellers, replace(I.resellers[0], **dict.fromkeys(("accounts", "connected", "disconnected", "capacity", "sent", "replied", "bounced"), 0)))),
         "resellers.name", "stands there twice"),
        ("infrastructure", replace(I, disconnected=()), "disconnected", "names 0 of 2"),
        ("infrastructure", replace(I, warmup=replace(I.warmup, enabled=7)), "warmup.enabled", "does not add up"),
        ("infrastructure", replace(I, warmup=replace(I.warmup, scored=103)), "warmup.scored", "is of more accounts"),
        ("infrastructure", replace(I, accounts=replace(I.accounts, disconnect_rate=1.5)),
         "accounts.disconnect_rate", "is more than the whole"),
        ("infrastructure", replace(I, disconnected=(replace(I.disconnected[0], email="a\u202eb"),) * 2),
         "disconnected[0].email", "holds characters"),
        ("revenue", K, "", "is a Kpi, not a Revenue"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(name: str, value: object, field: str, reason: str) -> None:
    """The dataset, the field and why; as an error it says the first, and carries all."""
    found = flaws(DatasetName(name), value)
    assert [
        flaw
        for flaw in found
        if flaw.source == name and flaw.field == field and flaw.reason.startswith(reason)
    ]
    with pytest.raises(DatasetInvalid, match=name) as raised:
        checked(DatasetName(name), Made(value))
    assert raised.value.flaws == found


def test_a_value_that_is_all_wrong_says_so_much_and_no_more() -> None:
    """Twenty flaws of thirty."""
    wrong = replace(V, days=tuple(replace(day, sent=-1) for day in V.days))
    assert len(flaws(DatasetName.VOLUME, wrong)) == 20
    with pytest.raises(
        DatasetInvalid, match=r"volume: days\[0\].sent is below 0: -1, and 19 more: not shown"
    ):
        checked(DatasetName.VOLUME, Made(wrong))


COUNTS = st.integers(0, 9) | st.integers(-3, 2**63 - 1)
AT = st.datetimes(
    NOON.replace(tzinfo=None) - timedelta(days=900), NOON.replace(tzinfo=None) + timedelta(days=900)
)
BACK = st.integers(-2, 70)


@st.composite
def known(draw: st.DrawFn, today: date, numbers: st.SearchStrategy[int]) -> Daily:
    def rows() -> dict[date, Any]:
        told = draw(
            st.dictionaries(BACK, st.dictionaries(st.sampled_from(METRICS), numbers, max_size=4), max_size=8)
        )
        return {today - timedelta(days=back): each for back, each in told.items()}

    complete = draw(st.dictionaries(st.sampled_from(METRICS), BACK, max_size=5))
    since = {metric: today - timedelta(days=back) for metric, back in complete.items()}
    return Daily(rows(), rows(), rows(), since)


MONEY = st.decimals(allow_nan=False, allow_infinity=False, min_value=0) | st.sampled_from(
    [Decimal("1E+999999"), Decimal("1E-999999"), Decimal("0E+999999"), Decimal("9E+15")]
)
TERMS = st.none() | st.builds(Terms, MONEY, MONEY, MONEY, st.sampled_from(["USD", "EUR"]))
TEXT = st.text(max_size=12) | st.sampled_from(["google", "\x1b[31mred", "‮evil", "é" * 400, " "])
LOTS = st.lists(
    st.builds(
        Lot, st.sampled_from(AccountStatus), TEXT, st.none() | TEXT, st.none() | st.booleans(), st.integers(1, 9),
        COUNTS, COUNTS, COUNTS, COUNTS,
    ),
    max_size=5,
)  # fmt: skip
LOST = st.builds(Lost, st.integers(1), TEXT, TEXT, st.none() | TEXT, st.just(NOON))


@EASY
@given(data=st.data(), at=AT)
def test_whatever_the_mirror_holds_is_valid_or_named(data: st.DataObject, at: Any) -> None:
    """Any days, limits, terms and mailboxes: a valid dataset that JSON can say, or a flaw with a name; never another exception."""
    subject = Subject.of(KEY, data.draw(TEXT), at.replace(tzinfo=NOON.tzinfo))
    daily = data.draw(known(subject.today, COUNTS))
    days = st.dictionaries(BACK.map(lambda back: subject.today - timedelta(days=back)), COUNTS, max_size=4)
    told = {day: Told(n, NOON) for day, n in data.draw(days).items()}
    lots, scores = data.draw(LOTS), st.builds(Scores, COUNTS, st.none() | st.floats(), COUNTS)
    room = Room(data.draw(st.none() | COUNTS), data.draw(days), told)
    lost = data.draw(st.lists(LOST, max_size=3))
    for name, made in {
        DatasetName.KPI: kpi.make(subject, daily, data.draw(st.none() | st.integers(-1, 2**31))),
        DatasetName.VOLUME: volume.make(subject, daily, room),
        DatasetName.REVENUE: revenue.make(subject, daily, data.draw(TERMS)),
        DatasetName.INFRASTRUCTURE: infrastructure.make(subject, Inventory(lots, lost, data.draw(scores))),
    }.items():
        found = flaws(name, made.value)
        assert all(type(flaw) is Flaw and flaw.reason for flaw in found)
        assert len(str(plain(made.value))) < 200_000


@EASY
@given(data=st.data(), at=AT)
def test_sober_days_are_always_valid(data: st.DataObject, at: Any) -> None:
    """Numbers of 0 and more never make a flaw, whatever days, reports and moments they come with."""
    subject = Subject.of(KEY, "x", at.replace(tzinfo=NOON.tzinfo))
    daily = data.draw(known(subject.today, st.integers(0, 10**6)))
    terms = Terms(Decimal(3000), Decimal("12.5"), Decimal(900), "USD")
    assert flaws(DatasetName.KPI, kpi.make(subject, daily, 40).value) == ()
    assert flaws(DatasetName.VOLUME, volume.make(subject, daily, Room(3)).value) == ()
    assert flaws(DatasetName.REVENUE, revenue.make(subject, daily, terms).value) == ()
