"""The score: what is taken off, how far at most, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bisonwatch.domain.health import Health
from bisonwatch.domain.score import Standing, deductions, score

FINE = Standing([Health.HEALTHY, Health.IDLE, Health.PAUSED], 0, 0, 0, 10_000, True, True)


def healths(health: Health, count: int) -> Standing:
    return replace(FINE, workspaces=[health] * count + [Health.HEALTHY])


@pytest.mark.parametrize(
    ("standing", "points", "reasons"),
    [
        (FINE, 100, ()),
        (replace(FINE, workspaces=[]), 50, ("no workspace is known yet",)),
        (
            replace(FINE, workspaces=[], discovery_error="401: Unauthenticated."),
            50,
            ("no workspace is known: 401: Unauthenticated.",),
        ),
        (replace(FINE, discovery_error="one key of many"), 100, ()),
        (healths(Health.CRITICAL, 1), 80, ("1 workspace is critical",)),
        (healths(Health.CRITICAL, 2), 75, ("2 workspaces are critical",)),
        (healths(Health.CRITICAL, 300), 50, ("300 workspaces are critical",)),
        (healths(Health.WARNING, 1), 93, ("1 workspace has a warning",)),
        (healths(Health.WARNING, 300), 70, ("300 workspaces have warnings",)),
        (healths(Health.UNKNOWN, 1), 95, ("1 workspace cannot be told",)),
        (healths(Health.UNKNOWN, 3000), 70, ("3,000 workspaces cannot be told",)),
        (replace(FINE, unpushed=1), 99, ("1 workspace polled instead of pushed",)),
        (replace(FINE, unpushed=99), 90, ("99 workspaces polled instead of pushed",)),
        (replace(FINE, dead=1), 99, ("1 dead letter",)),
        (replace(FINE, dead=1234), 90, ("1,234 dead letters",)),
        (replace(FINE, backlog=10_000), 100, ()),
        (replace(FINE, backlog=10_001), 90, ("the backlog is over its limit",)),
        (replace(FINE, engine=False), 50, ("no engine is running",)),
        (replace(FINE, database=False), 60, ("the database does not answer",)),
    ],
)
def test_each_reason_costs_its_points_and_no_more(
    standing: Standing, points: int, reasons: tuple[str, ...]
) -> None:
    """Could-not-tell costs points too."""
    assert score(standing) == (points, reasons)


def test_everything_wrong_at_once_is_nought_and_every_reason_is_named() -> None:
    """Worst first, never below nought."""
    worst = Standing([Health.CRITICAL, Health.WARNING, Health.UNKNOWN], 9, 9, 9, 1, False, False)
    points, reasons = score(worst)
    assert points == 0
    assert len(reasons) == len(deductions(worst)) - 1 == 8  # all but that there is no workspace
    assert reasons[0] == "no engine is running"
