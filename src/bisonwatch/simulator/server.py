"""The provider's REST API as an ASGI application: its routes, and the gate before them."""

from __future__ import annotations

from dataclasses import replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bisonwatch.clock import Clock
from bisonwatch.simulator.answers import Json, Refused, bare, not_allowed, route_missing
from bisonwatch.simulator.control import control_routes
from bisonwatch.simulator.desk import Call, Desk
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.gate import Gate
from bisonwatch.simulator.keys import Keys
from bisonwatch.simulator.routes.table import METHODS, ROUTES
from bisonwatch.simulator.walks import Walks
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World


def create_app(
    world: World,
    deliveries: Deliveries,
    faults: FaultSwitch,
    clock: Clock,
    *,
    page_cap: int | None = None,
    per_minute: int | None = None,
) -> ASGIApp:
    """`page_cap` is the last page that page mode serves, `per_minute` a key's budget; else the switch's limits hold."""
    known = faults.limits
    faults.limits = replace(
        known,
        page_cap=known.page_cap if page_cap is None else page_cap,
        per_minute=known.per_minute if per_minute is None else per_minute,
    )
    world.scribe.switch = faults
    keys = Keys(world, clock, faults)
    desk = Desk(world, deliveries, faults, clock, keys, Walks(faults, world, keys, clock))
    paths = dict.fromkeys(path for _, path, _ in ROUTES)
    routes = [_route(desk, path) for path in paths]

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        bared = error.status == 422 and faults.forms.error_422 == "bare"
        return Json(bare(error.body) if bared else error.body, error.status, error.headers)

    inner = Starlette(
        routes=[*routes, *control_routes(desk)],
        exception_handlers={404: _missing, 405: _wrong_method, Refused: refused},
    )
    return Gate(inner, desk)


def _route(desk: Desk, path: str) -> Route:
    """One route per path, so that a 405 names every method the path has."""
    methods = {method: endpoint for method, known, endpoint in ROUTES if known == path}

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method](Call(desk, request, request.scope["caller"]))

    return Route(path, answer, methods=list(methods))


async def _missing(request: Request, error: Exception) -> Response:
    return route_missing(request.url.path).answer()


async def _wrong_method(request: Request, error: Exception) -> Response:
    allowed = (error.headers or {}).get("Allow", "") if isinstance(error, HTTPException) else ""
    allowed = ", ".join(sorted(allowed.split(", "), key=METHODS.index))
    return not_allowed(request.method, request.url.path, allowed).answer()
