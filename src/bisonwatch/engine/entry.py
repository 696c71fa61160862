"""Becoming one of the nodes on a database, and taking leave of the others."""

from __future__ import annotations

import logging
from uuid import UUID

from bisonwatch.engine.agreement import Agreement
from bisonwatch.engine.heartbeat import Heartbeat
from bisonwatch.engine.leadership import Leadership
from bisonwatch.errors import BisonwatchError, StartError, StoreBarred, StoreError, StoreUnavailable
from bisonwatch.ingest.deadline import within
from bisonwatch.store import copies, migrate, runs
from bisonwatch.store.database import Database

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""A database that does not answer the first question within it is away."""
LEAVE_S = 3.0
"""So long others are told that we leave."""
LATE_S = 0.5
"""How often a database that was away at the start is tried."""


class Entry:
    """`once` enters; `late` keeps trying until the database is there."""

    def __init__(
        self,
        database: Database,
        node_id: UUID,
        agreement: Agreement,
        leadership: Leadership,
        heartbeat: Heartbeat,
    ) -> None:
        self._database = database
        self._node_id = node_id
        self._agreement = agreement
        self._leadership = leadership
        self._heartbeat = heartbeat

    async def once(self) -> None:
        """Raises StoreNewer, StoreOlder, StartError (half of a copy is there), StoreUnavailable."""
        await self._prepare_schema()
        await self._agreement.once()
        await self._leadership.once()
        await self._heartbeat.once()

    def may_wait(self, error: StoreUnavailable) -> bool:
        """Whether the database may be there later: a file, or a server that turns us away, will not change by itself."""
        return not (isinstance(error, StoreBarred) or self._database.dialect.one_writer)

    async def late(self) -> BisonwatchError | None:
        """Until we are in; else why we never shall be: it refuses us, or is not of our schema."""
        while True:
            await self._database.clock.sleep(LATE_S)
            try:
                await self.once()
                return None
            except BisonwatchError as error:
                if not isinstance(error, StoreUnavailable) or isinstance(error, StoreBarred):
                    return error

    async def leave(self) -> None:
        """With the database away nobody can be told; the lease and the heartbeat end by their age."""
        try:
            await within(LEAVE_S, self._tell_others())
        except (StoreError, TimeoutError) as error:
            why = str(error) or "the database does not answer"
            log.warning("others will notice by themselves that this node is gone: %s", why)

    async def _tell_others(self) -> None:
        async with self._database.write() as tx:
            await runs.give_back(tx, self._node_id)
        await self._leadership.give_back()
        await self._heartbeat.stopped()

    async def _prepare_schema(self) -> None:
        """A new database gets its schema; an older or newer one, and half of a copy, are refused, saying what to run."""
        shown = self._database.place.shown
        try:
            schema = await within(PATIENCE_S, migrate.state(self._database))
        except TimeoutError as error:
            raise StoreUnavailable(f"{shown} did not answer within {PATIENCE_S:g} s") from error
        if schema.revision is None:
            schema = await migrate.upgrade(self._database)
        migrate.check(schema, shown)
        async with self._database.read() as tx:
            begun = await copies.unfinished(tx)
        if begun is not None:
            hint = "run that `bisonwatch db copy` again: it goes on where it was"
            raise StartError(f"{shown} holds an unfinished copy of {begun}", hint=hint)
