"""Bearer tokens: `viewer` reads, `operator` also writes. Compared in constant time, never logged."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bisonwatch.api.near import near


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    role: str
    secret: str


class Guard:
    """Lets a request in when it carries one of the tokens; whose it was stands in `request.state.caller` then."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tuple(tokens)

    async def viewer(self, request: Request) -> None:
        """A bearer token of any role. Raises HTTPException 401."""
        request.state.caller = self._caller(request)

    async def operator(self, request: Request) -> None:
        """A bearer token that may write. Raises HTTPException 401, 403."""
        await self.viewer(request)
        if request.state.caller.role != "operator":
            raise HTTPException(403, "this token may read only; an operator's is needed")

    async def local_or_viewer(self, request: Request) -> None:
        """No token for who asks straight from this machine; a bearer token for everybody else."""
        if not near(request):
            await self.viewer(request)

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
