"""Each rule's alarm is a row of its own: it begins, goes on with newer words, and ends; what is well makes no row."""

from __future__ import annotations

import pytest

from bisonwatch.bus import Bus
from bisonwatch.domain import absence, drift, subscription
from bisonwatch.domain.absence import NOTHING, Absence
from bisonwatch.domain.health import Health, Standing
from bisonwatch.domain.subscription import Look, SubscriptionState
from bisonwatch.health.run import HealthRun
from bisonwatch.store import account_walks, consistency, subscriptions, transitions, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.tables import client_registry, drifts
from tests.health.test_freshness import LIMITS
from tests.health.test_run import leading, walked
from tests.support.clock import ManualClock
from tests.support.news import NOON, NORTHWIND, at

HELD = Absence(frozenset(range(20)), NOON, 40)
GONE = Look(SubscriptionState.MISSING, None, "our webhook subscription is gone")


async def open_(database: Database) -> dict[str, Standing]:
    async with database.read() as tx:
        return {rule: told for (rule, _), told in (await transitions.beside(tx)).items()}


async def hold(database: Database, held: Absence) -> None:
    async with database.write() as tx:
        await account_walks.lock(tx, NORTHWIND)
        await account_walks.set_absence(tx, NORTHWIND, held)


async def drifted(database: Database, share: float | None) -> None:
    """The last check's verdict."""
    async with database.write() as tx:
        await consistency.begin(tx, NORTHWIND, NOON)
        await tx.run(drifts.update().values(drift=share, reason="40 fewer", checked_at=NOON))


async def looked(database: Database, look: Look) -> None:
    async with database.write() as tx:
        await subscriptions.looked(tx, NORTHWIND, look, NOON)


async def begun(database: Database, clock: ManualClock) -> HealthRun:
    """One healthy workspace, judged once."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
    await walked(database, clock)
    health = HealthRun(database, Bus(), clock, LIMITS, await leading(database, clock))
    await health.once()
    return health


async def test_every_rule_begins_and_ends_by_itself(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Freshness stays what it was; the log says when each begins and when it is over."""
    caplog.set_level("INFO")
    clock = ManualClock(NOON)
    health = await begun(database, clock)
    assert await open_(database) == {}
    await hold(database, HELD)
    await drifted(database, 0.2)
    await looked(database, GONE)
    async with database.write() as tx:
        await subscriptions.lost(tx, NORTHWIND, NOON, "503")
    await clock.advance(60)
    assert await health.once() == 1
    assert {rule: (told.health, told.since) for rule, told in (await open_(database)).items()} == {
        absence.RULE: (Health.WARNING, at(1)),
        drift.RULE: (Health.CRITICAL, at(1)),
        subscription.RULE: (Health.WARNING, at(1)),
    }
    assert "main/12 is critical: drift 20.0%: 40 fewer" in caplog.text
    await looked(database, Look(SubscriptionState.FINE, 7))
    await hold(database, NOTHING)
    await drifted(database, 0.0)
    await clock.advance(60)
    assert await health.once() == 1
    after = await open_(database)
    assert {rule for rule, told in after.items() if told.health.alarming} == {subscription.CANARY_RULE}
    assert "main/12: drift is over: both witnesses agree" in caplog.text
    async with database.read() as tx:
        assert (await transitions.standing(tx))[NORTHWIND].since == NOON


async def test_newer_words_keep_the_beginning_and_what_cannot_be_told_changes_nothing(
    database: Database,
) -> None:
    """A drift grows from warning to critical as a new state, and stays while deliveries wait to be counted."""
    clock = ManualClock(NOON)
    health = await begun(database, clock)
    seen = []
    for share in (0.06, 0.07, None, 0.2, None):
        await drifted(database, share)
        await clock.advance(60)
        await health.once()
        told = (await open_(database))[drift.RULE]
        seen.append((told.health, told.reason, told.since))
    warning, critical = Health.WARNING, Health.CRITICAL
    assert seen == [
        (warning, "drift 6.0%: 40 fewer", at(1)),
        (warning, "drift 7.0%: 40 fewer", at(1)),
        (warning, "drift 7.0%: 40 fewer", at(1)),
        (critical, "drift 20.0%: 40 fewer", at(4)),
        (critical, "drift 20.0%: 40 fewer", at(4)),
    ]


async def test_a_persons_word_ends_the_alarm_of_a_hold(database: Database) -> None:
    """The accounts are still there; the next walk asks for them."""
    clock = ManualClock(NOON)
    health = await begun(database, clock)
    await hold(database, HELD)
    await health.once()
    async with database.write() as tx:
        await account_walks.confirm(tx, NORTHWIND, at(5), "ops")
    await clock.advance(600)
    assert await health.once() == 1
    assert (await open_(database))[absence.RULE].health is Health.HEALTHY


async def test_who_is_not_watched_any_more_has_no_alarm(database: Database) -> None:
    """Taken out of the configuration, it is paused, and whatever was wrong is over."""
    clock = ManualClock(NOON)
    health = await begun(database, clock)
    await hold(database, HELD)
    await health.once()
    async with database.write() as tx:
        await tx.run(client_registry.update().values(active=False))
    await health.once()
    assert (await open_(database))[absence.RULE].health is Health.HEALTHY
