"""What happens to the connection itself: it breaks in the middle of an answer, or nothing ever comes."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


class Cut(Exception):
    """The connection broke in the middle of the answer."""


class Hung(Exception):
    """There will never be an answer."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Around the application where a real socket is: what it raises becomes what a client would see."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Cut:
            return  # the server closes the connection of an answer that was not completed
        except Hung:
            while (await receive())["type"] != "http.disconnect":
                pass
