"""Campaigns: the walk over all of them, and the sweep of those it did not meet."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.wire import CampaignRow
from bisonwatch.domain.campaign import Campaign
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import ProviderUnreachable, RecordElsewhere, RecordMissing
from bisonwatch.store import campaigns
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync import crew, roster
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers

BATCH = 300

log = logging.getLogger(__name__)


def campaign_of(row: CampaignRow, workspace: WorkspaceKey, known_at: datetime) -> Campaign:
    return Campaign(
        workspace=workspace,
        id=row.id,
        read_at=known_at,
        name=row.name,
        type=row.type,
        status=row.status,
        prioritization=row.prioritization,
        completion=None if row.completion is None else round(min(row.completion, 100.0)),
        open_tracking=row.open_tracking,
        plain_text=row.plain_text,
        can_unsubscribe=row.can_unsubscribe,
        include_auto_replies=row.include_auto_replies_in_stats,
        max_emails_per_day=row.max_emails_per_day,
        max_new_leads_per_day=row.max_new_leads_per_day,
        max_per_receiving_domain=row.max_per_receiving_domain,
        total_leads=row.total_leads,
        leads_contacted=row.leads_contacted,
        sent=row.emails_sent,
        opened=row.opened,
        unique_opens=row.unique_opens,
        replied=row.replied,
        unique_replies=row.unique_replies,
        bounced=row.bounced,
        unsubscribed=row.unsubscribed,
        interested=row.interested,
        tags=row.tags,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


class Campaigns:
    """`once` walks all workspaces of a share, `walk` one."""

    def __init__(self, database: Database, providers: Providers, bus: Bus, *, concurrency: int = 5) -> None:
        self._database = database
        self._providers = providers
        self._bus = bus
        self._concurrency = concurrency

    async def once(self, meter: Meter | None = None, share: Share = WHOLE) -> Done:
        used = meter or Meter()
        every = await roster.active(self._database, self._providers, share)
        failed = await crew.each(every, lambda key: self.walk(key, used), self._concurrency)
        return crew.ended(len(every), failed, used.tally)

    async def walk(self, workspace: WorkspaceKey, meter: Meter | None = None) -> None:
        """Read all campaigns of a workspace; what is in our books and was not met is asked for by its id, and removed on a 404 only.

        Raises ProviderError, ConfigError, StopAsked; what was read until then stays.
        """
        used = meter or Meter()
        client = used.follow(await self._providers.client(workspace, Priority.RECONCILE))
        name, met, began = f"campaigns of {workspace}", set[int](), None
        written = used.written + used.removed
        batch: dict[int, Campaign] = {}
        async for page in client.campaigns.pages():
            for rejected in page.rejected:
                log.warning("%s: campaigns: skipped %s: %s", workspace, rejected.path, rejected.reason)
            began = began or page.known_at
            met.update(page.ids)
            batch |= {row.id: campaign_of(row, workspace, page.known_at) for row in page.rows}
            used.read += len(page.rows)
            used.reach(name, len(met))
            if len(batch) >= BATCH:
                await self._write(workspace, list(batch.values()), used)
                batch = {}
            await used.report()
        await self._write(workspace, list(batch.values()), used)
        used.expect(name, len(met))
        if began is not None:
            await self._finish(workspace, client, began, met, used)
        if used.written + used.removed != written:
            self._bus.publish(Topic.CHANGED, workspace)

    async def _write(self, workspace: WorkspaceKey, batch: Sequence[Campaign], meter: Meter) -> None:
        if not batch:
            return
        write = partial(campaigns.read, workspace=workspace, items=batch)
        written = await self._database.again(Lane.JOBS, write)
        meter.written += written.written
        meter.unchanged += written.unchanged

    async def _finish(
        self, workspace: WorkspaceKey, client: BisonClient, began: datetime, met: set[int], meter: Meter
    ) -> None:
        async with self._database.read() as tx:
            unmet = await campaigns.unmet(tx, workspace, met, began)
        for campaign_id in unmet:
            meter.removed += await self._gone(workspace, client, campaign_id, began)
            await meter.report()
        now = self._database.clock.now()
        end = partial(campaigns.walked, workspace=workspace, began=began, finished=now)
        await self._database.again(Lane.JOBS, end)

    async def _gone(
        self, workspace: WorkspaceKey, client: BisonClient, campaign_id: int, asked: datetime
    ) -> bool:
        """Asked by its id; only a 404 removes it."""
        try:
            row = await client.campaigns.one(campaign_id)
        except RecordMissing as missing:
            remove = partial(
                campaigns.gone,
                workspace=workspace,
                campaign_id=campaign_id,
                known_at=missing.known_at or asked,
            )
            return await self._database.again(Lane.JOBS, remove)
        except (ProviderUnreachable, RecordElsewhere) as problem:
            log.warning(
                "%s: campaign %d was not met and cannot be asked: %s", workspace, campaign_id, problem
            )
            return False
        found = campaign_of(row, workspace, asked)
        await self._database.again(Lane.JOBS, partial(campaigns.read, workspace=workspace, items=[found]))
        return False
