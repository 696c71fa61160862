"""The provider's REST API for one key: who it is, what its workspace holds, and where its webhooks go."""

from __future__ import annotations

import copy
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import httpx

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.answers import Answer
from bisonwatch.clients.bison.breaker import Breaker
from bisonwatch.clients.bison.caller import Caller, Usage
from bisonwatch.clients.bison.fields import Raw, block, rows
from bisonwatch.clients.bison.guard import Guard, proven
from bisonwatch.clients.bison.pace import Pace, Priority
from bisonwatch.clients.bison.pages import Make, Page, Query, T, walk, walk_parallel
from bisonwatch.clients.bison.rows import Broken, MakeOne, Rejected, each
from bisonwatch.clock import Clock
from bisonwatch.domain.account import Account
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.errors import ProviderUnreachable

ABREAST = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Series:
    """The provider's daily series: per metric and UTC day, true as of `known_at` in the provider's clock."""

    days: dict[Metric, dict[date, int]]
    known_at: datetime
    rejected: tuple[Rejected, ...]


class BisonClient:
    """One key. Every method raises ProviderError; `usage` counts what this client has asked so far."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        http: httpx.AsyncClient,
        clock: Clock,
        pace: Pace,
        breaker: Breaker,
        timeout_s: float = 45.0,
    ) -> None:
        self._caller = Caller(base_url, api_key, http, clock, pace, breaker)
        self._caller.timeout_s = timeout_s

    @property
    def usage(self) -> Usage:
        return self._caller.usage

    def at(self, priority: Priority) -> BisonClient:
        """The same key for one job: its own priority, its own Usage."""
        other = copy.copy(self)
        other._caller = self._caller.at(priority)
        return other

    def under(self, guard: Guard) -> BisonClient:
        """The same job with a key whose workspace may be switched: everything it reads is proven first. Raises WrongWorkspace, too."""
        other = copy.copy(self)
        other._caller = self._caller.under(guard)
        return other

    async def whoami(self) -> wire.Identity:
        """Who the key is and which workspace it reads now."""
        return _one(await self._caller.get("/api/users"), wire.identity)

    async def workspaces(self) -> tuple[wire.WorkspaceRow, ...]:
        """The workspaces the key can see: one for a workspace's key, all of the user's for a super-admin's."""
        found: dict[int, wire.WorkspaceRow] = {}
        async for page in self._pages(
            "/api/workspaces/v1.1", lambda raw, _: wire.workspace_row(raw), abreast=1
        ):
            _note("/api/workspaces/v1.1", page.rejected)
            found.update((row.id, row) for row in page.rows)
        return tuple(found.values())

    def accounts_pages(
        self, workspace: WorkspaceKey, *, abreast: int = ABREAST
    ) -> AsyncIterator[Page[Account]]:
        """All sender accounts; `abreast=1` walks by cursor. The rows do not say whose they are: `workspace` does."""
        return self._pages(
            "/api/sender-emails", lambda raw, at: wire.account_row(raw, workspace, at), abreast=abreast
        )

    def leads_pages(self, *, abreast: int = ABREAST) -> AsyncIterator[Page[wire.LeadRow]]:
        """All leads."""
        return self._pages("/api/leads", lambda raw, _: wire.lead_row(raw), abreast=abreast)

    def campaigns_pages(self, *, abreast: int = ABREAST) -> AsyncIterator[Page[wire.CampaignRow]]:
        """All campaigns, archived ones too."""
        return self._pages("/api/campaigns", lambda raw, _: wire.campaign_row(raw), abreast=abreast)

    def replies_pages(
        self, *, campaign_id: int | None = None, folder: str | None = None
    ) -> AsyncIterator[Page[wire.ReplyRow]]:
        """The master inbox, newest first, or one campaign's part of it; `folder` is inbox, sent, spam, bounced or all."""
        route = "/api/replies" if campaign_id is None else f"/api/campaigns/{campaign_id}/replies"
        query = [("folder", folder)] if folder else []
        return self._pages(route, lambda raw, _: wire.reply_row(raw), query, abreast=1)

    def sends_pages(
        self, *, campaign_id: int, since: date | None = None
    ) -> AsyncIterator[Page[wire.SendRow]]:
        """One campaign's send ledger, newest first; `since` is a day in the campaign's own time zone."""
        query = (
            [("scheduled_date_local[criteria]", ">="), ("scheduled_date_local[value]", since.isoformat())]
            if since
            else []
        )
        route = f"/api/campaigns/{campaign_id}/scheduled-emails"
        return self._pages(route, lambda raw, _: wire.send_row(raw), query, abreast=1)

    def event_pages(self, start: date, end: date) -> AsyncIterator[Page[wire.LogRow]]:
        """The event log, newest first, ten days at most; `end` = tomorrow includes today. RouteMissing where there is none."""
        query = [("start_date", start.isoformat()), ("end_date", end.isoformat())]
        return self._pages("/api/events", lambda raw, _: wire.log_row(raw), query, abreast=1)

    async def account(self, account_id: int, workspace: WorkspaceKey) -> Account:
        """One sender account, fresh. RecordMissing when it is gone."""
        answer = await self._caller.get(f"/api/sender-emails/{account_id}")
        return _one(answer, lambda raw: wire.account_row(raw, workspace, answer.known_at))

    async def series(self, start: date, end: date) -> Series:
        """The workspace's daily numbers, both days included."""
        query = [("start_date", start.isoformat()), ("end_date", end.isoformat())]
        answer = await self._caller.get_list("/api/workspaces/v1.1/line-area-chart-stats", query)
        days, rejected = wire.series(rows(answer.data))
        return Series(days, answer.known_at, rejected)

    async def subscriptions(self) -> tuple[wire.Subscription, ...]:
        """The workspace's webhook URLs, ours and others'."""
        return await self._all("/api/webhook-url", wire.subscription)

    async def subscribe(self, name: str, url: str, events: Sequence[str]) -> wire.Subscription:
        body: dict[str, object] = {"name": name, "url": url, "events": list(events)}
        return _one(await self._caller.write("POST", "/api/webhook-url", body), wire.subscription)

    async def update_subscription(
        self, subscription_id: int, name: str, url: str, events: Sequence[str]
    ) -> wire.Subscription:
        """Replaces name, URL and the whole list of events."""
        body: dict[str, object] = {"name": name, "url": url, "events": list(events)}
        answer = await self._caller.write("PUT", f"/api/webhook-url/{subscription_id}", body)
        return _one(answer, wire.subscription)

    async def unsubscribe(self, subscription_id: int) -> None:
        """RecordMissing when it is gone already."""
        await self._caller.write("DELETE", f"/api/webhook-url/{subscription_id}")

    async def event_types(self) -> tuple[str, ...]:
        """The event types a subscription may name."""
        return await self._all("/api/webhook-events/event-types", wire.event_type)

    async def planned(self, day: Literal["today", "tomorrow", "day_after_tomorrow"]) -> dict[int, int]:
        """How many messages each campaign means to send on that day."""
        found: dict[int, int] = {}
        route, query = "/api/campaigns/sending-schedules", [("day", day)]
        async for page in self._pages(route, lambda raw, _: wire.planned_row(raw), query, abreast=1):
            _note(route, page.rejected)
            found.update((row.campaign_id, row.emails) for row in page.rows)
        return found

    async def send_test_event(self, event_type: str, url: str) -> None:
        """Have the provider send its sample of that type to `url` (the canary)."""
        await self._caller.write(
            "POST", "/api/webhook-events/test-event", {"event_type": event_type, "url": url}
        )

    async def switch_workspace(self, workspace_id: int) -> None:
        """Super-admin keys only: moves every user of the key, the person's own browser too."""
        await self._caller.write("POST", "/api/workspaces/v1.1/switch-workspace", {"team_id": workspace_id})

    async def mint_key(self, workspace_id: int, name: str) -> str:
        """Super-admin keys only: a new key for that workspace, shown this once."""
        route = f"/api/workspaces/v1.1/{workspace_id}/api-tokens"
        return _one(await self._caller.write("POST", route, {"name": name}), wire.minted_key)

    async def _all(self, route: str, make: MakeOne[T]) -> tuple[T, ...]:
        good, rejected = each(rows((await self._caller.get_list(route)).data), make)
        _note(route, rejected)
        return good

    def _pages(self, route: str, make: Make[T], query: Query = (), *, abreast: int) -> AsyncIterator[Page[T]]:
        caller, guard = self._caller.under(None), self._caller.guard

        async def fetch(hop: Query) -> Answer:
            return await caller.get_list(route, hop)

        pages = walk_parallel(fetch, query, make, abreast) if abreast > 1 else walk(fetch, query, make)
        return pages if guard is None else proven(pages, guard)


def _one(answer: Answer, make: MakeOne[T]) -> T:
    data = answer.data
    raw: Raw = block(data[0] if isinstance(data, list) and len(data) == 1 else data)
    try:
        return make(raw)
    except Broken as problem:
        raise ProviderUnreachable(f"the provider's answer cannot be read: {problem}") from problem


def _note(route: str, rejected: Sequence[Rejected]) -> None:
    for row in rejected:
        log.warning("%s: skipped %s: %s", route, row.path, row.reason)
