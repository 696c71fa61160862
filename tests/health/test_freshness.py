"""Is a workspace's mirror right? Every branch of the judgement, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bisonwatch.domain.health import Finding, Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.health.rules.freshness import Limits, Signs, judge
from bisonwatch.health.run import signs_of
from bisonwatch.store.watch import Watch

NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = Limits(5 * MINUTE, 5 * MINUTE, 5 * MINUTE, 10 * MINUTE)


def ago(minutes: float) -> datetime:
    return NOW - minutes * MINUTE


GOOD = Signs(True, ago(1), ago(2), 0, None, None, None)
NEVER = Signs(True, None, None, 0, None, None, None)


def but(**changes: object) -> Signs:
    return replace(GOOD, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("signs", "health", "reason"),
    [
        (GOOD, Health.HEALTHY, "webhooks arrive, verified 11:58"),
        (but(last_webhook_at=ago(5)), Health.HEALTHY, "webhooks arrive, verified 11:58"),
        (
            but(last_webhook_at=ago(5.1)),
            Health.IDLE,
            "silent since 11:54 and nothing missed, verified 11:58",
        ),
        (but(last_webhook_at=None), Health.IDLE, "no webhook yet and nothing missed, verified 11:58"),
        # could not tell
        (NEVER, Health.UNKNOWN, "the first walk at the provider is not finished"),
        (but(verified_at=ago(11)), Health.HEALTHY, "webhooks arrive, verified 11:49"),
        (but(verified_at=ago(11.1)), Health.UNKNOWN, "nobody has asked the provider since 11:48"),
        (
            replace(NEVER, poll_failed_since=ago(1), poll_error="502"),
            Health.UNKNOWN,
            "the provider could not be asked since 11:59: 502",
        ),
        (
            replace(NEVER, poll_failed_since=ago(1)),
            Health.UNKNOWN,
            "the provider could not be asked since 11:59: no answer",
        ),
        (
            but(poll_failed_since=ago(5.1), poll_error="502"),
            Health.UNKNOWN,
            "the provider could not be asked since 11:54: 502",
        ),
        (but(poll_failed_since=ago(4), poll_error="502"), Health.HEALTHY, "webhooks arrive, verified 11:58"),
        (
            but(missing_since=ago(30), missed=3, poll_failed_since=ago(6), poll_error="502"),
            Health.UNKNOWN,
            "the provider could not be asked since 11:54: 502",
        ),
        # missed
        (
            but(missing_since=ago(4.9), missed=1),
            Health.HEALTHY,
            "webhooks missed 1 event since 11:55; polling filled them",
        ),
        (
            but(missing_since=ago(5), missed=2),
            Health.WARNING,
            "webhooks missed 2 events since 11:55; polling filled them",
        ),
        (
            but(missing_since=ago(9.9), missed=2),
            Health.WARNING,
            "webhooks missed 2 events since 11:50; polling filled them",
        ),
        (
            but(missing_since=ago(10), missed=1234),
            Health.CRITICAL,
            "webhooks missed 1,234 events since 11:50; polling filled them",
        ),
        (
            but(missing_since=ago(10), missed=7, last_webhook_at=None),
            Health.CRITICAL,
            "webhooks missed 7 events since 11:50; polling filled them",
        ),
        # paused
        (replace(NEVER, active=False), Health.PAUSED, "not watched: taken out of the configuration"),
        (
            but(active=False, missing_since=ago(60), missed=9),
            Health.PAUSED,
            "not watched: taken out of the configuration",
        ),
    ],
)
def test_good_bad_or_could_not_tell(signs: Signs, health: Health, reason: str) -> None:
    """With a sentence that a person understands."""
    assert judge(signs, LIMITS, NOW) == Finding(health, reason)


def test_the_patience_of_a_compressed_clock_is_never_under_five_seconds() -> None:
    """So that a demonstration does not flicker."""
    quick = Limits(timedelta(seconds=10), MINUTE, MINUTE, MINUTE)
    assert quick.verified_within == timedelta(seconds=25)
    assert LIMITS.verified_within == 11 * MINUTE


def test_a_workspace_nobody_watched_yet_has_no_signs() -> None:
    """It cannot be told, not good."""
    assert signs_of(True, None) == NEVER
    assert judge(signs_of(True, Watch(WorkspaceKey("main", 12))), LIMITS, NOW).health is Health.UNKNOWN
