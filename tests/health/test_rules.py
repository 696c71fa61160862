"""The rules beside freshness: each a table of what is stored, and what it means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bisonwatch.domain.absence import NOTHING, Absence
from bisonwatch.domain.health import Finding, Health
from bisonwatch.domain.subscription import Look, Standing, SubscriptionState
from bisonwatch.health.rules import canary, drift, held, subscription
from bisonwatch.store import consistency
from tests.support.news import NOON, NORTHWIND, at

HELD = Absence(frozenset(range(20)), NOON, 40)
GONE = Look(SubscriptionState.MISSING, None, "our webhook subscription is gone")
WRONG = Look(SubscriptionState.DRIFTED, 7, "our webhook subscription leads to an old address")
FINE = Look(SubscriptionState.FINE, 7)
NONE = Look(SubscriptionState.NONE)


def pushed(look: Look | None = FINE, **more: object) -> Standing:
    return replace(Standing(NORTHWIND, look, NOON, NOON), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("absence", "finding"),
    [
        (NOTHING, Finding(Health.HEALTHY, "nobody is held")),
        (HELD, Finding(Health.WARNING, "20 of 40 accounts not met by a complete walk are held")),
        (
            replace(HELD, confirmed_at=at(5), confirmed_by="ops"),
            Finding(
                Health.HEALTHY,
                "20 of 40 accounts not met by a complete walk are held, and a person says that they are gone",
            ),
        ),
        (replace(NOTHING, elsewhere=frozenset({3})), Finding(Health.HEALTHY, "nobody is held")),
    ],
)
def test_accounts_that_are_held(absence: Absence, finding: Finding) -> None:
    """Until a walk agrees, or a person."""
    assert held.judge(absence) == finding


@pytest.mark.parametrize(
    ("standing", "finding"),
    [
        (None, None),
        (pushed(None), None),
        (pushed(FINE), Finding(Health.HEALTHY, "our webhook subscription is as it should be")),
        (pushed(NONE), Finding(Health.HEALTHY, "our webhook subscription is as it should be")),
        (pushed(GONE), Finding(Health.WARNING, "our webhook subscription is gone")),
        (pushed(WRONG), Finding(Health.WARNING, "our webhook subscription leads to an old address")),
        (
            pushed(Look(SubscriptionState.MISSING)),
            Finding(Health.WARNING, "our webhook subscription is missing"),
        ),
    ],
)
def test_our_subscription(standing: Standing | None, finding: Finding | None) -> None:
    """Nobody has looked: could not tell."""
    assert subscription.judge(standing) == finding


LOST = {"canary_sent_at": at(9), "canary_failed_since": NOON}


@pytest.mark.parametrize(
    ("standing", "finding"),
    [
        (None, None),
        (pushed(), None),
        (pushed(canary_sent_at=NOON), Finding(Health.HEALTHY, "the last test event arrived")),
        (pushed(**LOST), Finding(Health.WARNING, "no test event arrives since 20 Nov 12:00")),
        (
            pushed(**LOST, canary_error="503"),
            Finding(Health.WARNING, "no test event arrives since 20 Nov 12:00: 503"),
        ),
        (pushed(None, **LOST), Finding(Health.WARNING, "no test event arrives since 20 Nov 12:00")),
        (
            pushed(GONE, **LOST),
            Finding(Health.HEALTHY, "no subscription of ours is there to be proven"),
        ),
    ],
)
def test_the_canary(standing: Standing | None, finding: Finding | None) -> None:
    """One that was never sent proves nothing either way."""
    assert canary.judge(standing) == finding


def compared(share: float | None, **more: object) -> consistency.Standing:
    told = consistency.Standing(share, "sent", "40 fewer", NOON, None, None, None, None, None)
    return replace(told, **more)  # type: ignore[arg-type]


AGREE = Finding(Health.HEALTHY, "both witnesses agree")


@pytest.mark.parametrize(
    ("standing", "finding"),
    [
        (None, None),
        (compared(None), None),
        (compared(None, over_since=NOON), None),
        (compared(0.0), AGREE),
        (compared(0.05), AGREE),
        (compared(0.0501), Finding(Health.WARNING, "drift 5.0%: 40 fewer")),
        (compared(0.10), Finding(Health.WARNING, "drift 10.0%: 40 fewer")),
        (compared(0.11), Finding(Health.CRITICAL, "drift 11.0%: 40 fewer")),
        (
            compared(0.0, over_since=NOON, reason="30 accounts are not here"),
            Finding(Health.WARNING, "30 accounts are not here"),
        ),
        (compared(0.5, checked_at=NOON - timedelta(hours=24)), None),
    ],
)
def test_both_witnesses(standing: consistency.Standing | None, finding: Finding | None) -> None:
    """Over the threshold, not at it; what is not known, or is a day old, is no verdict."""
    assert drift.judge(standing, drift.Limits(), at(1)) == finding
