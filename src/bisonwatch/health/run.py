"""Events are recorded, findings are computed from them, changes of state are rows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain import subscription
from bisonwatch.domain.health import Finding, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.health.rules.freshness import Limits, Signs, judge
from bisonwatch.store import leases, subscriptions, transitions, watch, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.leases import Lease
from bisonwatch.store.watch import Watch

log = logging.getLogger(__name__)


class HealthRun:
    """`once` judges every workspace and writes what changed. Only the holder of the `lease` judges: a state changes once."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        limits: Limits,
        lease: Callable[[], Lease | None],
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._limits = limits
        self._lease = lease

    async def once(self) -> int:
        """How many workspaces changed their state. Raises LeaseLost: nothing was written."""
        lease, now = self._lease(), self._clock.now()
        if lease is None:
            return 0
        async with self._database.read() as tx:
            registered = await workspaces.all_of(tx, {})
            watches = await watch.everything(tx)
            standing = await transitions.standing(tx)
            pushed = await subscriptions.everything(tx)
        findings = {
            w.key: judge(signs_of(w.active, watches.get(w.key), pushed.get(w.key)), self._limits, now)
            for w in registered
        }
        changed = {key: f for key, f in findings.items() if _changed(f, standing.get(key))}
        reworded = {
            key: f for key, f in findings.items() if key not in changed and f.reason != standing[key].reason
        }
        if changed or reworded:
            await self._write(changed, reworded, lease)
        for key, finding in changed.items():
            self._tell(key, finding, standing.get(key))
        return len(changed)

    async def _write(
        self, changed: dict[WorkspaceKey, Finding], reworded: dict[WorkspaceKey, Finding], lease: Lease
    ) -> None:
        now = self._clock.now()
        async with self._database.write() as tx:
            await leases.check(tx, lease, now)
            for key, finding in changed.items():
                await transitions.change(tx, key, finding, now)
            for key, finding in reworded.items():
                await transitions.reword(tx, key, finding.reason)

    def _tell(self, key: WorkspaceKey, finding: Finding, before: Standing | None) -> None:
        self._bus.publish(Topic.CHANGED, key)
        was_alarming = before is not None and before.health.alarming
        if finding.health.alarming:
            log.warning(
                "%s is %s: %s", key, finding.health.value, finding.reason, extra={"workspace": str(key)}
            )
        elif was_alarming:
            log.info(
                "%s is %s again: %s", key, finding.health.value, finding.reason, extra={"workspace": str(key)}
            )


def signs_of(active: bool, known: Watch | None, pushed: subscription.Standing | None = None) -> Signs:
    """What a rule may look at, out of the stored watch and of how the subscription stands."""
    remark = pushed.remark if pushed else None
    if known is None:
        return Signs(active, None, None, 0, None, None, None, remark)
    return Signs(
        active=active,
        last_webhook_at=known.last_webhook_at,
        verified_at=known.verified_at,
        missed=known.missed,
        missing_since=known.missing_since,
        poll_failed_since=known.poll_failed_since,
        poll_error=known.poll_error,
        remark=remark,
    )


def _changed(finding: Finding, standing: Standing | None) -> bool:
    return standing is None or standing.health is not finding.health
