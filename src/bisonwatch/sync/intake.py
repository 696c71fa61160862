"""Rows of one walk over one of the provider's lists, on their way into the mirror."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from bisonwatch.clients.bison import translate
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.facts import FactKey, facts_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.plausible import plausible
from bisonwatch.domain.promptness import TEN_MINUTES
from bisonwatch.errors import UnreadableEvent
from bisonwatch.store import inbox, mirror
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.gain import Gain, gained
from bisonwatch.sync.listed import Reading
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.misses import Misses

BATCH = 200
"""Rows per transaction, so that a delivery never waits long behind one."""

T = TypeVar("T")


def settled(at: datetime | None, known_at: datetime, settle: timedelta) -> bool:
    """Whether a webhook has had its time since then; what has no date, or one that cannot be, waits for none."""
    if not settle or at is None or not plausible(at, known_at):
        return True
    return at <= known_at - settle


class Intake(Generic[T]):
    """Holds a batch at most. `misses`, where given, hears what webhooks should have brought."""

    def __init__(
        self,
        database: Database,
        workspace: WorkspaceKey,
        source: Source,
        changes: Callable[[Sequence[T], Reading], Changes],
        meter: Meter,
        misses: Misses | None = None,
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._source = source
        self._changes = changes
        self._meter = meter
        self._misses = misses
        self._rows: list[T] = []
        self._known_at: datetime | None = None
        self.gain = Gain()

    async def take(self, rows: Collection[T], known_at: datetime) -> None:
        """All of a batch is as of the first of its pages: no row is taken for newer than it is."""
        self._known_at = min(self._known_at or known_at, known_at)
        self._rows += rows
        if len(self._rows) >= BATCH:
            await self.flush()

    async def flush(self) -> None:
        rows, known_at = self._rows, self._known_at
        self._rows, self._known_at = [], None
        if not rows or known_at is None:
            return
        waiting = await self._waiting()
        now = self._database.clock.now()
        changes = self._changes(rows, Reading(self._workspace, known_at, now, self._source))
        promptness = TEN_MINUTES if self._misses is None else self._misses.promptness
        write = partial(mirror.write, changes=changes, now=now, promptness=promptness)
        written = await self._database.again(Lane.JOBS, write)
        gain = gained(written.new, len(rows))
        if self._misses is not None:
            self._misses.note((*written.new, *written.proven), waiting)
        self.gain = self.gain.plus(gain)
        self._meter.written += gain.facts

    async def _waiting(self) -> frozenset[FactKey]:
        """What webhooks have brought, or a walk of the log has put there, and the processor has not come to."""
        if self._misses is None:
            return frozenset()
        async with self._database.read() as tx:
            return frozenset(
                key for delivery in await inbox.waiting(tx, self._workspace) for key in _facts(delivery)
            )


def _facts(delivery: Delivery) -> list[FactKey]:
    try:
        raw = translate.parse(delivery.body)
        event = translate.event(raw, instance=delivery.instance, workspace_id=delivery.workspace_id)
    except UnreadableEvent:
        return []
    at = delivery.received_at
    facts = facts_of(event, content_hash=delivery.content_hash, logged_at=None, received_at=at)
    return [fact.id for fact in facts]
