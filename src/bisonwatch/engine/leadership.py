"""The lease `scheduler`: its holder is the leader, which enqueues due runs; any node takes them."""

from __future__ import annotations

import logging

from bisonwatch.clock import Clock
from bisonwatch.engine.identity import Identity
from bisonwatch.errors import StoreError
from bisonwatch.store import leases
from bisonwatch.store.database import Database
from bisonwatch.store.leases import Lease

log = logging.getLogger(__name__)

NAME = "scheduler"
TTL_S = 15.0
SETTLE_S = 3.0


class Leadership:
    """Renewed at a third of its length; believed no longer than it was granted for, by our own monotonic clock."""

    def __init__(self, database: Database, clock: Clock, identity: Identity) -> None:
        self._database = database
        self._clock = clock
        self._identity = identity
        self._lease: Lease | None = None
        self._believed_until = 0.0
        self._steady_since: float | None = None
        self._failing_since: float | None = None

    @property
    def lease(self) -> Lease | None:
        """Ours, while we may believe so."""
        return self._lease if self._clock.monotonic() < self._believed_until else None

    def leads(self) -> bool:
        return self.lease is not None

    def settled(self) -> bool:
        """Led for a while without trouble with the database: who has not been seen meanwhile is gone, and was not just cut off as we were."""
        since = self._steady_since
        return self.leads() and since is not None and self._clock.monotonic() - since >= SETTLE_S

    async def run(self) -> None:
        while True:
            await self.once()
            await self._clock.sleep(TTL_S / 3)

    async def once(self) -> None:
        asked = self._clock.monotonic()
        was = self.leads()
        try:
            async with self._database.write() as tx:
                ttl = round(TTL_S * 1_000_000)
                self._lease = await leases.acquire(tx, NAME, self._identity.id, ttl, self._clock.now())
        except StoreError as error:
            self._failed(error)
            return
        self._recovered()
        self._believed_until = asked + TTL_S * 0.8 if self._lease else 0.0
        if self._lease is None:
            self._steady_since = None
        elif self._steady_since is None:
            self._steady_since = self._clock.monotonic()
        if self.leads() != was:
            log.info("this node %s", "leads now" if self.leads() else "no longer leads")

    def _failed(self, error: StoreError) -> None:
        self._steady_since = None
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
            log.warning("the lease '%s' could not be renewed: %s", NAME, error)

    def _recovered(self) -> None:
        if self._failing_since is not None:
            lasted = self._clock.monotonic() - self._failing_since
            self._failing_since = None
            log.info("the lease '%s' can be asked for again, after %.1f s", NAME, lasted)

    async def give_back(self) -> None:
        """At a clean stop, so that another node leads at once."""
        if self._lease is not None:
            async with self._database.write() as tx:
                await leases.release(tx, self._lease, self._clock.now())
            self._lease, self._believed_until = None, 0.0
