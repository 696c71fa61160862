"""What a node measured of itself, through its heartbeat row."""

from __future__ import annotations

import json

import pytest

from bisonwatch.cache.figures import Figures, from_json, measured, to_json, together
from bisonwatch.domain.snapshot import Milliseconds
from bisonwatch.domain.stuck import Stuck
from bisonwatch.metrics import Metrics, Rate

FAST = Figures(
    "http://a",
    10,
    1,
    2.5,
    Milliseconds(1, 2, 3),
    Milliseconds(10, 20, 30),
    4.0,
    2,
    Stuck(1, "value 5 is out of range", 3),
)
SLOW = Figures("http://b", 5, 0, 0.25, Milliseconds(5, 9, 9), None, None, 1, Stuck(1))
NOTHING = Figures(None, 0, 0, 0.0, None, None, None)


@pytest.mark.parametrize("figures", [FAST, SLOW, NOTHING])
def test_they_come_back_from_json_as_they_went(figures: Figures) -> None:
    """Unknown stays unknown."""
    assert from_json(json.loads(json.dumps(to_json(figures)))) == figures


@pytest.mark.parametrize("missing", sorted(to_json(FAST)))
def test_what_another_version_does_not_say_is_unknown(missing: str) -> None:
    """Each key may be missing, or null."""
    row = to_json(FAST)
    row.pop(missing)
    without = from_json(row)
    assert without == from_json(to_json(FAST) | {missing: None})
    assert getattr(without, missing) == getattr(NOTHING, missing)


@pytest.mark.parametrize("values", [[1, 2], "fast", {"p50": 1}, []])
def test_percentiles_of_another_shape_are_unknown(values: object) -> None:
    """Never a crash of the one who looks."""
    assert from_json({"ack_ms": values}).ack_ms is None


def test_nodes_add_up_and_the_slowest_is_told() -> None:
    """Percentiles do not add up."""
    assert together([FAST, SLOW]) == Figures(
        "http://a",
        15,
        1,
        2.75,
        Milliseconds(5, 9, 9),
        Milliseconds(10, 20, 30),
        4.0,
        3,
        Stuck(2, "value 5 is out of range", 3),
    )
    assert together([]) == NOTHING


def test_a_process_that_measured_nothing_knows_nothing() -> None:
    """No percentile is 0 before the first delivery."""
    assert measured(Metrics(), None, None, 0.0) == NOTHING


def test_what_was_measured_is_told() -> None:
    """Rates are per second over the last minute."""
    metrics = Metrics()
    assert measured(metrics, "http://a", None, 40.0).rate == 0.0
    metrics.listening.acked = 60
    metrics.listening.rate.add(100.0, 60)
    metrics.listening.ack_ms.add(3.0)
    metrics.spooling.waiting, metrics.spooling.refused = 5, 1
    figures = measured(metrics, "http://a", 1.5, 101.0)
    assert figures == Figures("http://a", 60, 0, 1.0, Milliseconds(3, 3, 3), None, 1.5, 6, Stuck(1))
    assert measured(metrics, "http://a", 1.5, 200.0).rate == 0.0


@pytest.mark.parametrize(("after", "told"), [(1.0, 6.0), (5.0, 6.0), (15.0, 2.0), (59.0, 0.51), (60.0, 0.0)])
def test_in_the_first_minute_the_rate_is_over_the_time_since_the_start(after: float, told: float) -> None:
    """Else a busy start would look like a quiet one."""
    rate = Rate()
    rate.add(100.0, 30)
    assert rate.per_second(100.0 + after) == told
