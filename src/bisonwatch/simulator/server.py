"""The provider's REST API as an ASGI application: the route table, and the gate before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bisonwatch.clock import Clock
from bisonwatch.simulator import hooks, reads
from bisonwatch.simulator.answers import Refused, gateway, not_allowed, route_missing
from bisonwatch.simulator.control import control_routes
from bisonwatch.simulator.desk import Call, Desk, Endpoint
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.keys import PER_MINUTE, Keys
from bisonwatch.simulator.pages import PAGE_CAP
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World

GET, POST, PUT, DELETE = "GET", "POST", "PUT", "DELETE"
_METHODS = (GET, "HEAD", POST, PUT, DELETE)
"""The order in which a 405 names them."""

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    (GET, "/api/users", reads.me),
    (GET, "/api/workspaces", reads.workspaces_slim),
    (GET, "/api/workspaces/v1.1", reads.workspaces),
    (POST, "/api/workspaces/switch-workspace", hooks.switch),
    (POST, "/api/workspaces/v1.1/switch-workspace", hooks.switch),
    (GET, "/api/workspaces/v1.1/stats", reads.workspace_stats),
    (GET, "/api/workspaces/v1.1/line-area-chart-stats", reads.workspace_series),
    (POST, "/api/workspaces/v1.1/{key}/api-tokens", hooks.mint),
    (GET, "/api/workspaces/v1.1/{key}", reads.workspace),
    (GET, "/api/workspaces/{key}", reads.workspace),
    (GET, "/api/campaign-events/stats", reads.event_series),
    (GET, "/api/sender-emails", reads.accounts),
    (GET, "/api/sender-emails/{key}", reads.account),
    (GET, "/api/warmup/sender-emails", reads.warmups),
    (GET, "/api/warmup/sender-emails/{key}", reads.warmup),
    (GET, "/api/campaigns", reads.campaigns),
    (GET, "/api/campaigns/sending-schedules", reads.sending_schedules),
    (GET, "/api/campaigns/{key}", reads.campaign),
    (GET, "/api/campaigns/{key}/sending-schedule", reads.sending_schedule),
    (GET, "/api/campaigns/{key}/leads", reads.campaign_leads),
    (GET, "/api/campaigns/{key}/replies", reads.campaign_replies),
    (GET, "/api/campaigns/{key}/scheduled-emails", reads.campaign_sends),
    (POST, "/api/campaigns/{key}/stats", reads.campaign_stats),
    (GET, "/api/campaigns/{key}/line-area-chart-stats", reads.campaign_series),
    (GET, "/api/leads", reads.leads),
    (GET, "/api/leads/{key}", reads.lead),
    (GET, "/api/leads/{key}/replies", reads.lead_replies),
    (GET, "/api/leads/{key}/scheduled-emails", reads.lead_sends),
    (GET, "/api/leads/{key}/sent-emails", reads.lead_sent),
    (GET, "/api/replies", reads.replies),
    (GET, "/api/replies/{key}", reads.reply),
    (GET, "/api/scheduled-emails", reads.sends),
    (GET, "/api/scheduled-emails/{key}", reads.send),
    (GET, "/api/tags", reads.tags),
    (GET, "/api/events", hooks.events),
    (POST, "/api/webhook-attempts/{key}/retry", hooks.retry),
    (GET, "/api/webhook-url", hooks.subscriptions),
    (POST, "/api/webhook-url", hooks.subscribe),
    (GET, "/api/webhook-url/{key}", hooks.subscription),
    (PUT, "/api/webhook-url/{key}", hooks.resubscribe),
    (DELETE, "/api/webhook-url/{key}", hooks.unsubscribe),
    (GET, "/api/webhook-events/event-types", hooks.event_types),
    (GET, "/api/webhook-events/sample-payload", hooks.sample_payload),
    (POST, "/api/webhook-events/test-event", hooks.test_event),
)


def create_app(
    world: World,
    deliveries: Deliveries,
    faults: FaultSwitch,
    clock: Clock,
    *,
    page_cap: int = PAGE_CAP,
    per_minute: int = PER_MINUTE,
) -> ASGIApp:
    """`page_cap` is the last page that page mode serves; `per_minute` a key's budget."""
    desk = Desk(world, deliveries, faults, clock, Keys(world, clock, per_minute), page_cap)
    paths = dict.fromkeys(path for _, path, _ in ROUTES)
    routes = [_route(desk, path) for path in paths]
    inner = Starlette(
        routes=[*routes, *control_routes(desk)],
        exception_handlers={404: _missing, 405: _wrong_method, Refused: _refused},
    )
    return Gate(inner, desk)


def _route(desk: Desk, path: str) -> Route:
    """One route per path, so that a 405 names every method the path has."""
    methods = {method: endpoint for method, known, endpoint in ROUTES if known == path}

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method](Call(desk, request, request.scope["caller"]))

    return Route(path, answer, methods=list(methods))


class Gate:
    """Before every route: latency and outage, then the key and its budget. Adds the headers every answer has."""

    def __init__(self, inner: ASGIApp, desk: Desk) -> None:
        self._inner = inner
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        dated = self._with_headers(scope, send)
        answer = None if scope["path"].startswith("/_sim/") else await self._turned_away(scope)
        await (answer or self._inner)(scope, receive, dated)

    async def _turned_away(self, scope: Scope) -> Response | None:
        faults = self._desk.faults.now.api
        if faults.latency:
            await self._desk.clock.sleep(faults.latency)
        if faults.outage:
            return gateway()
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        try:
            scope["caller"] = self._desk.keys.caller(header.decode("latin-1"), faults)
        except Refused as refused:
            return refused.answer()
        return None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["date"] = format_datetime(self._desk.clock.now(), usegmt=True)
                if caller := scope.get("caller"):
                    headers["x-ratelimit-limit"] = str(self._desk.keys.per_minute)
                    headers["x-ratelimit-remaining"] = str(caller.remaining)
            await send(message)

        return dated


Handler = Callable[[Request, Exception], Awaitable[Response]]


async def _missing(request: Request, error: Exception) -> Response:
    return route_missing(request.url.path).answer()


async def _wrong_method(request: Request, error: Exception) -> Response:
    allowed = (error.headers or {}).get("Allow", "") if isinstance(error, HTTPException) else ""
    allowed = ", ".join(sorted(allowed.split(", "), key=_METHODS.index))
    return not_allowed(request.method, request.url.path, allowed).answer()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.answer()
