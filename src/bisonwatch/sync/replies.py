"""The inbox: answers and bounces, newest first, down to where the last finished walk began."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.routes.replies import Folder
from bisonwatch.clients.bison.wire import ReplyRow
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import campaigns, cursors, mirror
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync.gain import Gain, gained
from bisonwatch.sync.listed import Reading, of_replies
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.providers import Providers

FOLDERS: tuple[Folder, ...] = ("inbox", "bounced")
"""Where answers and bounces lie; the rest of the mailboxes is our own mail and warm-up."""
BATCH = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Depth:
    """How far a walk goes. `overlap` is how far below the last finished walk's newest row; `history` how far without one.

    `settle`: younger rows are left to their webhooks. `until`, where given, is the date to go down to whatever was walked before.
    """

    overlap: timedelta = timedelta(minutes=15)
    history: timedelta = timedelta(days=10)
    settle: timedelta = timedelta(0)
    until: datetime | None = None

    def floor(self, cursor: Cursor | None, began: datetime) -> datetime:
        if self.until is not None:
            return self.until
        if cursor is None or began - cursor.position_at > self.history:
            return began - self.history
        return cursor.position_at - max(self.overlap, self.settle)


class Replies:
    """`walk` reads one workspace's folders, each with a cursor of its own."""

    def __init__(self, database: Database, providers: Providers, bus: Bus) -> None:
        self._database = database
        self._providers = providers
        self._bus = bus

    async def walk(
        self,
        workspace: WorkspaceKey,
        meter: Meter | None = None,
        *,
        source: Source = Source.READ,
        depth: Depth = Depth(),
        priority: Priority = Priority.RECONCILE,
    ) -> Gain:
        """What was new. Raises ProviderError, ConfigError, StopAsked; batches written until then stay, and the cursors where they were."""
        used = meter or Meter()
        client = used.follow(await self._providers.client(workspace, priority))
        async with self._database.read() as tx:
            in_stats = await campaigns.counting_automated(tx, workspace)
        total = Gain()
        for folder in FOLDERS:
            walk = _Folder(self._database, workspace, folder, source, depth, in_stats)
            total = total.plus(await walk.down(client, used))
        self._bus.publish(Topic.CHANGED, workspace)
        return total


class _Folder:
    """One walk of one folder."""

    def __init__(
        self,
        database: Database,
        workspace: WorkspaceKey,
        folder: Folder,
        source: Source,
        depth: Depth,
        in_stats: dict[int, bool | None],
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._folder = folder
        self._source = source
        self._depth = depth
        self._in_stats = in_stats
        self._stream = f"replies/{folder}"
        self._newest: tuple[int, datetime] | None = None
        self._rows: list[ReplyRow] = []
        self._known_at: datetime | None = None
        self._gain = Gain()

    async def down(self, client: BisonClient, meter: Meter) -> Gain:
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, self._workspace, self._stream)
        began = self._database.clock.now()
        floor = self._depth.floor(cursor, began)
        async for page in client.replies.pages(folder=self._folder):
            for rejected in page.rejected:
                log.warning(
                    "%s: %s: skipped %s: %s", self._workspace, self._stream, rejected.path, rejected.reason
                )
            self._take(page.rows, page.known_at)
            meter.read += len(page.rows)
            if len(self._rows) >= BATCH:
                await self._flush(meter)
            await meter.report()
            if page.rows and _dated(page.rows[-1], page.known_at) < floor:
                break
        await self._flush(meter)
        if self._newest is not None and (cursor is None or floor <= cursor.position_at):
            await self._database.again(Lane.JOBS, partial(self._move, cursor=Cursor(*self._newest, began)))
        return self._gain

    def _take(self, rows: Sequence[ReplyRow], known_at: datetime) -> None:
        if rows and self._newest is None:
            self._newest = rows[0].id, _dated(rows[0], known_at)
        settled = known_at - self._depth.settle
        self._known_at = min(self._known_at or known_at, known_at)
        self._rows += [row for row in rows if _dated(row, known_at) <= settled]

    async def _flush(self, meter: Meter) -> None:
        """All as of the first of their pages: no row is taken for newer than it is."""
        rows, known_at = self._rows, self._known_at
        self._rows, self._known_at = [], None
        if not rows or known_at is None:
            return
        now = self._database.clock.now()
        reading = Reading(self._workspace, known_at, now, self._source)
        changes = of_replies(rows, reading, self._in_stats)
        written = await self._database.again(Lane.JOBS, partial(mirror.write, changes=changes, now=now))
        gain = gained(changes, written.news_from, len(rows))
        self._gain = self._gain.plus(gain)
        meter.written += gain.facts

    async def _move(self, tx: Tx, cursor: Cursor) -> None:
        await cursors.move(tx, self._workspace, self._stream, cursor)


def _dated(row: ReplyRow, known_at: datetime) -> datetime:
    """When the provider took it in; a row without a date is as new as its page."""
    return min(row.created_at or known_at, known_at)
