"""A provider made by hand: a few workspaces with a log, accounts, leads and subscriptions, behind httpx.MockTransport."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from bisonwatch.domain.ids import WorkspaceKey

PER_PAGE = 15
URL = "https://send.example"

Row = dict[str, Any]

ELSEWHERE = "This action is unauthorized. The api key does not match the workspace the record is on."


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Space:
    """One workspace; `log` is oldest first."""

    id: int
    name: str
    log: list[Row] = field(default_factory=list)
    accounts: dict[int, Row] = field(default_factory=dict)
    leads: list[Row] = field(default_factory=list)
    hooks: dict[int, Row] = field(default_factory=dict)
    campaigns: dict[int, Row] = field(default_factory=dict)
    replies: list[Row] = field(default_factory=list)
    """Oldest first, as all lists here that grow."""
    sends: list[Row] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def key(self) -> WorkspaceKey:
        return WorkspaceKey("main", self.id)

    def add(self, kind: str, data: Row, at: datetime) -> Row:
        number = 88_000_000 + len(self.log)
        head = {"type": kind, "instance_url": URL, "workspace_id": self.id, "workspace_name": self.name}
        row = {
            "id": number,
            "uuid": f"{self.id}-{number}",
            "payload": {"event": head, "data": data},
            "webhook_deliveries": [],
            "created_at": stamp(at),
            "updated_at": stamp(at),
        }
        self.log.append(row)
        return row

    def sent(self, number: int, at: datetime) -> Row:
        lead = {"id": 870_000 + number, "email": f"lead{number}@molar.example", "status": "unverified"}
        send = {"id": number, "lead_id": lead["id"], "sent_at": stamp(at)}
        happened = {"id": number, "created_at": stamp(at)}
        data = {"scheduled_email": send, "campaign_event": happened, "lead": lead, "campaign": {"id": 44}}
        return self.add("EMAIL_SENT", data, at)

    def disconnected(self, account: int, at: datetime) -> Row:
        mailbox = {"id": account, "email": f"a{account}@try.example", "status": "Not connected"}
        return self.add("EMAIL_ACCOUNT_DISCONNECTED", {"sender_email": mailbox}, at)

    def mailboxes(self, count: int) -> None:
        self.accounts = {n: mailbox(n) for n in range(1, count + 1)}


def campaign(number: int, **values: object) -> Row:
    return {
        "id": number,
        "name": f"Wave {number}",
        "type": "outbound",
        "status": "Active",
        "completion_percentage": 45.23,
        "emails_sent": 412,
        "replied": 9,
        "open_tracking": False,
        "include_auto_replies_in_stats": True,
        "max_emails_per_day": 300,
        "tags": [],
    } | values


def inbox_row(number: int, at: datetime, **values: object) -> Row:
    """A tracked reply; `at` is when the provider took it in."""
    return {
        "id": number,
        "folder": "Inbox",
        "type": "Tracked Reply",
        "automated_reply": False,
        "interested": False,
        "date_received": stamp(at),
        "scheduled_email_id": number + 1_000_000,
        "campaign_id": 44,
        "lead_id": 870_000 + number,
        "parent_id": None,
        "lead": lead(870_000 + number),
        "created_at": stamp(at),
        "updated_at": stamp(at),
    } | values


def send_row(number: int, at: datetime, **values: object) -> Row:
    """A row of the send ledger, sent as planned."""
    return {
        "id": number,
        "campaign_id": 44,
        "status": "sent",
        "scheduled_date": stamp(at),
        "sent_at": stamp(at),
        "lead": lead(870_000 + number),
        "sender_email": {"id": 1},
    } | values


def mailbox(number: int) -> Row:
    return {
        "id": number,
        "name": "Tess Holloway",
        "email": f"a{number}@try.example",
        "daily_limit": 15,
        "type": "google_workspace_oauth",
        "status": "Connected",
        "warmup_enabled": True,
        "tags": [{"id": 13, "name": "Google"}],
        "emails_sent_count": 412,
        "total_replied_count": 9,
        "bounced_count": 3,
    }


def warmup(number: int) -> Row:
    return {
        "id": number,
        "email": f"a{number}@try.example",
        "warmup_emails_sent": 140,
        "warmup_replies_received": 44,
        "warmup_emails_saved_from_spam": 6,
        "warmup_score": 96,
        "warmup_bounces_received_count": 0,
        "warmup_bounces_caused_count": 1,
        "warmup_disabled_for_bouncing_count": 0,
    }


def lead(number: int, name: str = "Palle") -> Row:
    return {"id": number, "first_name": name, "email": f"lead{number}@molar.example", "status": "verified"}


Fault = Callable[[httpx.Request], httpx.Response | None]


async def _nothing(_request: httpx.Request) -> None:
    return None


class Provider:
    """`keys` maps a key to the workspaces it sees, the one it reads first. `fault` may answer in its place."""

    def __init__(self, *spaces: Space) -> None:
        self.spaces = {space.id: space for space in spaces}
        self.keys: dict[str, list[int]] = {f"key-of-{space.id}": [space.id] for space in spaces}
        self.asked: list[tuple[str, str]] = []
        self.fault: Fault = lambda _request: None
        self.after: Callable[[httpx.Request], Awaitable[None]] = _nothing
        """What happens at the provider before it answers."""
        self.series: list[Row] = []
        self.stats: Row = {"emails_sent": 0}
        self.planned: dict[str, list[int]] | None = None
        """What each campaign means to send, by the provider's word for the day; None: it does not know the route."""
        self.types: list[str] | None = None
        self.ledger = self.has_log = True
        """Whether the routes of the newer export are there."""
        self.zone = timedelta(0)
        self.warmups: dict[int, Row] = {}
        """What differs from the usual in the warm-up of an account."""
        self._hooks = 100
        self.tests: list[str] = []
        """Addresses that a test event was asked for."""

    @property
    def transport(self) -> httpx.MockTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            given = self._answer(request)
            await self.after(request)
            return given

        return httpx.MockTransport(answer)

    def count(self, route: str) -> int:
        return sum(path == route for _, path in self.asked)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append((request.method, path))
        broken = self.fault(request)
        if broken is not None:
            return broken
        seen = self.keys.get(request.headers["authorization"].removeprefix("Bearer "))
        if seen is None:
            return httpx.Response(401, json={"message": "Unauthenticated."})
        space = self.spaces[seen[0]]
        for pattern, answer in _ROUTES.items():
            found = re.fullmatch(pattern, f"{request.method} {path}")
            if found:
                return answer(self, space, request, *found.groups())
        return httpx.Response(404, json={"message": f"The route {path} could not be found."})

    def _users(self, space: Space, _request: httpx.Request) -> httpx.Response:
        return data({"id": 7, "name": "Mira", "workspace": {"id": space.id, "name": space.name}})

    def _workspaces(self, _space: Space, request: httpx.Request) -> httpx.Response:
        seen = self.keys[request.headers["authorization"].removeprefix("Bearer ")]
        return data([{"id": number, "name": self.spaces[number].name} for number in seen])

    def _events(self, space: Space, request: httpx.Request) -> httpx.Response:
        if not self.has_log:
            return httpx.Response(404, json={"message": "The route api/events could not be found."})
        return paged(list(reversed(space.log)), request, cursors_only=True)

    def _accounts(self, space: Space, request: httpx.Request) -> httpx.Response:
        return paged(sorted(space.accounts.values(), key=lambda row: -row["id"]), request)

    def _account(self, space: Space, _request: httpx.Request, number: str) -> httpx.Response:
        row = space.accounts.get(int(number))
        if row is None and any(int(number) in other.accounts for other in self.spaces.values()):
            return httpx.Response(403, json={"data": {"success": False, "message": ELSEWHERE}})
        return one(row, number)

    def _warmups(self, space: Space, request: httpx.Request) -> httpx.Response:
        rows = sorted(space.accounts.values(), key=lambda row: -row["id"])
        return paged([warmup(row["id"]) | self.warmups.get(row["id"], {}) for row in rows], request)

    def _leads(self, space: Space, request: httpx.Request) -> httpx.Response:
        return paged(space.leads, request)

    def _tags(self, space: Space, _request: httpx.Request) -> httpx.Response:
        tag = {"default": False, "created_at": None, "updated_at": None}
        return data([{"id": number, "name": name} | tag for number, name in enumerate(space.tags, 1)])

    def _campaigns(self, space: Space, request: httpx.Request) -> httpx.Response:
        return paged(sorted(space.campaigns.values(), key=lambda row: -row["id"]), request)

    def _campaign(self, space: Space, _request: httpx.Request, number: str) -> httpx.Response:
        return one(space.campaigns.get(int(number)), number)

    def _replies(self, space: Space, request: httpx.Request) -> httpx.Response:
        """By folder, or only those marked interested."""
        folder, status = request.url.params.get("folder", "all"), request.url.params.get("status")
        kept = [row for row in space.replies if folder in ("all", row["folder"].lower())]
        kept = [row for row in kept if status != "interested" or row["interested"]]
        return paged(sorted(kept, key=lambda row: -row["id"]), request)

    def _sends(self, space: Space, request: httpx.Request, campaign_id: str | None = None) -> httpx.Response:
        """From a day on, or of one day, in the campaign's zone, which is the provider's `zone`."""
        if campaign_id is None and not self.ledger:
            return httpx.Response(404, json={"message": "The route api/scheduled-emails could not be found."})
        day = request.url.params.get("scheduled_date_local[value]", "")
        exact = request.url.params.get("scheduled_date_local[criteria]") == "="
        kept = [
            row
            for row in space.sends
            if (self._local_day(row) == day if exact else self._local_day(row) >= day)
        ]
        kept = [row for row in kept if campaign_id in (None, str(row["campaign_id"]))]
        return paged(sorted(kept, key=lambda row: -row["id"]), request)

    def _local_day(self, row: Row) -> str:
        return stamp(datetime.fromisoformat(row["scheduled_date"]) + self.zone)[:10]

    def _series(self, _space: Space, _request: httpx.Request) -> httpx.Response:
        return data(self.series)

    def _planned(self, _space: Space, request: httpx.Request) -> httpx.Response:
        if self.planned is None:
            return httpx.Response(404, json={"message": "The route could not be found."})
        numbers = self.planned[request.url.params["day"]]
        return paged(
            [{"campaign_id": id_, "id": id_, "emails_being_sent": n} for id_, n in enumerate(numbers, 1)],
            request,
        )

    def _stats(self, _space: Space, _request: httpx.Request) -> httpx.Response:
        return data(self.stats)

    def _types(self, _space: Space, _request: httpx.Request) -> httpx.Response:
        if self.types is None:
            return httpx.Response(404, json={"message": "The route could not be found."})
        return data([{"id": kind, "name": kind} for kind in self.types])

    def _hook_list(self, space: Space, _request: httpx.Request) -> httpx.Response:
        return data(list(space.hooks.values()))

    def _hook_new(self, space: Space, request: httpx.Request) -> httpx.Response:
        self._hooks += 1
        space.hooks[self._hooks] = json.loads(request.content) | {"id": self._hooks}
        return data(space.hooks[self._hooks], 201)

    def _hook_put(self, space: Space, request: httpx.Request, number: str) -> httpx.Response:
        space.hooks[int(number)] = json.loads(request.content) | {"id": int(number)}
        return data(space.hooks[int(number)])

    def _test(self, _space: Space, request: httpx.Request) -> httpx.Response:
        self.tests.append(json.loads(request.content)["url"])
        return data({"success": True, "message": "Successfully sent test webhook"})

    def _hook_delete(self, space: Space, _request: httpx.Request, number: str) -> httpx.Response:
        del space.hooks[int(number)]
        return data({"success": True, "message": "deleted"})


_ROUTES: dict[str, Callable[..., httpx.Response]] = {
    r"GET /api/users": Provider._users,
    r"GET /api/workspaces/v1.1": Provider._workspaces,
    r"GET /api/events": Provider._events,
    r"GET /api/sender-emails": Provider._accounts,
    r"GET /api/sender-emails/(\d+)": Provider._account,
    r"GET /api/warmup/sender-emails": Provider._warmups,
    r"GET /api/leads": Provider._leads,
    r"GET /api/tags": Provider._tags,
    r"GET /api/campaigns": Provider._campaigns,
    r"GET /api/campaigns/sending-schedules": Provider._planned,
    r"GET /api/campaigns/(\d+)": Provider._campaign,
    r"GET /api/campaigns/(\d+)/scheduled-emails": Provider._sends,
    r"GET /api/scheduled-emails": Provider._sends,
    r"GET /api/replies": Provider._replies,
    r"GET /api/workspaces/v1.1/line-area-chart-stats": Provider._series,
    r"GET /api/workspaces/v1.1/stats": Provider._stats,
    r"GET /api/webhook-events/event-types": Provider._types,
    r"GET /api/webhook-url": Provider._hook_list,
    r"POST /api/webhook-url": Provider._hook_new,
    r"PUT /api/webhook-url/(\d+)": Provider._hook_put,
    r"DELETE /api/webhook-url/(\d+)": Provider._hook_delete,
    r"POST /api/webhook-events/test-event": Provider._test,
}


def one(row: Row | None, number: str) -> httpx.Response:
    """A record, or what is said of one that is gone."""
    missing = {"data": {"success": False, "message": "Record not found.", "record_not_found": {"id": number}}}
    return data(row) if row else httpx.Response(404, json=missing)


def data(value: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"data": value})


def paged(rows: Sequence[Row], request: httpx.Request, *, cursors_only: bool = False) -> httpx.Response:
    """15 rows by page number or by cursor; the cursor is the id of the last row given."""
    query = request.url.params
    if cursors_only or query.get("pagination_type") == "cursor":
        below = int(query["cursor"]) if "cursor" in query else None
        start = next((i + 1 for i, row in enumerate(rows) if row["id"] == below), 0)
        part = rows[start : start + PER_PAGE]
        last = start + PER_PAGE >= len(rows)
        meta: Row = {"per_page": PER_PAGE, "next_cursor": None if last else str(part[-1]["id"])}
    else:
        number = int(query.get("page", "1"))
        part = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
        pages = max(1, -(-len(rows) // PER_PAGE))
        meta = {"current_page": number, "last_page": pages, "per_page": PER_PAGE, "total": len(rows)}
    return httpx.Response(200, json={"data": list(part), "meta": meta})


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)
