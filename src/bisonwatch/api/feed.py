"""`POST /api/v1/feed/{word}`: every word of the Feed, for terminals elsewhere; made from the Protocol, so that a new word needs no line here."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import JSONResponse, Response

from bisonwatch import __version__
from bisonwatch.api.auth import Guard, Token
from bisonwatch.api.problems import on_ours
from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed
from bisonwatch.errors import BisonwatchError
from bisonwatch.protocol.codec import encode
from bisonwatch.protocol.words import Word, words

Heard = Callable[[Token, Word, Mapping[str, object]], Awaitable[None]]
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


def router(guard: Guard, feed: Callable[[str], Feed], clock: Clock, heard: Heard = nobody) -> APIRouter:
    """To be put behind a guard that lets viewers in; words that act ask for an operator themselves."""
    routes = APIRouter()

    @routes.get("/me", summary="Whose token this is", response_model=Me)
    async def me(request: Request) -> Response:
        """The token's name and role, and the daemon's version and clock."""
        caller = request.state.caller
        told = Me(caller.name, caller.role, __version__, feed(caller.name).title, clock.now())
        return Response(encode(told, Me), media_type="application/json")

    for word in words().values():
        routes.post(
            f"/feed/{word.name}",
            dependencies=[Depends(guard.operator)] if word.acts else [],
            responses={200: {"model": word.answer}},
            operation_id=f"feed_{word.name}",
            summary=f"{word.name}: {'for operators' if word.acts else 'reads'}",
            description=word.summary,
        )(_endpoint(word, feed, heard))
    return routes


def _endpoint(word: Word, feed: Callable[[str], Feed], heard: Heard) -> Callable[..., Awaitable[Response]]:
    async def endpoint(request: Request, **given: Any) -> Response:
        caller: Token = request.state.caller
        if word.acts:
            await heard(caller, word, given)
        try:
            answer = await getattr(feed(caller.name), word.name)(*(given[name] for name in word.given))
        except BisonwatchError as error:
            return await _refused(request, error)
        return Response(encode(answer, word.answer), media_type="application/json")

    endpoint.__signature__ = inspect.Signature([_REQUEST, *map(_parameter, word.given.items())])  # type: ignore[attr-defined]  # what FastAPI reads the body by
    endpoint.__name__ = word.name
    return endpoint


_REQUEST = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)


def _parameter(given: tuple[str, Any]) -> inspect.Parameter:
    name, hint = given
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[hint, Body(embed=True)]
    )


async def _refused(request: Request, error: BisonwatchError) -> Response:
    """The problem as everywhere, with what a terminal needs to raise the same error again."""
    answer = await on_ours(request, error)
    told = {
        **json.loads(bytes(answer.body)),
        "kind": type(error).__name__,
        "detail": error.message,
        "hint": error.hint,
    }
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    return JSONResponse(told, answer.status_code, headers, "application/problem+json")
