"""Errors as problem+json (RFC 9457); no traceback ever leaves."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bisonwatch.errors import BisonwatchError, CallError, StoreConflict, StoreUnavailable, UnknownWorkspace


def problem(status: int, title: str, headers: dict[str, str] | None = None) -> Response:
    """One refusal."""
    body = {"type": "about:blank", "title": title, "status": status}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


async def on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    titles = {404: "no such route; see /api/v1", 405: "that route does not take this method"}
    headers = dict(error.headers) if error.headers else None
    if headers and headers.get("Allow") == "GET":
        headers["Allow"] = "GET, HEAD"
    return problem(error.status_code, titles.get(error.status_code, error.detail), headers)


_STATUS = {UnknownWorkspace: 404, CallError: 400, StoreUnavailable: 503, StoreConflict: 503}


async def on_ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BisonwatchError)
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    return problem(status, str(error), {"retry-after": "5"} if status == 503 else None)


async def on_fault(_request: Request, _error: Exception) -> Response:
    """A bug: the log holds the traceback, the answer does not."""
    return problem(500, "a fault in bisonwatch; its log says more")
