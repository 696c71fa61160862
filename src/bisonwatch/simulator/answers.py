"""Answers in the provider's forms: everything in `data`, refusals wrapped, errors of three families."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response


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


def data(content: object, status: int = 200) -> Response:
    return Json({"data": content}, status)


def unauthenticated() -> Refused:
    return Refused(401, {"message": "Unauthenticated."})


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


def too_many(seconds: int) -> Refused:
    body = {"error": "rate_limited", "retry_after": seconds}
    return Refused(429, body, {"retry-after": str(seconds)})


def gateway() -> Response:
    """A gateway's page, not the application's."""
    return Response(
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        502,
        media_type="text/html",
    )
