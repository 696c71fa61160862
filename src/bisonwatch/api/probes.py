"""For those who watch the process: is it alive, can it work. No token on loopback."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bisonwatch.api.auth import Guard, Handler
from bisonwatch.domain.snapshot import Snapshot


class Probes:
    """`/livez` answers while the loop turns; `/readyz` while the database answers and the first picture is drawn."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    async def live(self, _request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(self, _request: Request) -> Response:
        picture = self._snapshot()
        ready = picture.number > 0 and picture.database.ok
        why = (
            None
            if ready
            else "the first picture is not drawn yet"
            if picture.number == 0
            else "the database does not answer"
        )
        return JSONResponse({"ready": ready, "reason": why}, 200 if ready else 503)


def open_on_loopback(guard: Guard, handler: Handler) -> Handler:
    """No token for callers on this machine; a bearer token for everybody else."""
    guarded = guard.needs_token(handler)

    async def choose(request: Request) -> Response:
        return await (handler if _local(request) else guarded)(request)

    return choose


def _local(request: Request) -> bool:
    if request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
