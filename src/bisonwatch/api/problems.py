"""Errors as problem+json (RFC 9457); no traceback ever leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from bisonwatch.api.shapes.work import WORKSPACE_WORD
from bisonwatch.domain.clean import clean
from bisonwatch.errors import (
    BisonwatchError,
    CallError,
    ConfigError,
    NotThere,
    ProviderError,
    StoreError,
    UnderWay,
)

KIND = "application/problem+json"
LONGEST = 1000
AGAIN_S = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as it is answered."""

    status: int
    title: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> Response:
        title = clean(self.title, LONGEST)  # it may repeat what a stranger wrote
        body = orjson.dumps({"type": "about:blank", "title": title, "status": self.status})
        return Response(body, self.status, {"cache-control": "no-store", **self.headers}, KIND)


_STATUS: Mapping[type[BisonwatchError], int] = {
    NotThere: 404,
    UnderWay: 409,
    CallError: 400,
    ConfigError: 409,
    StoreError: 503,
    ProviderError: 502,
}
_TITLES = {404: "no such route; see /openapi.json", 405: "that route does not take this method"}
_FAULT = "a fault in bisonwatch; its log says more"
_STARLETTES = ("Not Found", "Method Not Allowed")
_NO_JSON = "the body is not JSON"
_UNREAD = "There was an error parsing the body"
"""FastAPI's words for a body that is no text, nested too deep, or holds a number of thousands of digits."""
_PATTERNS = {WORKSPACE_WORD: "write instance/id, such as main/12", r"\S": "it is blank"}
"""What a pattern wants, for people."""


def refusal_of(error: Exception, request: Request) -> Refusal:
    """What is answered to an error; a bug is told without its text, which the log has."""
    if isinstance(error, HTTPException):
        own = error.status_code not in _TITLES or error.detail not in _STARLETTES
        title = error.detail if own else _TITLES[error.status_code]
        title = _NO_JSON if title == _UNREAD else title
        headers = _allow(request) if error.status_code == 405 else dict(error.headers or {})
        return Refusal(error.status_code, title, headers)
    if isinstance(error, RequestValidationError):
        return Refusal(400, _wrong(error.errors(), request))
    if isinstance(error, BisonwatchError):
        status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
        return Refusal(status, str(error), {"retry-after": str(AGAIN_S)} if status == 503 else {})
    return Refusal(500, _FAULT)


async def on_error(request: Request, error: Exception) -> Response:
    return refusal_of(error, request).answer()


def _allow(request: Request) -> dict[str, str]:
    """What every route of that path takes together; the router tells those of the first."""
    scopes = {method: {**request.scope, "method": method} for method in ("GET", "POST", "PATCH")}
    routes = request.app.router.routes
    taken = [
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] is Match.FULL for route in routes)
    ]
    return {"allow": ", ".join([*taken, "HEAD"] if "GET" in taken else taken)}


def _wrong(errors: Sequence[Any], request: Request) -> str:
    """Which parameter, or key of the body, is wrong, and what is right."""
    place, *rest = errors[0]["loc"]
    if place == "body":
        return _wrong_body(rest, errors[0])
    name = str(rest[0])
    right = _description(request, name)
    return f"{name} is {right}" if right else f"{name}: {errors[0]['msg']}"


def _wrong_body(rest: Sequence[Any], error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return _NO_JSON
    if not rest:
        return "the body is a JSON object, with content-type: application/json"
    where = ".".join(str(one) for one in rest)
    if error["type"] == "extra_forbidden":
        return f"the body has no key '{where}'"
    right = _PATTERNS.get(error.get("ctx", {}).get("pattern", ""))
    return f"{where} in the body: {right or error['msg'].removeprefix('Value error, ')}"


def _description(request: Request, name: str) -> str | None:
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return None
    known = (*route.dependant.query_params, *route.dependant.path_params)
    return next((one.field_info.description for one in known if one.alias == name), None)
