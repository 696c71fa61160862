"""One walk of one workspace's event log: what it saw, what was missing, and where it ends."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.journal import Journal
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import LogRow
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import UnreadableEvent
from bisonwatch.store import cursors, deliveries, facts, inbox
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.store.watch import Watch
from bisonwatch.sync.evidence import SKEW, Judge, Seen, read
from bisonwatch.sync.plan import Tempo
from bisonwatch.sync.record import Ours, RecordWalk, by_path
from bisonwatch.sync.toll import Toll, tell

STREAM = "events"
DAY = timedelta(days=1)
BATCH = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Before:
    """What is known when a walk begins. `toll` is what an unfinished walk had found already; `recorded_until`: see `RecordWalk`."""

    began: datetime
    cursor: Cursor | None
    watched: Watch
    toll: Toll
    recorded_until: datetime | None = None

    def beyond(self, tempo: Tempo) -> datetime | None:
        """When the last walk was made, if the log does not reach so far back any more."""
        cursor = self.cursor
        gone = cursor is not None and self.began - cursor.walked_at > tempo.history
        return cursor.walked_at - tempo.reach if cursor is not None and gone else None

    def floor(self, tempo: Tempo) -> datetime | None:
        """Rows logged before it were walked already. None: walk to the log's end."""
        if self.cursor is None or self.began - self.cursor.position_at > tempo.history:
            return None
        return self.cursor.position_at - tempo.reach

    def has_rows(self, tempo: Tempo) -> bool:
        """Whether a row that was seen must still be in the log; its last day is left to the provider's own reckoning."""
        return self.cursor is not None and self.began - self.cursor.position_at < tempo.history - DAY

    def states_since(self, tempo: Tempo) -> datetime | None:
        """Rows without facts logged before it were judged by the last walk; the webhook that excused one may be pruned by now."""
        return None if self.cursor is None else self.cursor.walked_at - 2 * tempo.reach


class LogWalk:
    """Takes pages newest first, in batches; `finish` moves the cursor and says in one transaction what was missed."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        workspace: WorkspaceKey,
        before: Before,
        tempo: Tempo,
        subscribed: frozenset[str],
        ours: Ours = by_path,
        journal: Journal | None = None,
    ) -> None:
        """`journal` is told of rows whose payload cannot be read."""
        self._database = database
        self._bus = bus
        self._workspace = workspace
        self._before = before
        self._tempo = tempo
        self._subscribed = subscribed
        self._journal = journal
        self._judge = Judge(tempo.in_time)
        self._record = RecordWalk(workspace, before.recorded_until, tempo, ours)
        self._waiting: list[Seen] = []
        self._newest: tuple[int, datetime] | None = None
        self.toll = before.toll
        self.rows = self.applied = 0

    async def take(self, page: Page[LogRow]) -> bool:
        """Judge a page; True when the walk has reached what was walked before."""
        for rejected in page.rejected:
            log.warning("%s: event log: skipped %s: %s", self._workspace, rejected.path, rejected.reason)
        self._record.take(page)
        if not page.rows:
            return False
        if self._newest is None:
            self._newest = (page.rows[0].id, min(page.rows[0].created_at, page.known_at))
        settled = page.known_at - self._tempo.settle
        for row in page.rows:
            seen = self._read(row, page.known_at) if row.created_at <= settled else None
            if seen is not None and not self._judged(seen):
                self._waiting.append(seen)
        self.rows += len(page.rows)
        if len(self._waiting) >= BATCH:
            await self._flush()
        floor = self._before.floor(self._tempo)
        return floor is not None and page.rows[-1].created_at < floor

    def _judged(self, seen: Seen) -> bool:
        since = self._before.states_since(self._tempo)
        return not seen.facts and since is not None and seen.logged_at < since

    def _read(self, row: LogRow, now: datetime) -> Seen | None:
        try:
            return read(row, self._workspace, now)
        except UnreadableEvent as problem:
            log.warning("%s: event log: skipped row %d: %s", self._workspace, row.id, problem)
            if self._journal is not None:
                self._journal.flawed("GET", "/api/events", "payload", problem.message, row.payload)
            return None

    async def _missing(self) -> list[Seen]:
        rows, self._waiting = self._waiting, []
        if not rows:
            return []
        async with self._database.read() as tx:
            known = await facts.known(tx, sorted({key for row in rows for key in row.facts}))
            open_rows = [row for row in rows if not row.facts or not row.facts <= known]
            if not open_rows:
                return []
            since = min(row.logged_at for row in open_rows) - SKEW
            heard = await deliveries.heard(tx, list({row.content_hash for row in open_rows}), since)
            polled = await deliveries.stored(tx, [row.id for row in open_rows])
        return self._judge.missing(open_rows, known, heard, polled)

    async def _flush(self) -> None:
        missing = await self._missing()
        if missing:
            await self._database.again(Lane.JOBS, partial(self._put, rows=missing))
        self._told(missing)

    async def finish(self) -> None:
        missing = await self._missing()
        toll = self.toll.plus(self._misses(missing))
        episode = await self._database.again(Lane.JOBS, partial(self._end, missing=missing, toll=toll))
        self._told(missing)
        self.toll = Toll(toll.missed, episode.since)
        self._bus.publish(Topic.CHANGED, self._workspace)

    async def _end(self, tx: Tx, missing: list[Seen], toll: Toll) -> Toll:
        """The episode of misses this walk belongs to."""
        before = self._before
        if missing:
            await self._put(tx, missing)
        if self._newest is not None:
            await cursors.move(tx, self._workspace, STREAM, Cursor(*self._newest, before.began))
            await self._record.write(tx, before.began)
        elif before.cursor is not None:  # the log ran empty; it was walked all the same
            await cursors.move(tx, self._workspace, STREAM, replace(before.cursor, walked_at=before.began))
        return await tell(tx, before.watched, before.began, toll)

    async def _put(self, tx: Tx, rows: list[Seen]) -> None:
        await inbox.put(tx, [row.delivery(self._database.clock.now()) for row in rows])

    def _told(self, missing: list[Seen]) -> None:
        """After the commit."""
        self.toll = self.toll.plus(self._misses(missing))
        self.applied += len(missing)
        if missing:
            self._bus.publish(Topic.INBOX)

    def _misses(self, rows: list[Seen]) -> list[datetime]:
        """When those were logged that our subscription should have brought."""
        since = self._before.watched.subscribed_at
        if since is None:
            return []
        return [row.logged_at for row in rows if row.type in self._subscribed and row.logged_at >= since]
