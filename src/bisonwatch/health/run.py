"""Events are recorded, findings are computed from them, changes of state are rows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.health import Finding, Standing
from bisonwatch.health import beside
from bisonwatch.health.beside import Known, Place
from bisonwatch.health.rules import drift
from bisonwatch.health.rules.freshness import Limits, Signs, judge
from bisonwatch.store import (
    account_walks,
    consistency,
    leases,
    subscriptions,
    transitions,
    watch,
    workspaces,
)
from bisonwatch.store.database import Database
from bisonwatch.store.leases import Lease
from bisonwatch.store.tx import Tx
from bisonwatch.store.watch import Watch

log = logging.getLogger(__name__)
DRIFTS = drift.Limits()


class HealthRun:
    """`once` judges every workspace and writes what changed. Only the holder of the `lease` judges: a state changes once."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        limits: Limits,
        lease: Callable[[], Lease | None],
        drifts: drift.Limits = DRIFTS,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._limits = limits
        self._lease = lease
        self._drifts = drifts

    async def once(self) -> int:
        """How many workspaces changed their state. Raises LeaseLost: nothing was written."""
        lease, now = self._lease(), self._clock.now()
        if lease is None:
            return 0
        async with self._database.read() as tx:
            registered = await workspaces.all_of(tx, {})
            watches = await watch.everything(tx)
            fresh = await transitions.standing(tx)
            others = await transitions.beside(tx)
            known = await _known(tx)
        found = {
            Place(transitions.RULE, w.key): judge(signs_of(w.active, watches.get(w.key)), self._limits, now)
            for w in registered
        }
        standing = {Place(transitions.RULE, key): told for key, told in fresh.items()}
        changed = {place: f for place, f in found.items() if _changed(f, standing.get(place))}
        reworded = {
            place: f.reason
            for place, f in found.items()
            if place not in changed and f.reason != standing[place].reason
        }
        standing |= {Place(*place): told for place, told in others.items()}
        aside = beside.findings(registered, known, self._drifts, now)
        changed |= beside.news(aside, standing)
        reworded |= beside.wording(aside, standing)
        if changed or reworded:
            await self._write(changed, reworded, lease)
        for place, finding in changed.items():
            self._tell(place, finding, standing.get(place))
        return len({place.workspace for place in changed})

    async def _write(self, changed: dict[Place, Finding], reworded: dict[Place, str], lease: Lease) -> None:
        now = self._clock.now()
        async with self._database.write() as tx:
            await leases.check(tx, lease, now)
            for place, finding in changed.items():
                await transitions.change(tx, place.workspace, finding, now, place.rule)
            for place, reason in reworded.items():
                await transitions.reword(tx, place.workspace, reason, place.rule)

    def _tell(self, place: Place, finding: Finding, before: Standing | None) -> None:
        key, said = place.workspace, {"workspace": str(place.workspace)}
        self._bus.publish(Topic.CHANGED, key)
        was_alarming = before is not None and before.health.alarming
        if finding.health.alarming:
            log.warning("%s is %s: %s", key, finding.health.value, finding.reason, extra=said)
        elif was_alarming and place.rule == transitions.RULE:
            log.info("%s is %s again: %s", key, finding.health.value, finding.reason, extra=said)
        elif was_alarming:
            log.info("%s: %s is over: %s", key, place.rule, finding.reason, extra=said)


async def _known(tx: Tx) -> Known:
    walks = await account_walks.everything(tx)
    return Known(
        pushed=await subscriptions.everything(tx),
        absences={key: known.absence for key, known in walks.items()},
        drifts=await consistency.standing(tx),
    )


def signs_of(active: bool, known: Watch | None) -> Signs:
    """What a rule may look at, out of the stored watch."""
    if known is None:
        return Signs(active, None, None, 0, None, None, None)
    return Signs(
        active=active,
        last_webhook_at=known.last_webhook_at,
        verified_at=known.verified_at,
        missed=known.missed,
        missing_since=known.missing_since,
        poll_failed_since=known.poll_failed_since,
        poll_error=known.poll_error,
    )


def _changed(finding: Finding, standing: Standing | None) -> bool:
    return standing is None or standing.health is not finding.health
