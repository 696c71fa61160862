"""Routes of campaigns: themselves, what belongs to them, and their numbers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import ABREAST, Door, plain
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.query import Criterion, between, on, only, several
from bisonwatch.clients.bison.routes.accounts import account_of
from bisonwatch.domain.account import Account
from bisonwatch.domain.ids import WorkspaceKey

_ROUTE = "/api/campaigns"


class Campaigns:
    def __init__(self, door: Door) -> None:
        self._door = door

    def pages(
        self, *, status: str | None = None, tags: Sequence[int] = (), abreast: int = ABREAST
    ) -> AsyncGenerator[Page[wire.CampaignRow], None]:
        """All campaigns, archived ones too, or those of one status or with one of some tags."""
        query = [*only(status=status), *several("tag_ids", tags)]
        return self._door.pages(_ROUTE, plain(wire.campaign_row), query, abreast=abreast)

    async def total(self) -> int | None:
        """How many there are; None where the provider does not count them."""
        return await self._door.total(_ROUTE)

    async def one(self, campaign_id: int) -> wire.CampaignRow:
        return await self._door.one(f"{_ROUTE}/{campaign_id}", plain(wire.campaign_row))

    def leads_pages(
        self, campaign_id: int, *, abreast: int = ABREAST
    ) -> AsyncGenerator[Page[wire.LeadRow], None]:
        """Its leads, each with its state in every campaign it is in, or in this one only."""
        return self._door.pages(
            f"{_ROUTE}/{campaign_id}/leads", lambda raw, _: wire.lead_row(raw, campaign_id), abreast=abreast
        )

    def replies_pages(
        self, campaign_id: int, *, folder: str | None = None, newer_than: int | None = None
    ) -> AsyncGenerator[Page[wire.ReplyRow], None]:
        """The replies tied to it, newest first; see Replies.pages."""
        route, query = f"{_ROUTE}/{campaign_id}/replies", only(folder=folder)
        return self._door.pages(route, plain(wire.reply_row), query, newer_than=newer_than)

    def accounts_pages(
        self, campaign_id: int, workspace: WorkspaceKey, *, abreast: int = ABREAST
    ) -> AsyncGenerator[Page[Account], None]:
        """The sender accounts it sends from."""
        route = f"{_ROUTE}/{campaign_id}/sender-emails"
        return self._door.pages(route, account_of(workspace), abreast=abreast)

    def sends_pages(
        self,
        campaign_id: int,
        *,
        status: str | None = None,
        day: date | None = None,
        criterion: Criterion = ">=",
        newer_than: int | None = None,
    ) -> AsyncGenerator[Page[wire.SendRow], None]:
        """Its send ledger, newest first; `day` is a day in the campaign's own time zone, see Sends.pages."""
        query = [*only(status=status), *on("scheduled_date_local", criterion, day)]
        route = f"{_ROUTE}/{campaign_id}/scheduled-emails"
        return self._door.pages(route, plain(wire.send_row), query, newer_than=newer_than)

    async def summary(self, campaign_id: int, start: date, end: date) -> wire.Summary:
        """Its numbers over a range of days, both included, and those of each step."""
        route = f"{_ROUTE}/{campaign_id}/stats"
        return await self._door.posted(route, dict(between(start, end)), wire.summary)

    async def series(self, campaign_id: int, start: date, end: date) -> wire.Series:
        """Its daily numbers, both days included."""
        route = f"{_ROUTE}/{campaign_id}/line-area-chart-stats"
        return await self._door.series(route, between(start, end))
