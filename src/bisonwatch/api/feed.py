"""`POST /api/v1/feed/{word}`: every word of the Feed, for terminals elsewhere; made from the Protocol, so that a new word needs no line here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from bisonwatch import __version__
from bisonwatch.api.auth import Guard
from bisonwatch.api.door import Ledger, written_down
from bisonwatch.api.problems import on_error
from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed
from bisonwatch.errors import BisonwatchError, CallError
from bisonwatch.protocol.codec import Unreadable, encode
from bisonwatch.protocol.words import Word, heard, words

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, and whom. `now` is the daemon's clock, `title` what its terminal would say."""

    name: str
    role: str
    version: str
    title: str
    now: datetime


def router(guard: Guard, feed: Callable[[Request], Feed], clock: Clock, audit: Ledger) -> APIRouter:
    """To be put behind a guard that lets viewers in; words that act ask for an operator themselves, and are in the audit log."""
    routes = APIRouter()

    @routes.get("/me", summary="Whose token this is", response_model=Me)
    async def me(request: Request) -> Response:
        """The token's name and role, and the daemon's version and clock."""
        caller = request.state.caller
        told = Me(caller.name, caller.role, __version__, feed(request).title, clock.now())
        return Response(encode(told, Me), media_type=JSON)

    @routes.post("/feed/{name}", include_in_schema=False)  # the document has each word by itself
    async def say(request: Request, name: str) -> Response:
        word = words().get(name)
        if word is None:
            raise HTTPException(404)
        said = partial(_said, word, feed)
        try:
            if word.acts:
                return await written_down(request, f"feed_{name}", said, guard.operator, audit)
            return await said(request)
        except BisonwatchError as error:
            return await _refused(request, error)

    return routes


async def _said(word: Word, feed: Callable[[Request], Feed], request: Request) -> Response:
    given = _heard(word, await request.body())
    answer = await getattr(feed(request), word.name)(*given.values())
    return Response(encode(answer, word.answer), media_type=JSON)


def _heard(word: Word, body: bytes) -> dict[str, object]:
    try:
        return heard(word, body)
    except Unreadable as error:
        raise CallError(f"{word.name}: {error}") from error


async def _refused(request: Request, error: BisonwatchError) -> Response:
    """The problem as everywhere, with what a terminal needs to raise the same error again."""
    answer = await on_error(request, error)
    kind = {"kind": type(error).__name__, "detail": error.message, "hint": error.hint}
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    return JSONResponse(
        json.loads(bytes(answer.body)) | kind, answer.status_code, headers, "application/problem+json"
    )
