"""Before every route: latency and outage, then the key and its budget, then what happens to this page of a walk."""

from __future__ import annotations

from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bisonwatch.simulator.answers import Refused, broken
from bisonwatch.simulator.desk import Desk


class Gate:
    """Also adds the headers that every answer has."""

    def __init__(self, inner: ASGIApp, desk: Desk) -> None:
        self._inner = inner
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        dated = self._with_headers(scope, send)
        if scope["path"].startswith("/_sim/"):
            await self._inner(scope, receive, dated)
            return
        self._desk.world.later.do_due(self._desk.clock.now())
        if answer := await self._turned_away(scope):
            await answer(scope, receive, dated)
        elif fault := self._desk.walks.due(scope):
            await self._desk.walks.play(fault, self._inner, scope, receive, dated)
        else:
            await self._inner(scope, receive, dated)

    async def _turned_away(self, scope: Scope) -> Response | None:
        switch = self._desk.faults
        if switch.now.api.latency:
            await self._desk.clock.sleep(switch.now.api.latency)
        if switch.now.api.outage:
            return broken(502, switch.forms)
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        try:
            scope["caller"] = self._desk.keys.caller(header.decode("latin-1"))
        except Refused as refused:
            return refused.answer()
        return None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["date"] = format_datetime(self._desk.clock.now(), usegmt=True)
                if caller := scope.get("caller"):
                    headers["x-ratelimit-limit"] = str(self._desk.faults.limits.per_minute)
                    headers["x-ratelimit-remaining"] = str(caller.remaining)
            await send(message)

        return dated
