"""How much is sent against how much could be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

from bisonwatch.domain.daily import Daily
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets import volume
from bisonwatch.domain.datasets.volume import Room, Scheduled, Volume, VolumeDay
from bisonwatch.domain.metric import Metric
from tests.domain.datasets.examples import AS_OF, MADE, NORTHWIND, ROOM, TODAY, at

EXAMPLE = cast(Volume, MADE[DatasetName.VOLUME].value)


def test_days_by_hand() -> None:
    """Thirty of them up to today. The 20th sent 1,980 of 2,400; today 10 of the 2,500 that may be sent now; October's capacity nobody kept."""
    assert [day.day for day in EXAMPLE.days] == [TODAY - timedelta(days=back) for back in range(29, -1, -1)]
    assert EXAMPLE.days[-1] == VolumeDay(TODAY, 10, 10, 9, 2500, 0.004)
    assert EXAMPLE.days[-2] == VolumeDay(date(2026, 11, 20), 1980, 1980, 1980, 2400, 0.825)
    assert EXAMPLE.days[0] == VolumeDay(date(2026, 10, 23), 1977, 1977, 1977, None, None)


def test_utilisation_is_over_days_of_which_both_are_known() -> None:
    """November's 29,845 by twenty days of 2,400 and today's 2,500: 29,845 / 50,500."""
    assert EXAMPLE.utilisation == 0.59099


def test_what_is_scheduled_is_told_with_its_moment() -> None:
    """12 today and none tomorrow, a Sunday; what was told of another day is not tomorrow's."""
    assert EXAMPLE.scheduled_today == Scheduled(TODAY, 12, AS_OF)
    assert EXAMPLE.scheduled_tomorrow == Scheduled(date(2026, 11, 22), 0, AS_OF)
    assert MADE[DatasetName.VOLUME].warnings == ()
    monday = volume.make(at(2026, 11, 23), Daily(), ROOM)
    assert cast(Volume, monday.value).scheduled_today == Scheduled(date(2026, 11, 23), None, None)


def test_nothing_known_is_none_and_said() -> None:
    """No sum, no capacity, no utilisation, and two sentences."""
    made = volume.make(NORTHWIND, Daily(), Room())
    found = cast(Volume, made.value)
    assert {day.sent for day in found.days} == {None}
    assert (found.capacity, found.utilisation, found.scheduled_tomorrow.n) == (None, None, None)
    assert [said.split(":")[0] for said in made.warnings] == [
        "the daily capacity is not known",
        "the provider has not told yet what is scheduled for today or tomorrow",
    ]


def test_no_connected_mailbox_is_a_capacity_of_nothing() -> None:
    """And no utilisation: there is nothing to divide by."""
    known = Daily(counted={TODAY: {Metric.SENT: 4}})
    found = cast(Volume, volume.make(NORTHWIND, known, Room(capacity=0)).value)
    assert (found.capacity, found.days[-1].sent, found.days[-1].utilisation, found.utilisation) == (
        0,
        4,
        None,
        None,
    )


def test_more_may_go_out_than_is_allowed_now() -> None:
    """Limits that fell during the day: 30 of 20 is one and a half."""
    known = Daily(counted={TODAY: {Metric.SENT: 30}})
    found = cast(Volume, volume.make(NORTHWIND, known, Room(capacity=20)).value)
    assert found.days[-1].utilisation == 1.5
