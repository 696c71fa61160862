"""The difference between two clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bisonwatch.clients.bison.offset import Offset
from tests.support.clock import START

MOMENT = timedelta(milliseconds=100)


def told(offset: timedelta, asked: timedelta) -> str:
    return (START + asked + offset).strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_many_answers_narrow_it_down() -> None:
    """`Date` is cut to seconds; answers at different parts of a second leave a narrow interval."""
    offset, ahead = Offset(), timedelta(seconds=7.3)
    for tenth in range(20):
        asked = timedelta(seconds=tenth * 1.37)
        offset.learn(told(ahead, asked + MOMENT / 2), START + asked, START + asked + MOMENT)
    assert abs(offset.value - ahead) < timedelta(milliseconds=150)
    assert offset.provider_time(START) == START + offset.value


def test_clocks_that_agree_have_no_offset() -> None:
    """Where the answers allow for no difference, none is assumed."""
    offset = Offset()
    for second in (0.0, 1.9, 3.5):
        asked = timedelta(seconds=second)
        offset.learn(told(timedelta(), asked), START + asked, START + asked + MOMENT)
    assert offset.value == timedelta()


def test_a_clock_that_was_set_is_learned_again() -> None:
    """An answer that contradicts all earlier ones begins a new estimate."""
    offset = Offset()
    offset.learn(told(timedelta(hours=1), timedelta()), START, START + MOMENT)
    offset.learn(told(timedelta(hours=2), timedelta()), START, START + MOMENT)
    assert abs(offset.value - timedelta(hours=2)) <= timedelta(seconds=1)


@pytest.mark.parametrize("header", [None, "", "soon", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_what_is_no_date_teaches_nothing(header: str | None) -> None:
    """A missing or broken header is passed over."""
    offset = Offset()
    offset.learn(header, START, START)
    assert offset.value == timedelta()
