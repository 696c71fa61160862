"""Every answer of the API is counted, by its route and status, and how long it took to begin."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bisonwatch.clock import Clock
from bisonwatch.metrics import OTHER, Answering, Route

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counted:
    """Around the whole application, and what answers in front of it. Whoever leaves before an answer began is not counted."""

    def __init__(self, app: ASGIApp, figures: Answering, clock: Clock) -> None:
        self._app, self._figures, self._clock = app, figures, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked, began = self._clock.monotonic(), False

        def count(status: int) -> None:
            nonlocal began
            began = True
            self._figures.add(route_of(scope), status, (self._clock.monotonic() - asked) * 1000)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            if not began:
                count(500)  # it is answered outside of here
            raise


def route_of(scope: Scope) -> Route:
    """As a label: what a stranger made up is `other`."""
    method, route = scope["method"], scope.get("route")
    path = route.path_format if isinstance(route, APIRoute) else OTHER
    return Route(method if method in METHODS else OTHER, path)
