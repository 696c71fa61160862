"""The inbox: answers, bounces and what people wrote, newest first, down to where the last finished walk began."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.routes.replies import Folder
from bisonwatch.clients.bison.wire import ReplyRow
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import cursors
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.automated import Automated, automated
from bisonwatch.sync.gain import Gain
from bisonwatch.sync.intake import Intake, settled
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.misses import Misses
from bisonwatch.sync.providers import Providers

FOLDERS: tuple[Folder, ...] = ("inbox", "bounced", "sent")
"""Where answers, bounces and what people wrote lie; the rest of the mailboxes is spam."""

Stamp = Callable[[ReplyRow], datetime | None]
"""Which of a row's dates says when it became what it is."""

log = logging.getLogger(__name__)


class Ask(Protocol):
    """Begins the walk of a list in which rows were seen before, or were not."""

    def __call__(self, *, there: bool) -> AsyncGenerator[Page[ReplyRow], None]: ...


@dataclass(frozen=True, slots=True)
class Depth:
    """How far a walk goes. `overlap` is how far below the last finished walk's newest row; `history` how far without one.

    `settle`: younger rows are left to their webhooks. `until`, where given, is the date to go down to whatever was walked before; `least`
    is how far back to go in any case.
    """

    overlap: timedelta = timedelta(minutes=15)
    history: timedelta = timedelta(days=10)
    settle: timedelta = timedelta(0)
    until: datetime | None = None
    marks: timedelta = timedelta(days=10)
    """How old a reply may be whose mark is looked for."""
    least: timedelta = timedelta(0)

    def floor(self, cursor: Cursor | None, began: datetime) -> datetime:
        if self.until is not None:
            return self.until
        if cursor is None:
            return began - max(self.history, self.least)
        return min(cursor.position_at - max(self.overlap, self.settle), began - self.least)


class Replies:
    """`walk` reads one workspace's folders, each with a cursor of its own, and what was marked as interested since."""

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
        misses: Misses | None = None,
        folders: Sequence[Folder] = FOLDERS,
    ) -> Gain:
        """What was new. Raises ProviderError, ConfigError, StopAsked; batches written until then stay, and the cursors where they were."""
        used = meter or Meter()
        client = used.follow(await self._providers.client(workspace, priority))
        known = await automated(self._database, workspace, client)
        total = Gain()
        for folder in folders:
            intake = Intake(self._database, workspace, source, known.changes, used, misses)
            walk = _Walk(self._database, workspace, f"replies/{folder}", depth, intake, known)
            await walk.down(partial(client.replies.pages, folder=folder), used)
            total = total.plus(intake.gain)
        intake = Intake(self._database, workspace, source, known.changes, used, misses)
        walk = _Walk(self._database, workspace, "replies/interested", depth, intake, known, _marked)
        await walk.marks(client.replies.pages(status="interested"), used)
        total = total.plus(intake.gain)
        used.complete(f"replies of {workspace}")
        if total.facts:
            self._bus.publish(Topic.CHANGED, workspace)
        return total


def arrived(row: ReplyRow) -> datetime | None:
    return row.created_at or row.reply.received_at


def _marked(row: ReplyRow) -> datetime | None:
    return row.updated_at or arrived(row)


def _unmarked(row: ReplyRow) -> ReplyRow:
    """The mark may have been set just now, on a row however old: it is left to its webhook."""
    return replace(row, reply=replace(row.reply, interested=False))


class _Walk:
    """One walk of one list. `stamp` tells which rows are too young for it."""

    def __init__(
        self,
        database: Database,
        workspace: WorkspaceKey,
        stream: str,
        depth: Depth,
        intake: Intake[ReplyRow],
        automated: Automated,
        stamp: Stamp = arrived,
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._stream = stream
        self._depth = depth
        self._intake = intake
        self._automated = automated
        self._stamp = stamp
        self._newest: tuple[int, datetime] | None = None
        self._lowest: datetime | None = None
        """Of what lies below it nothing was read but the end of a page: a few rows of a day are not that day."""

    async def down(self, ask: Ask, meter: Meter) -> None:
        """To the cursor, which moves at the end: a walk that is cut leaves it where it was."""
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, self._workspace, self._stream)
        began = self._database.clock.now()
        floor = self._depth.floor(cursor, began)
        self._lowest = floor
        await self._read(ask(there=cursor is not None), floor, meter)
        reaches = cursor.position_at if cursor else began - self._depth.history
        if self._newest is not None and floor <= reaches:
            end = Cursor(*self._newest, began)
            move = partial(cursors.move, workspace=self._workspace, stream=self._stream, cursor=end)
            await self._database.again(Lane.JOBS, move)

    async def marks(self, pages: AsyncGenerator[Page[ReplyRow], None], meter: Meter) -> None:
        """A mark is set on a row however old and moves it nowhere: all marks of the history are looked at each time."""
        began = self._database.clock.now()
        self._lowest = self._depth.until or began - max(self._depth.marks, self._depth.least)
        await self._read(pages, self._lowest, meter)

    async def _read(self, pages: AsyncGenerator[Page[ReplyRow], None], floor: datetime, meter: Meter) -> None:
        async with aclosing(pages):
            async for page in pages:
                for rejected in page.rejected:
                    where = f"{self._workspace}: {self._stream}"
                    log.warning("%s: skipped %s: %s", where, rejected.path, rejected.reason)
                await self._take(page)
                meter.advance(f"replies of {self._workspace}", len(page.rows))
                await meter.report()
                if oldest(page) < floor:
                    break
        await self._intake.flush()

    async def _take(self, page: Page[ReplyRow]) -> None:
        if page.rows and self._newest is None:
            self._newest = page.rows[0].id, min(arrived(page.rows[0]) or page.known_at, page.known_at)
        settle = self._depth.settle
        rows = [
            _unmarked(row) if not settled(_marked(row), page.known_at, settle) else row
            for row in page.rows
            if settled(self._stamp(row), page.known_at, settle) and not self._below(row)
        ]
        await self._automated.learn(rows)
        await self._intake.take(rows, page.known_at)

    def _below(self, row: ReplyRow) -> bool:
        at = arrived(row)
        return self._lowest is not None and at is not None and at < self._lowest


def oldest(page: Page[ReplyRow]) -> datetime:
    """When the provider took in the last row that says so; only those dates fall from row to row."""
    dates = (row.created_at for row in reversed(page.rows) if row.created_at is not None)
    return next(dates, page.known_at)
