"""Bearer tokens: `viewer` reads, `operator` also writes. Compared in constant time, never logged."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    role: str
    secret: str


class Guard:
    """Lets a request in when it carries one of the tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tuple(tokens)

    def needs_token(self, handler: Handler) -> Handler:
        """The handler behind a bearer token of any role. Answers 401 otherwise."""

        async def guarded(request: Request) -> Response:
            self._caller(request)
            return await handler(request)

        return guarded

    def _caller(self, request: Request) -> Token:
        scheme, _, offered = request.headers.get("authorization", "").partition(" ")
        found = None
        for token in self._tokens:  # every one is compared, so that time tells nothing
            if hmac.compare_digest(token.secret.encode(), offered.strip().encode()):
                found = token
        if scheme.lower() != "bearer" or found is None:
            why = "a bearer token is needed" if self._tokens else "no token is configured under api: tokens:"
            raise HTTPException(401, why, {"www-authenticate": "Bearer"})
        return found
