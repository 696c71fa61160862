"""Leads as the provider's list tells them; what events proved of them, and what a person set, stays."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import LeadRow
from bisonwatch.domain.changes import LeadNews, fold_leads
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.domain.stage import Marks
from bisonwatch.store import cursors, leads, workspaces
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync import crew, roster
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers

STREAM = "leads"
OVERLAP = timedelta(minutes=15)
BATCH = 200
"""Leads per transaction, so that a delivery never waits long behind one."""

log = logging.getLogger(__name__)


def news_of(page: Page[LeadRow], workspace: WorkspaceKey) -> list[LeadNews]:
    """A read describes the lead as of the moment before its request; it proves no turn of its stage."""
    return [
        LeadNews(workspace, row.lead, Version(page.known_at, SourceRank.READ, row.id), Marks())
        for row in page.rows
    ]


class Leads:
    """`walk` reads all leads of a workspace, `newest` those that came since the last finished walk."""

    def __init__(self, database: Database, providers: Providers, bus: Bus, *, concurrency: int = 5) -> None:
        self._database = database
        self._providers = providers
        self._bus = bus
        self._concurrency = concurrency

    async def once(self, meter: Meter | None = None, share: Share = WHOLE) -> Done:
        """The newest leads of every active workspace of a share."""
        used = meter or Meter()
        every = await roster.active(self._database, self._providers, share)
        failed = await crew.each(every, lambda key: self.newest(key, used), self._concurrency)
        return crew.ended(len(every), failed, used.tally)

    async def walk(self, workspace: WorkspaceKey, meter: Meter | None = None) -> None:
        """Read every lead. Raises ProviderError, ConfigError, StopAsked; batches written until then stay."""
        used = meter or Meter()
        client = used.follow(await self._providers.client(workspace, Priority.RECONCILE))
        await self._read(workspace, client.leads.pages(), used, None)

    async def newest(self, workspace: WorkspaceKey, meter: Meter | None = None) -> None:
        """Read what is new at the top of the list; all of it where no walk was finished yet. Raises as `walk`."""
        used = meter or Meter()
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, workspace, STREAM)
        client = used.follow(await self._providers.client(workspace, Priority.RECONCILE))
        pages = client.leads.pages() if cursor is None else client.leads.pages(abreast=1, there=True)
        await self._read(workspace, pages, used, cursor)

    async def _read(
        self,
        workspace: WorkspaceKey,
        pages: AsyncGenerator[Page[LeadRow], None],
        used: Meter,
        known: Cursor | None,
    ) -> None:
        """Down to a cursor, or to the end; only then the cursor moves."""
        name, met = f"leads of {workspace}", set[int]()
        began, newest = self._database.clock.now(), None
        batch: list[LeadNews] = []
        async with aclosing(pages):
            async for page in pages:
                for rejected in page.rejected:
                    log.warning("%s: leads: skipped %s: %s", workspace, rejected.path, rejected.reason)
                met.update(page.ids)
                newest = max([*_places(page), *([newest] if newest else [])], default=None)
                used.read += len(page.rows)
                if page.total is not None:
                    used.expect(name, page.total)
                used.reach(name, len(met))
                batch += news_of(page, workspace)
                while len(batch) >= BATCH:
                    await self._write(workspace, batch[:BATCH], used)
                    batch = batch[BATCH:]
                await used.report()
                if known is not None and _reached(page, known):
                    break
        await self._write(workspace, batch, used)
        if newest is not None:
            end = Cursor(*newest, began)
            move = partial(cursors.move, workspace=workspace, stream=STREAM, cursor=end)
            await self._database.again(Lane.JOBS, move)
        self._bus.publish(Topic.CHANGED, workspace)

    async def _write(self, workspace: WorkspaceKey, batch: Sequence[LeadNews], meter: Meter) -> None:
        if not batch:
            return
        folded, now = fold_leads(batch), self._database.clock.now()

        async def write(tx: Tx) -> None:
            name = await workspaces.name_of(tx, workspace, now)
            await leads.write(tx, folded, {workspace: name}, now)

        await self._database.again(Lane.JOBS, write)
        meter.written += len(folded)


def _places(page: Page[LeadRow]) -> list[tuple[int, datetime]]:
    return [(row.id, min(row.created_at or page.known_at, page.known_at)) for row in page.rows]


def _reached(page: Page[LeadRow], known: Cursor) -> bool:
    """Past the newest id of the last finished walk, and past what may have been committed out of order since."""
    if not page.rows or page.rows[-1].id > known.position:
        return False
    last = page.rows[-1].created_at
    return last is None or last < known.position_at - OVERLAP
