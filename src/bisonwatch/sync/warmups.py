"""The warm-up of a workspace's accounts, read once with every full walk."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.wire import WarmupRow
from bisonwatch.domain.account import Warmup
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ProviderError, RouteMissing
from bisonwatch.store import account_walks, account_warmups
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync.meter import Meter

WINDOW = timedelta(days=10)
"""What the provider itself looks back when no days are named."""
BATCH = 500

log = logging.getLogger(__name__)


class Warmups:
    """What cannot be read is noted in the run and tried again at the next full walk; the accounts themselves are read all the same."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self, workspace: WorkspaceKey, client: BisonClient, started: datetime, meter: Meter, pages: int
    ) -> None:
        """Of the days up to today; `pages`: how many the accounts have. Raises StopAsked."""
        today = self._database.clock.now().astimezone(UTC).date()
        batch: list[Warmup] = []
        try:
            async for page in client.accounts.warmup_pages(today - WINDOW, today, known=pages):
                for rejected in page.rejected:
                    log.warning("%s: warm-up: skipped %s: %s", workspace, rejected.path, rejected.reason)
                batch += [warmup_of(row, workspace) for row in page.rows]
                await meter.report()
        except RouteMissing:
            return
        except ProviderError as problem:
            meter.note(f"{workspace}: warm-up: {problem}")
            return
        await self._write(workspace, batch, started)

    async def _write(self, workspace: WorkspaceKey, rows: list[Warmup], started: datetime) -> None:
        newest = {row.id: row for row in sorted(rows, key=lambda row: row.known_at)}
        kept = list(newest.values())
        for first in range(0, len(kept), BATCH):
            part = kept[first : first + BATCH]

            async def write(tx: Tx, part: list[Warmup] = part) -> None:
                await account_warmups.write(tx, part)

            await self._database.again(Lane.JOBS, write)
        async with self._database.write(Lane.JOBS) as tx:
            await account_walks.warmed(tx, workspace, started)


def warmup_of(row: WarmupRow, workspace: WorkspaceKey) -> Warmup:
    return Warmup(
        workspace,
        row.account_id,
        row.score,
        row.sent,
        row.replies,
        row.saved_from_spam,
        row.bounces_received,
        row.bounces_caused,
        row.disabled_for_bouncing,
        row.known_at,
    )
