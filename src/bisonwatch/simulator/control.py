"""`/_sim/`: the hand on the switches. No key is asked for, since the simulator listens on the loopback only."""

from __future__ import annotations

from dataclasses import asdict

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bisonwatch.errors import CallError
from bisonwatch.simulator.answers import Json
from bisonwatch.simulator.desk import Desk
from bisonwatch.simulator.faults import from_json, to_json

MOST = 10_000.0
"""Events a second; more than one process can make and post."""


def control_routes(desk: Desk) -> list[Route]:
    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                desk.faults.set(from_json(orjson.loads(await request.body())))
            except (CallError, orjson.JSONDecodeError) as error:
                return Json({"error": str(error)}, 422)
        return Json(to_json(desk.faults.now))

    async def rate(request: Request) -> Response:
        try:
            body = orjson.loads(await request.body())
            desk.world.rate = min(MOST, max(0.0, float(body["rate"] if isinstance(body, dict) else body)))
        except (KeyError, TypeError, ValueError):
            return Json({"error": "write {'rate': events per second}"}, 422)
        return Json({"rate": desk.world.rate})

    async def world(request: Request) -> Response:
        return Json(_summary(desk))

    return [
        Route("/_sim/faults", faults, methods=["GET", "PUT"]),
        Route("/_sim/rate", rate, methods=["PUT"]),
        Route("/_sim/world", world),
    ]


def _summary(desk: Desk) -> dict[str, object]:
    world = desk.world
    return {
        "url": world.url,
        "now": world.now.isoformat(),
        "rate": world.rate,
        "admin_key": world.admin_key,
        "events": world.scribe.logged,
        "deliveries": {**asdict(desk.deliveries.figures), "waiting": desk.deliveries.waiting},
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
