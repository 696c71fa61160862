"""Each node writes its heartbeat and its listener's figures to a row every second."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bisonwatch.cache.figures import Figures, to_json
from bisonwatch.clock import Clock
from bisonwatch.engine.identity import Identity
from bisonwatch.engine.members import Members
from bisonwatch.errors import StoreBarred, StoreError
from bisonwatch.store import nodes, sessions
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node

log = logging.getLogger(__name__)

EVERY_S = 1.0
LOOK = 5
"""Every so many heartbeats others that fell silent are looked for."""
FORGET_AFTER = timedelta(days=7)


class Heartbeat:
    """`once` writes one; a database that is away is no reason to stop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        identity: Identity,
        version: str,
        *,
        agree: Callable[[], Awaitable[None]],
        members: Members,
        leads: Callable[[], bool],
        api_url: Callable[[], str | None],
        figures: Callable[[], Figures | None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._identity = identity
        self._version = version
        self._agree = agree
        self._members = members
        self._leads = leads
        self._api_url = api_url
        self._figures = figures
        self._started_at: datetime | None = None
        self._may_end = True

    async def run(self) -> None:
        failing_since: float | None = None
        forgotten, beats = False, 0
        while True:
            try:
                await self._agree()
                await self.once()
                beats += 1
                if beats % LOOK == 0:
                    await self.end_silent()
                if not forgotten:
                    forgotten = await self._forget()
                if failing_since is not None:
                    log.info(
                        "the heartbeat is written again, after %.1f s",
                        self._clock.monotonic() - failing_since,
                    )
                failing_since = None
            except StoreError as error:
                if failing_since is None:
                    failing_since = self._clock.monotonic()
                    log.warning("the heartbeat cannot be written: %s", error)
            await self._clock.sleep(EVERY_S)

    async def once(self) -> None:
        figures, who, now = self._figures(), self._identity, self._clock.now()
        self._started_at = self._started_at or now
        node = Node(
            id=who.id,
            name=who.name,
            version=self._version,
            pid=who.pid,
            started_at=self._started_at,
            seen_at=now,
            stopped_at=None,
            leader=self._leads(),
            api_url=self._api_url(),
            figures=to_json(figures) if figures else {},
        )
        async with self._database.write() as tx:
            await nodes.beat(tx, node)
            living = await nodes.living(tx, now - nodes.ALIVE_FOR)
        self._members.heard(living)

    async def end_silent(self) -> None:
        """What a node that is frozen or cut off holds is let go: its work is ours by now. Where we may not do that, it is said once."""
        if not self._may_end:
            return
        try:
            async with self._database.read() as tx:
                ended = await sessions.end_silent(tx, self._clock.now())
        except StoreBarred as error:
            self._may_end = False
            log.warning("sessions of nodes that fall silent cannot be ended: %s", error)
            return
        if ended:
            log.warning("%d sessions of nodes that fell silent are ended: they held up the others", ended)

    async def _forget(self) -> bool:
        """Nodes that were gone long ago."""
        async with self._database.write() as tx:
            await nodes.forget(tx, self._clock.now() - FORGET_AFTER)
        return True

    async def stopped(self) -> None:
        """A clean stop is known at once."""
        async with self._database.write() as tx:
            await nodes.stopped(tx, self._identity.id, self._clock.now())
