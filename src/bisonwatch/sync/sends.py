"""The send ledger, by the day a message was planned for: ids are given at planning, so that they say nothing of what was sent."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import SendRow
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import RouteMissing
from bisonwatch.store import cursors
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.gain import Gain
from bisonwatch.sync.intake import Intake, settled
from bisonwatch.sync.listed import of_sends
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.misses import Misses
from bisonwatch.sync.providers import Providers

STREAM = "sends"
MARGIN = timedelta(days=2)
"""The filter's day is in each campaign's zone, and what was planned for a day may go out on the next."""
HISTORY = timedelta(days=10)
NEVER_SENT = "draft"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a finished walk was the first to tell, and how many messages it saw per UTC day that had gone out before it began."""

    gain: Gain
    sent: Mapping[date, int]


class Sends:
    """`walk` reads what was planned for the day of the last finished walk, or later."""

    def __init__(self, database: Database, providers: Providers, bus: Bus) -> None:
        self._database = database
        self._providers = providers
        self._bus = bus

    async def walk(
        self,
        workspace: WorkspaceKey,
        meter: Meter | None = None,
        *,
        since: date | None = None,
        source: Source = Source.READ,
        least: timedelta = timedelta(0),
        settle: timedelta = timedelta(0),
        priority: Priority = Priority.RECONCILE,
        misses: Misses | None = None,
    ) -> Ledger:
        """`since`: the day to read from, whatever was walked before; `least`: how far back to read in any case. `settle`: what went out later
        than this is left to its webhook.

        Raises ProviderError, ConfigError, StopAsked; batches written until then stay, and the cursor where it was.
        """
        used, began = meter or Meter(), self._database.clock.now()
        client = used.follow(await self._providers.client(workspace, priority))
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, workspace, STREAM)
        reaches = (cursor.position_at if cursor else began - HISTORY) - MARGIN
        first = since or min(reaches, began - least).astimezone(UTC).date()
        intake = Intake(self._database, workspace, source, of_sends, used, misses)
        walk = _Walk(workspace, intake, used, settle)
        await walk.everything(client, first, there=cursor is not None and cursor.position > 0)
        await intake.flush()
        used.complete(f"sends of {workspace}")
        if first <= reaches.astimezone(UTC).date():
            end = Cursor(max(walk.newest, cursor.position if cursor else 0), began, began)
            move = partial(cursors.move, workspace=workspace, stream=STREAM, cursor=end)
            await self._database.again(Lane.JOBS, move)
        if intake.gain.facts:
            self._bus.publish(Topic.CHANGED, workspace)
        return Ledger(intake.gain, walk.sent)


class _Walk:
    """Over the whole workspace, or over campaign after campaign where the instance has no list of all."""

    def __init__(
        self, workspace: WorkspaceKey, intake: Intake[SendRow], meter: Meter, settle: timedelta
    ) -> None:
        self._workspace = workspace
        self._intake = intake
        self._meter = meter
        self._settle = settle
        self._began: datetime | None = None
        self.newest = 0
        self.sent = Counter[date]()

    async def everything(self, client: BisonClient, first: date, *, there: bool) -> None:
        try:
            await self._read(client.sends.pages(day=first, there=there))
        except RouteMissing:
            async for page in client.campaigns.pages():
                for row in page.rows:
                    if row.status != NEVER_SENT:
                        await self._read(client.campaigns.sends_pages(row.id, day=first))

    async def _read(self, pages: AsyncGenerator[Page[SendRow], None]) -> None:
        async with aclosing(pages):
            async for page in pages:
                for rejected in page.rejected:
                    log.warning("%s: sends: skipped %s: %s", self._workspace, rejected.path, rejected.reason)
                await self._take(page)
                self._meter.advance(f"sends of {self._workspace}", len(page.rows))
                await self._meter.report()

    async def _take(self, page: Page[SendRow]) -> None:
        began = self._began = self._began or page.known_at
        self.newest = max([self.newest, *page.ids])
        gone_out = (row.send.sent_at for row in page.rows)
        self.sent.update(at.astimezone(UTC).date() for at in gone_out if at is not None and at <= began)
        rows = [
            row
            for row in page.rows
            if settled(row.send.sent_at or row.scheduled_at, page.known_at, self._settle)
        ]
        await self._intake.take(rows, page.known_at)
