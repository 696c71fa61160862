"""`POST /api/v1/feed/{word}`: every word of the Feed, for terminals elsewhere; made from the Protocol, so that a new word needs no line here."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from bisonwatch import __version__
from bisonwatch.api.auth import Guard, Token
from bisonwatch.api.problems import on_ours
from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed
from bisonwatch.errors import BisonwatchError, CallError
from bisonwatch.protocol.codec import Unreadable, encode
from bisonwatch.protocol.words import Word, heard, words

JSON = "application/json"
Witness = Callable[[Token, Word, Mapping[str, object]], Awaitable[None]]
"""Told before each word that acts: whose token it is, the word and what is given to it."""


async def nobody(_caller: Token, _word: Word, _given: Mapping[str, object]) -> None:
    """Where no log is kept."""


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, and whom. `now` is the daemon's clock, `title` what its terminal would say."""

    name: str
    role: str
    version: str
    title: str
    now: datetime


def router(guard: Guard, feed: Callable[[str], Feed], clock: Clock, witness: Witness = nobody) -> APIRouter:
    """To be put behind a guard that lets viewers in; words that act ask for an operator themselves."""
    routes = APIRouter()

    @routes.get("/me", summary="Whose token this is", response_model=Me)
    async def me(request: Request) -> Response:
        """The token's name and role, and the daemon's version and clock."""
        caller = request.state.caller
        told = Me(caller.name, caller.role, __version__, feed(caller.name).title, clock.now())
        return Response(encode(told, Me), media_type=JSON)

    @routes.post("/feed/{name}", include_in_schema=False)  # the document has each word by itself
    async def say(request: Request, name: str) -> Response:
        word = words().get(name)
        if word is None:
            raise HTTPException(404)
        if word.acts:
            await guard.operator(request)
        given = _heard(word, await request.body())
        caller: Token = request.state.caller
        if word.acts:
            await witness(caller, word, given)
        try:
            answer = await getattr(feed(caller.name), name)(*given.values())
        except BisonwatchError as error:
            return await _refused(request, error)
        return Response(encode(answer, word.answer), media_type=JSON)

    return routes


def _heard(word: Word, body: bytes) -> dict[str, object]:
    try:
        return heard(word, body)
    except Unreadable as error:
        raise CallError(f"{word.name}: {error}") from error


async def _refused(request: Request, error: BisonwatchError) -> Response:
    """The problem as everywhere, with what a terminal needs to raise the same error again."""
    answer = await on_ours(request, error)
    kind = {"kind": type(error).__name__, "detail": error.message, "hint": error.hint}
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    return JSONResponse(
        json.loads(bytes(answer.body)) | kind, answer.status_code, headers, "application/problem+json"
    )
