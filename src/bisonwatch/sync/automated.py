"""Which campaigns count automated replies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.wire import ReplyRow
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import RecordMissing
from bisonwatch.store import campaigns
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.campaigns import campaign_of
from bisonwatch.sync.listed import Reading, of_replies


class Automated:
    """The answer is not asked again, so that a campaign nobody has read is read first."""

    def __init__(
        self, database: Database, workspace: WorkspaceKey, client: BisonClient, known: dict[int, bool | None]
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._client = client
        self._known = known
        self._asked = set[int]()

    async def learn(self, rows: Sequence[ReplyRow]) -> None:
        wanted = {row.campaign_id for row in rows if row.reply.automated and not row.bounced}
        for campaign_id in sorted(number for number in wanted if number is not None):
            if self._known.get(campaign_id) is None and campaign_id not in self._asked:
                self._asked.add(campaign_id)
                await self._ask(campaign_id)

    async def _ask(self, campaign_id: int) -> None:
        before = self._database.clock.now()
        try:
            row = await self._client.campaigns.one(campaign_id)
        except RecordMissing:
            return
        found = campaign_of(row, self._workspace, before)
        self._known[campaign_id] = found.include_auto_replies
        read = partial(campaigns.read, workspace=self._workspace, items=[found])
        await self._database.again(Lane.JOBS, read)

    def changes(self, rows: Sequence[ReplyRow], reading: Reading) -> Changes:
        return of_replies(rows, reading, self._known)


async def automated(database: Database, workspace: WorkspaceKey, client: BisonClient) -> Automated:
    """As far as the mirror knows now."""
    async with database.read() as tx:
        return Automated(database, workspace, client, await campaigns.counting_automated(tx, workspace))
