"""What can be read: the status and workspaces out of the newest picture; leads, accounts and events out of the mirror."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.answers import told
from bisonwatch.api.paging import (
    PAGE,
    AfterAddress,
    AfterEvent,
    AfterNumber,
    Limit,
    Since,
    event_mark,
    event_place,
)
from bisonwatch.clock import Clock
from bisonwatch.domain.account import AccountStatus, reply_rate
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.snapshot import Snapshot, WorkspaceRow
from bisonwatch.domain.stage import LONGEST
from bisonwatch.domain.status import Json, instant, status_json, workspace_json
from bisonwatch.errors import NotThere, UnknownWorkspace
from bisonwatch.store import accounts, events, leads
from bisonwatch.store.accounts import StoredAccount
from bisonwatch.store.database import Database
from bisonwatch.store.events import StoredEvent
from bisonwatch.store.leads import StoredLead

Instance = Annotated[str, Path(description="an instance's name in the configuration")]
Number = Annotated[int, Path(ge=0, description="a workspace's id at the provider")]
LeadWord = Annotated[str, Path(max_length=320, pattern=r"^[^\x00/]+$", description="a lead's id or address")]
Stage = Annotated[
    str | None, Query(max_length=LONGEST, pattern=r"^[^\x00]*$", description="a pipeline stage")
]
StatusWord = Annotated[
    AccountStatus | None, Query(alias="status", description=f"one of {', '.join(AccountStatus)}")
]
TypeWord = Annotated[Metric | None, Query(alias="type", description=f"one of {', '.join(Metric)}")]


class Reads:
    """The GET handlers; `snapshot` gives the newest picture."""

    def __init__(self, database: Database, snapshot: Callable[[], Snapshot], clock: Clock) -> None:
        self._database = database
        self._snapshot = snapshot
        self._clock = clock

    async def status(self, request: Request) -> Response:
        """What the terminal's first screen says; the same as `bisonwatch status --json`."""
        return await told(request, status_json(self._snapshot(), self._clock.now()))

    async def workspaces(self, request: Request) -> Response:
        """Every workspace, on one page."""
        now = self._clock.now()
        items: list[Json] = [workspace_json(row, now) for row in self._snapshot().workspaces]
        return await told(request, {"items": items, "next": None})

    async def workspace(self, request: Request, instance: Instance, id: Number) -> Response:
        """One workspace."""
        return await told(request, workspace_json(self._row(instance, id), self._clock.now()))

    async def leads(
        self,
        request: Request,
        instance: Instance,
        id: Number,
        limit: Limit = PAGE,
        after: AfterAddress = None,
        stage: Stage = None,
        since: Since = None,
    ) -> Response:
        """Its leads by address; those of a `stage`, those that were written since."""
        key = self._row(instance, id).key
        async with self._database.read() as tx:
            found, last = await leads.search(tx, key, after, limit, stage=stage, since=since)
        return await told(request, {"items": [lead_json(lead) for lead in found], "next": last})

    async def lead(self, request: Request, instance: Instance, id: Number, lead: LeadWord) -> Response:
        """One lead, by id or address."""
        return await told(request, lead_json(await self.found(self._row(instance, id).key, lead)))

    async def accounts(
        self,
        request: Request,
        instance: Instance,
        id: Number,
        limit: Limit = PAGE,
        after: AfterNumber = None,
        status: StatusWord = None,
    ) -> Response:
        """Its sender accounts by id; those of a `status`."""
        key, place = self._row(instance, id).key, None if after is None else int(after)
        async with self._database.read() as tx:
            found, last = await accounts.search(tx, key, place, limit, status=status)
        more = None if last is None else str(last)
        return await told(request, {"items": [account_json(account) for account in found], "next": more})

    async def events(
        self,
        request: Request,
        instance: Instance,
        id: Number,
        limit: Limit = PAGE,
        after: AfterEvent = None,
        type: TypeWord = None,
        since: Since = None,
    ) -> Response:
        """What happened there, the last learnt first; of one `type`, or learnt since."""
        key = self._row(instance, id).key
        async with self._database.read() as tx:
            found, last = await events.page(tx, key, limit, event_place(after), type=type, since=since)
        return await told(
            request, {"items": [event_json(event) for event in found], "next": event_mark(last)}
        )

    async def found(self, key: WorkspaceKey, word: str) -> StoredLead:
        """Raises NotThere."""
        async with self._database.read() as tx:
            lead = await leads.called(tx, key, word)
        if lead is None:
            raise NotThere(f"{key} has no lead {word}")
        return lead

    def _row(self, instance: str, number: int) -> WorkspaceRow:
        return row_of(self._snapshot(), WorkspaceKey(instance, number))


def row_of(picture: Snapshot, key: WorkspaceKey) -> WorkspaceRow:
    """Raises UnknownWorkspace."""
    row = picture.workspace(key)
    if row is None:
        raise UnknownWorkspace(f"no workspace is called {key}", hint="GET /api/v1/workspaces lists them")
    return row


def lead_json(lead: StoredLead) -> dict[str, Json]:
    marks = lead.marks
    return {
        "id": lead.id,
        "email": lead.email,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": lead.company,
        "pipeline_stage": lead.pipeline_stage,
        "stage_author": lead.stage_author,
        "interested_at": instant(marks.interested_at),
        "replied_at": instant(marks.replied_at),
        "bounced_at": instant(marks.bounced_at),
        "unsubscribed_at": instant(marks.unsubscribed_at),
    }


def account_json(account: StoredAccount) -> dict[str, Json]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "status": account.status,
        "type": account.type,
        "provider": account.provider,
        "reseller": account.reseller,
        "tags": account.tags,
        "daily_limit": account.daily_limit,
        "warmup_enabled": account.warmup_enabled,
        "sent": account.sent,
        "replied": account.replied,
        "bounced": account.bounced,
        "reply_rate": reply_rate(account.sent, account.replied),
        "seen_at": instant(account.seen_at),
    }


def event_json(event: StoredEvent) -> dict[str, Json]:
    return {
        "type": event.type,
        "key": event.key,
        "at": instant(event.at),
        "source": event.source,
        "seen_at": instant(event.seen_at),
        "logged_at": instant(event.logged_at),
        "webhook_at": instant(event.webhook_at),
        "delivery_id": str(event.delivery_id),
        "subject": event.subject,
    }
