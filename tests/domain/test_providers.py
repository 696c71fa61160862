from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.providers import (
    Group,
    Period,
    ProviderDay,
    Standing,
    by_provider,
    by_workspace,
    disconnect_rates,
    drops,
    reply_trends,
)

NORTHWIND, COBALT = WorkspaceKey("main", 12), WorkspaceKey("main", 13)
TODAY = date(2026, 11, 22)
GROUPS = [
    Group(NORTHWIND, "google", 10, 9, 1000, 30, 10),
    Group(NORTHWIND, "microsoft", 4, 1, 0, 0, 0),
    Group(COBALT, "google", 30, 30, 3000, 30, 90),
]


def ago(
    days: int, sent: int, replied: int, provider: str = "google", key: WorkspaceKey = NORTHWIND
) -> ProviderDay:
    return ProviderDay(key, TODAY - timedelta(days=days), provider, 10, sent, replied)


def test_each_provider_over_all_workspaces() -> None:
    """Sums first, then rates: a large workspace weighs more. Nothing sent is an unknown rate, not 0."""
    found = by_provider(GROUPS)
    assert found == {"google": Standing(40, 39, 4000, 60, 100), "microsoft": Standing(4, 1, 0, 0, 0)}
    google, microsoft = found.values()
    assert (google.reply_rate, google.bounce_rate, google.disconnected) == (0.015, 0.025, 1)
    assert (microsoft.reply_rate, microsoft.bounce_rate, microsoft.disconnect_rate) == (None, None, 0.75)


def test_where_accounts_lose_their_connection() -> None:
    """Per workspace and provider, and per workspace; no accounts, no rate."""
    none = Group(COBALT, "other", 0, 0, 0, 0, 0)
    assert disconnect_rates([*GROUPS, none]) == {
        (NORTHWIND, "google"): 0.1,
        (NORTHWIND, "microsoft"): 0.75,
        (COBALT, "google"): 0.0,
    }
    assert {key: one.disconnect_rate for key, one in by_workspace(GROUPS).items()} == {
        NORTHWIND: pytest.approx(4 / 14),
        COBALT: 0.0,
    }


def test_a_reply_rate_that_dropped() -> None:
    """3 % in the week before, 2 % now: a drop of a third, by what was added in each week."""
    days = [ago(14, 10_000, 500), ago(7, 11_000, 530), ago(0, 12_000, 550)]
    (trend,) = reply_trends(days, TODAY)
    assert (trend.now, trend.before) == (Period(1000, 20), Period(1000, 30))
    assert trend.drop == pytest.approx(1 / 3)
    assert drops([trend]) == (trend,)
    assert drops([trend], threshold=0.34) == ()


@pytest.mark.parametrize(("replied", "dropped"), [(80, False), (79, True), (100, False), (140, False)])
def test_a_fifth_is_not_more_than_a_fifth(replied: int, dropped: bool) -> None:
    """The threshold itself is no drop; a rise is none either."""
    days = [ago(14, 0, 0), ago(7, 1000, 100), ago(0, 2000, 100 + replied)]
    (trend,) = reply_trends(days, TODAY)
    assert trend.dropped() is dropped


def test_what_cannot_be_told_has_not_dropped() -> None:
    """No earlier period, nothing sent in one of them, or no reply before: there is no rate to fall."""
    for days in (
        [ago(7, 1000, 100), ago(0, 2000, 100)],
        [ago(14, 0, 0), ago(7, 0, 0), ago(0, 2000, 0)],
        [ago(14, 0, 0), ago(7, 1000, 0), ago(0, 2000, 0)],
        [ago(14, 0, 0), ago(7, 1000, 100), ago(0, 1000, 100)],
    ):
        (trend,) = reply_trends(days, TODAY)
        assert (trend.drop, trend.dropped()) == (None, False)


def test_accounts_that_left_say_nothing() -> None:
    """Counters that fell are not negative mail: that workspace is left out, the other one counts."""
    left = [ago(14, 9000, 900), ago(7, 9500, 950), ago(0, 100, 10)]
    stays = [
        ago(n, sent, replied, key=COBALT) for n, sent, replied in ((14, 0, 0), (7, 1000, 50), (0, 2000, 95))
    ]
    (trend,) = reply_trends([*left, *stays], TODAY)
    assert (trend.now, trend.before) == (Period(1000, 45), Period(1500, 100))
    (alone,) = reply_trends([*left, *stays], TODAY, workspace=COBALT)
    assert alone.before == Period(1000, 50)


def test_a_day_on_which_nothing_ran_is_that_of_shortly_before() -> None:
    """Two days at most; a provider whose accounts are gone since is not told at all."""
    days = [ago(16, 0, 0), ago(8, 1000, 100), ago(1, 2000, 150), ago(3, 10, 1, provider="other")]
    (trend,) = reply_trends(days, TODAY)
    assert (trend.provider, trend.now, trend.before) == ("google", Period(1000, 50), Period(1000, 100))
    assert reply_trends([ago(17, 0, 0), ago(0, 1, 0)], TODAY)[0].before == Period()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=20),
    st.randoms(),
)
def test_neither_order_nor_the_future_matters(rows: list[tuple[int, int, int]], random) -> None:  # type: ignore[no-untyped-def]
    """Rows in any order give the same trends; a row of tomorrow changes nothing; no period is ever negative."""
    days = list({row[0]: ago(*row) for row in rows}.values())
    trends = reply_trends(days, TODAY)
    random.shuffle(days)
    assert reply_trends([*days, ago(-1, 5, 5)], TODAY) == trends
    assert all(part.sent >= 0 and part.replied >= 0 for one in trends for part in (one.now, one.before))
