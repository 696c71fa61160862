"""The right to switch a super-admin key: one node at a time, since whoever uses it moves all others with it."""

from __future__ import annotations

from uuid import UUID

from bisonwatch.errors import ProviderBusy
from bisonwatch.store import leases
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.leases import Lease

TTL_S = 60.0
PATIENCE_S = 30.0
"""How long we wait for another node to give it back."""
LOOK_S = 0.25


class KeyLease:
    """Believed for as long as it was granted, by our own monotonic clock; renewed when half of that is gone."""

    def __init__(self, database: Database, instance: str, holder: UUID) -> None:
        self._database = database
        self._instance = instance
        self._holder = holder
        self._lease: Lease | None = None
        self._believed_until = 0.0

    async def take(self) -> None:
        """Ours, or renewed. Raises ProviderBusy when another node keeps it, StoreError."""
        clock = self._database.clock
        asked = clock.monotonic()
        while not await self._hold():
            if clock.monotonic() - asked >= PATIENCE_S:
                raise ProviderBusy(
                    f"another node is using the super-admin key of instance {self._instance}",
                    hint="one api-user key for each workspace knows no such wait: `bisonwatch keys mint`",
                )
            await clock.sleep(LOOK_S)

    async def kept(self) -> bool:
        """Whether it was ours all the time since it was taken."""
        before = self._lease
        return await self._hold() and before is not None and self._lease == before

    async def _hold(self) -> bool:
        now = self._database.clock.monotonic()
        if self._lease is not None and now < self._believed_until - TTL_S / 2:
            return True
        async with self._database.write(Lane.JOBS) as tx:
            ttl = round(TTL_S * 1_000_000)
            name = f"key {self._instance}"
            self._lease = await leases.acquire(tx, name, self._holder, ttl, self._database.clock.now())
        self._believed_until = now + TTL_S * 0.9
        return self._lease is not None

    async def give_back(self) -> None:
        """Others need not wait for its end."""
        lease, self._lease = self._lease, None
        if lease is not None:
            async with self._database.write(Lane.JOBS) as tx:
                await leases.release(tx, lease, self._database.clock.now())
