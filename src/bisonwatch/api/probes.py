"""For those who watch the process: is it alive, does it take deliveries. No token on loopback."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.metrics import Spooling

FRESH = {"cache-control": "no-store"}
"""What was true a minute ago is no answer."""


class Probes:
    """`/livez` answers while the loop turns; `/readyz` while deliveries can be made durable, in the database or in the spool.

    A balancer asks `/readyz`: a node whose database is away must go on getting deliveries, since no other has that database either.
    """

    def __init__(self, snapshot: Callable[[], Snapshot], spooling: Spooling) -> None:
        self._snapshot = snapshot
        self._spooling = spooling

    async def live(self, _request: Request) -> Response:
        return JSONResponse({"alive": True}, headers=FRESH)

    async def ready(self, _request: Request) -> Response:
        place, reason = self._durable()
        ready = place is not None
        told = {"ready": ready, "deliveries": place, "reason": reason}
        return JSONResponse(told, 200 if ready else 503, headers=FRESH)

    def _durable(self) -> tuple[str | None, str | None]:
        """Where deliveries are kept now, and why not in the database."""
        picture = self._snapshot()
        if picture.number == 0:
            return None, "the first picture is not drawn yet"
        if picture.database.ok:
            return "database", None
        away, trouble = "the database does not answer", self._spooling.trouble
        return (
            ("spool", away) if trouble is None else (None, f"{away}, and the spool does not help: {trouble}")
        )
