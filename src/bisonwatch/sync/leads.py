"""Leads as the provider's list tells them; what events proved of them, and what a person set, stays."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import LeadRow
from bisonwatch.domain.changes import LeadNews, fold_leads
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.stage import Marks
from bisonwatch.store import leads, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.providers import Providers

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
    """Walks all leads of a workspace."""

    def __init__(self, database: Database, providers: Providers, bus: Bus) -> None:
        self._database = database
        self._providers = providers
        self._bus = bus

    async def walk(self, workspace: WorkspaceKey, meter: Meter | None = None) -> None:
        """Read every lead. Raises ProviderError, ConfigError, StopAsked; batches written until then stay."""
        used = meter or Meter()
        client = used.follow(await self._providers.client(workspace, Priority.RECONCILE))
        name, met = f"leads of {workspace}", set[int]()
        batch: list[LeadNews] = []
        async for page in client.leads_pages():
            for rejected in page.rejected:
                log.warning("%s: leads: skipped %s: %s", workspace, rejected.path, rejected.reason)
            met.update(page.ids)
            used.read += len(page.rows)
            if page.total is not None:
                used.expect(name, page.total)
            used.reach(name, len(met))
            batch += news_of(page, workspace)
            while len(batch) >= BATCH:
                await self._write(workspace, batch[:BATCH], used)
                batch = batch[BATCH:]
            await used.report()
        await self._write(workspace, batch, used)
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
