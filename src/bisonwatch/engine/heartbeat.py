"""Each node writes its heartbeat and its listener's figures to a row every second."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from bisonwatch.cache.figures import Figures, to_json
from bisonwatch.clock import Clock
from bisonwatch.engine.identity import Identity
from bisonwatch.errors import StoreError
from bisonwatch.store import nodes
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node

log = logging.getLogger(__name__)

EVERY_S = 1.0
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
        leads: Callable[[], bool],
        api_url: Callable[[], str | None],
        figures: Callable[[], Figures | None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._identity = identity
        self._version = version
        self._leads = leads
        self._api_url = api_url
        self._figures = figures

    async def run(self) -> None:
        async with self._database.write() as tx:
            await nodes.forget(tx, self._clock.now() - FORGET_AFTER)
        failing = False
        while True:
            try:
                await self.once()
                failing = False
            except StoreError as error:
                if not failing:
                    log.warning("the heartbeat cannot be written: %s", error)
                failing = True
            await self._clock.sleep(EVERY_S)

    async def once(self) -> None:
        figures = self._figures()
        who = self._identity
        node = Node(
            id=who.id,
            name=who.name,
            version=self._version,
            pid=who.pid,
            started_at=who.started_at,
            seen_at=self._clock.now(),
            stopped_at=None,
            leader=self._leads(),
            api_url=self._api_url(),
            figures=to_json(figures) if figures else {},
        )
        async with self._database.write() as tx:
            await nodes.beat(tx, node)

    async def stopped(self) -> None:
        """A clean stop is known at once."""
        async with self._database.write() as tx:
            await nodes.stopped(tx, self._identity.id, self._clock.now())
