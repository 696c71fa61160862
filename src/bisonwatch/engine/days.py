"""The leader keeps the series of mail providers and of daily capacity going on days on which nobody could read accounts."""

from __future__ import annotations

from datetime import UTC

from bisonwatch.clock import Clock
from bisonwatch.engine.leadership import Leadership
from bisonwatch.store import leases, provider_days, volume_days
from bisonwatch.store.database import Database

EVERY_S = 3600.0


class ProviderDays:
    """`once` writes today's rows out of the accounts in the mirror, under the lease."""

    def __init__(self, database: Database, leadership: Leadership, clock: Clock) -> None:
        self._database = database
        self._leadership = leadership
        self._clock = clock

    async def once(self) -> bool:
        """False when this node does not lead. Raises LeaseLost, and nothing is written, when it no longer does."""
        lease, now = self._leadership.lease, self._clock.now()
        if lease is None:
            return False
        async with self._database.write() as tx:
            await leases.check(tx, lease, now)
            await provider_days.record(tx, now.astimezone(UTC).date())
            await volume_days.capacity(tx, now.astimezone(UTC).date(), now)
        return True
