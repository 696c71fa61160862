"""`/_sim/`: the hand on the switches. No key is asked for, since the simulator listens on the loopback only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bisonwatch.errors import CallError
from bisonwatch.simulator.answers import Json
from bisonwatch.simulator.desk import Desk
from bisonwatch.simulator.fault_words import from_json, to_json
from bisonwatch.simulator.scenes import play
from bisonwatch.simulator.switches import as_json, changed

MOST = 10_000.0
"""Events a second; more than one process can make and post."""

Answer = Callable[[Desk, Request, object], object]
"""What a route says to the body, which is None where nothing was written."""


def control_routes(desk: Desk) -> list[Route]:
    def route(path: str, answer: Answer, *methods: str) -> Route:
        return Route(f"/_sim/{path}", _endpoint(desk, answer), methods=list(methods))

    return [
        route("faults", _faults, "GET", "PUT"),
        route("forms", _chosen("forms"), "GET", "PUT"),
        route("limits", _chosen("limits"), "GET", "PUT"),
        route("delays", _chosen("delays"), "GET", "PUT"),
        route("rate", _rate, "PUT"),
        route("ui-switch", _ui_switch, "PUT"),
        route("scenes/{name}", _scene, "POST"),
        route("world", _world, "GET"),
    ]


def _endpoint(desk: Desk, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            raw = await request.body()
            return Json(answer(desk, request, orjson.loads(raw) if raw else None))
        except (CallError, orjson.JSONDecodeError) as error:
            return Json({"error": str(error)}, 422)

    return endpoint


def _faults(desk: Desk, request: Request, body: object) -> object:
    """PUT replaces everything."""
    if request.method == "PUT":
        desk.faults.set(from_json(body))
    return to_json(desk.faults.now)


def _chosen(which: Literal["forms", "limits", "delays"]) -> Answer:
    """PUT changes what it names; `{}` changes nothing."""

    def answer(desk: Desk, request: Request, body: object) -> object:
        if request.method == "PUT":
            setattr(desk.faults, which, changed(getattr(desk.faults, which), body))
        return as_json(getattr(desk.faults, which))

    return answer


def _rate(desk: Desk, request: Request, body: object) -> object:
    wanted = body.get("rate") if isinstance(body, dict) else body
    if isinstance(wanted, bool) or not isinstance(wanted, int | float | str):
        raise CallError("write {'rate': events per second}")
    try:
        desk.world.rate = min(MOST, max(0.0, float(wanted)))
    except ValueError as error:
        raise CallError("write {'rate': events per second}") from error
    return {"rate": desk.world.rate}


def _ui_switch(desk: Desk, request: Request, body: object) -> object:
    """Somebody clicks: the super-admin key now reads that workspace, or the next one where none is named."""
    wanted = body.get("workspace") if isinstance(body, dict) else None
    there = desk.keys.move_on() if wanted is None else desk.keys.move(_number(wanted))
    return {"workspace": there.id, "name": there.name}


def _scene(desk: Desk, request: Request, body: object) -> object:
    """Plays one situation in a workspace; answers what the event log has of it."""
    wanted = body.get("workspace") if isinstance(body, dict) else None
    desk.world.now = max(desk.world.now, desk.clock.now().replace(microsecond=0))
    events = play(desk.world, str(request.path_params["name"]), _number(wanted))
    return {"events": [{"id": event.id, "type": event.type} for event in events]}


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise CallError("write {'workspace': its id}")
    return value


def _world(desk: Desk, request: Request, body: object) -> object:
    world = desk.world
    return {
        "url": world.url,
        "now": world.now.isoformat(),
        "rate": world.rate,
        "admin_key": world.admin_key,
        "admin_workspace": desk.keys.admin_workspace,
        "events": world.scribe.logged,
        "deliveries": {**asdict(desk.deliveries.figures), "waiting": desk.deliveries.waiting},
        "requests": asdict(desk.keys.budgets.books),
        "walk_faults_played": [desk.walks.played[n] for n in range(len(desk.faults.now.walks))],
        "workspaces": [
            {
                "id": workspace.id,
                "name": workspace.name,
                "api_key": world.api_key(workspace.id),
                "accounts": len(workspace.accounts),
                "leads": len(workspace.leads),
                "campaigns": len(workspace.campaigns),
                "events": len(workspace.log),
                "quiet": workspace.weight == 0,
                "subscriptions": len(workspace.subscriptions),
            }
            for workspace in world.workspaces.values()
        ],
    }
