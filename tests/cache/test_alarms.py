"""What is wrong beside freshness: how a workspace looks then, which alerts there are, and what is being done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bisonwatch.cache.picture import Asks, draw
from bisonwatch.domain import absence, drift, subscription
from bisonwatch.domain.health import Health, Standing
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.store import consistency
from bisonwatch.store.transitions import RULE
from tests.cache.readings import ENGINE, KEY, LOOKER, NOW, ago, quick, readings, slow

ASKED = replace(ENGINE, asks=Asks("5m", "1m", timedelta(minutes=5)))
HELD = Standing(Health.WARNING, "20 of 40 accounts not met by a complete walk are held", ago(minutes=9))
GONE = Standing(Health.WARNING, "our webhook subscription is gone", ago(minutes=5))
DRIFT = Standing(Health.CRITICAL, "drift 20.0%: 40 fewer", ago(minutes=2))
WELL = Standing(Health.HEALTHY, "nobody is held", ago(minutes=1))
FRESH = Standing(Health.HEALTHY, "webhooks arrive", ago(hours=2))
MISSED = Standing(Health.CRITICAL, "webhooks missed 3 events", ago(hours=1))
BLIND = Standing(Health.UNKNOWN, "the provider could not be asked", ago(hours=1))
PAUSED = Standing(Health.PAUSED, "not watched", ago(hours=1))
POLLED = "the provider is asked every 5m, what is missing is filled in"


def drawn(fresh: Standing | None, **rules: Standing) -> Snapshot:
    """Rules by the last part of their name."""
    names = {"held": absence.RULE, "gone": subscription.RULE, "drift": drift.RULE}
    beside = {(names[rule], KEY): standing for rule, standing in rules.items()}
    standing = {} if fresh is None else {KEY: fresh}
    return draw(ASKED, readings(quick(standing=standing, beside=beside)), None, NOW)


def test_a_workspace_is_as_well_as_the_worst_of_it() -> None:
    """Since the worst began; the reason says all that is wrong, the worst first, and then how fresh it is."""
    [row] = drawn(FRESH, held=HELD, drift=DRIFT, gone=GONE).workspaces
    assert (row.health, row.since) == (Health.CRITICAL, ago(minutes=2))
    assert row.reason == (
        "drift 20.0%: 40 fewer; 20 of 40 accounts not met by a complete walk are held; "
        "our webhook subscription is gone; webhooks arrive"
    )
    assert row.lag_known


def test_each_broken_rule_is_an_alert_of_its_own() -> None:
    """With its own beginning and severity; a rule that is kept again is none."""
    picture = drawn(MISSED, held=HELD, drift=DRIFT, gone=WELL)
    assert [(a.rule, a.severity, a.since, a.reason) for a in picture.alerts] == [
        (RULE, "critical", MISSED.since, MISSED.reason),
        (drift.RULE, "critical", DRIFT.since, DRIFT.reason),
        (absence.RULE, "warning", HELD.since, HELD.reason),
    ]
    assert picture.reasons == ("1 workspace is critical",)
    assert drawn(FRESH, held=WELL).alerts == ()


def test_what_could_not_be_told_is_still_said() -> None:
    """A warning does not make an unverified mirror look verified."""
    for fresh, said in ((BLIND, BLIND.reason), (None, "the first walk at the provider is not finished")):
        [row] = drawn(fresh, held=HELD).workspaces
        assert (row.health, row.reason) == (Health.WARNING, f"{HELD.reason}; {said}")
    [row] = drawn(BLIND, held=HELD).workspaces
    assert not row.lag_known


def test_what_is_not_watched_or_has_no_engine_has_no_alert() -> None:
    """Nobody can tell: what was wrong then stands in the reason."""
    paused = drawn(PAUSED, held=HELD)
    assert (paused.workspaces[0].health, paused.alerts) == (Health.PAUSED, ())
    gone = quick(beside={(absence.RULE, KEY): HELD}, nodes=())
    picture = draw(LOOKER, readings(gone), None, NOW)
    assert (picture.workspaces[0].health, picture.alerts) == (Health.UNKNOWN, ())
    assert HELD.reason in picture.workspaces[0].reason


def test_what_is_being_done_is_about_the_worst() -> None:
    """Polled, kept, resynced: whatever bisonwatch does by itself."""

    def doing(fresh: Standing, **rules: Standing) -> str | None:
        return drawn(fresh, **rules).workspaces[0].doing

    assert doing(FRESH) is None
    assert doing(MISSED, held=HELD) == POLLED
    assert doing(BLIND) == POLLED
    assert doing(FRESH, gone=GONE) == POLLED
    assert (
        doing(FRESH, held=HELD)
        == "the accounts are kept until the next complete walk agrees, or `bisonwatch accounts confirm` says so"
    )
    assert doing(FRESH, drift=DRIFT, held=HELD) == "both witnesses are compared again within the hour"


def test_a_drift_says_when_it_was_resynced() -> None:
    """By itself, once per drift."""
    standing = consistency.Standing(0.2, "sent", "40 fewer", NOW, None, NOW, ago(minutes=30), None, None)
    picture = draw(
        ASKED,
        readings(quick(beside={(drift.RULE, KEY): DRIFT}), slow(drifts={KEY: standing})),
        None,
        NOW,
    )
    [row] = picture.workspaces
    assert row.doing == "resynced by itself at 14 Sep 11:32; compared again within the hour"


def test_held_accounts_are_counted_beside_the_others() -> None:
    """In the row's figures."""
    picture = draw(ENGINE, readings(sums=slow(accounts={KEY: (40, 39)}, held={KEY: 20})), None, NOW)
    assert picture.workspaces[0].accounts is not None
    assert picture.workspaces[0].accounts.held == 20
