"""Bearer tokens: `viewer` reads, `operator` also writes. Compared in constant time, never logged."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bisonwatch.api.near import near
from bisonwatch.clock import Clock
from bisonwatch.domain.attempts import WINDOW_S, FailedAttempts
from bisonwatch.metrics import Answering


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    role: str
    secret: str


class Guard:
    """Lets a request in when it carries one of the tokens; whose it was stands in `request.state.caller` then."""

    def __init__(self, tokens: Sequence[Token], clock: Clock, figures: Answering) -> None:
        self._tokens, self._figures = tuple(tokens), figures
        self._clock = clock
        self._failed = FailedAttempts()

    async def viewer(self, request: Request) -> None:
        """A bearer token of any role. Raises HTTPException 401, 429."""
        request.state.caller = self._caller(request)

    async def operator(self, request: Request) -> None:
        """A bearer token that may write. Raises HTTPException 401, 403, 429."""
        await self.viewer(request)
        if request.state.caller.role != "operator":
            raise HTTPException(403, "this token may read only; an operator's is needed")

    async def local_or_viewer(self, request: Request) -> None:
        """No token for who asks straight from this machine; a bearer token for everybody else."""
        if not near(request):
            await self.viewer(request)

    def _caller(self, request: Request) -> Token:
        scheme, _, offered = request.headers.get("authorization", "").partition(" ")
        found, bytes_offered = None, offered.strip().encode("latin-1")  # as they came: headers are read so
        for token in self._tokens:  # every one is compared, so that time tells nothing
            if hmac.compare_digest(token.secret.encode(), bytes_offered):
                found = token
        if scheme.lower() != "bearer" or found is None:
            if offered:
                self._count(request)
            why = "a bearer token is needed" if self._tokens else "no token is configured under api: tokens:"
            raise HTTPException(401, why, {"www-authenticate": "Bearer"})
        return found

    def _count(self, request: Request) -> None:
        """Whoever guesses has to wait; whoever has a right token never comes here."""
        self._figures.wrong_tokens += 1
        address = request.client.host if request.client else ""
        if self._failed.too_many(address, self._clock.monotonic()):
            again = {"retry-after": str(int(WINDOW_S))}
            raise HTTPException(429, "too many wrong tokens from this address", again)
