"""What can be read: the status, workspaces, leads and accounts, from the mirror only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bisonwatch.api.paging import limit_of
from bisonwatch.clock import Clock
from bisonwatch.domain.account import reply_rate
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Snapshot, WorkspaceRow
from bisonwatch.domain.status import Json, instant, status_json, workspace_json
from bisonwatch.errors import CallError, UnknownWorkspace
from bisonwatch.store import accounts, leads
from bisonwatch.store.accounts import StoredAccount
from bisonwatch.store.database import Database
from bisonwatch.store.leads import StoredLead


class Reads:
    """The GET handlers; `snapshot` gives the newest picture."""

    def __init__(self, database: Database, snapshot: Callable[[], Snapshot], clock: Clock) -> None:
        self._database = database
        self._snapshot = snapshot
        self._clock = clock

    async def status(self, _request: Request) -> Response:
        return JSONResponse(status_json(self._snapshot(), self._clock.now()))

    async def workspaces(self, _request: Request) -> Response:
        now = self._clock.now()
        return JSONResponse(
            {"items": [workspace_json(row, now) for row in self._snapshot().workspaces], "next": None}
        )

    async def workspace(self, request: Request) -> Response:
        return JSONResponse(workspace_json(self._row(request), self._clock.now()))

    async def leads(self, request: Request) -> Response:
        """Keyset pages by address."""
        key, limit = self._row(request).key, limit_of(request)
        async with self._database.read() as tx:
            found = await leads.page(tx, key, _after_address(request), limit + 1)
        more = found[limit - 1].email if len(found) > limit else None
        return JSONResponse({"items": [lead_json(lead) for lead in found[:limit]], "next": more})

    async def accounts(self, request: Request) -> Response:
        """Keyset pages by id."""
        key, limit = self._row(request).key, limit_of(request)
        async with self._database.read() as tx:
            found = await accounts.page(tx, key, _after_id(request), limit + 1)
        more = str(found[limit - 1].id) if len(found) > limit else None
        return JSONResponse({"items": [account_json(account) for account in found[:limit]], "next": more})

    def _row(self, request: Request) -> WorkspaceRow:
        key = WorkspaceKey(request.path_params["instance"], request.path_params["id"])
        row = self._snapshot().workspace(key)
        if row is None:
            raise UnknownWorkspace(f"no workspace is called {key}", hint="GET /api/v1/workspaces lists them")
        return row


def _after_address(request: Request) -> str | None:
    text = request.query_params.get("after")
    if text is not None and not text.isprintable():
        raise CallError("after is a lead's address, as `next` gave it")
    return text


def _after_id(request: Request) -> int | None:
    text = request.query_params.get("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise CallError("after is an account's id, as `next` gave it")
    return int(text)


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
    plain: dict[str, Json] = asdict(account)
    return {
        **plain,
        "reply_rate": reply_rate(account.sent, account.replied),
        "seen_at": instant(account.seen_at),
    }
