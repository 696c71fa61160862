"""Answers in the provider's forms: everything in `data`, refusals wrapped, errors of three families."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from bisonwatch.simulator.switches import Forms


class Json(Response):
    """JSON by orjson; rows may hold pre-serialised fragments."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return orjson.dumps(content)


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"refused with {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def answer(self) -> Response:
        return Json(self.body, self.status, self.headers)


def wrapped(message: str, **more: object) -> dict[str, object]:
    return {"data": {"success": False, "message": message, **more}}


def done(message: str, **more: object) -> Response:
    return Json({"data": {"success": True, "message": message, **more}})


def unauthenticated(forms: Forms) -> Refused:
    message = "Unauthenticated."
    return Refused(401, wrapped(message) if forms.error_401 == "wrapped" else {"message": message})


def other_workspace() -> Refused:
    return Refused(
        403,
        wrapped("This action is unauthorized. The api key does not match the workspace the record is on."),
    )


def record_missing(model: str, key: str) -> Refused:
    return Refused(404, wrapped("Record not found.", record_not_found={model: key}))


def route_missing(path: str) -> Refused:
    message = f"The route {path.lstrip('/')} could not be found."
    return Refused(404, wrapped(message, record_not_found=None))


def not_allowed(method: str, path: str, allowed: str) -> Refused:
    route = path.lstrip("/")
    message = f"The {method} method is not supported for route {route}. Supported methods: {allowed}."
    return Refused(405, wrapped(message), {"allow": allowed})


def invalid(**errors: str) -> Refused:
    """422, wrapped; the message repeats the first error."""
    first = next(iter(errors.values()))
    listed = {field: [text] for field, text in errors.items()}
    return Refused(422, wrapped(first, errors=listed))


def page_cap() -> Refused:
    return Refused(422, wrapped("Page limit reached. Use cursor pagination."))


def too_many(seconds: int, forms: Forms, limit: int) -> Refused:
    """Whether the wait is told at all is a switch: nobody has shown that header."""
    limiter = {"error": "rate_limited", "retry_after": seconds}
    headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": "0"}
    if forms.retry_after:
        headers["retry-after"] = str(seconds)
    return Refused(
        429, limiter if forms.error_429 == "limiter" else {"message": "Too Many Attempts."}, headers
    )


def broken(status: int, forms: Forms) -> Response:
    """A 5xx: the gateway's page, or the framework's own body. A 502 is always the gateway's."""
    if forms.error_5xx == "json" and status != 502:
        return Json({"message": "Server Error"}, status)
    name = {500: "Internal Server Error", 502: "Bad Gateway"}.get(status, "Error")
    page = f"<html><head><title>{status} {name}</title></head><body><h1>{status} {name}</h1></body></html>"
    return Response(page, status, media_type="text/html")


def bare(body: object) -> object:
    """A wrapped refusal as the bare framework writes it."""
    inner = body.get("data") if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        return body
    return {name: value for name, value in inner.items() if name != "success"}
