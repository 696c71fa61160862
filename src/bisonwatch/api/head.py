"""HEAD is GET without the body, for every route: FastAPI leaves it to us."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BARE = "bisonwatch.bare"
"""Set in the scope where nobody reads the body: an answer without an end must not begin."""


class Head:
    """Around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        asked: Scope = {**scope, "method": "GET", BARE: True}

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            scope["route"] = asked.get("route")  # which others count by
            await send(message)

        await self._app(asked, receive, bare)
