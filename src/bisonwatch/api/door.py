"""What stands before a route: only parameters that it knows; and before one that writes: who may, a body's kind, the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from email.message import Message as Header
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.auth import Guard
from bisonwatch.api.problems import refusal_of
from bisonwatch.api.sending import Sending
from bisonwatch.errors import CallError, StoreError


class Ledger(Protocol):
    """Where writes are written down; `api.audit` is the one."""

    async def begin(self, request: Request, operation: str, body: bytes) -> UUID: ...

    async def end(self, deed: UUID, status: int, why: str | None) -> None: ...


Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Admit = Callable[[Request], Awaitable[None]]


async def known_only(request: Request) -> None:
    """A parameter that the route does not have is a mistake. Raises CallError."""
    route = request.scope.get("route")
    known = [one.alias for one in route.dependant.query_params] if isinstance(route, APIRoute) else []
    for name in request.query_params:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "this route takes none"
            raise CallError(f"there is no parameter {name}: {there}")


def writing(guard: Guard, audit: Ledger) -> type[APIRoute]:
    """Routes that are written down, and of operators alone. Nothing of a body is read before its sender is known; nothing is done before it is written down."""

    class Writing(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()
            name = self.name

            async def handle(request: Request) -> Response:
                return await written_down(request, name, inner, guard.operator, audit)

            return handle

    return Writing


async def written_down(request: Request, name: str, inner: Handler, admit: Admit, audit: Ledger) -> Response:
    """What `inner` answers, for somebody who may, with a line in the audit log before and after. Raises what it raises."""
    body, refused = b"", None
    try:
        await admit(request)
        await known_only(request)
        body = await _body(request)
    except (HTTPException, CallError) as error:
        refused = error
    if refused is not None and not hasattr(request.state, "caller"):
        raise refused  # nobody knows who it was
    try:
        deed = await audit.begin(request, name, body)
    except StoreError as error:
        raise refused or error from None
    status, why = None, None
    try:
        if refused is not None:
            raise refused
        answer = await inner(request)
        if isinstance(answer, Sending):
            answer.over = partial(audit.end, deed)  # its end is not here yet
        else:
            status = answer.status_code
        return answer
    except Exception as error:
        refusal = refusal_of(error, request)
        status, why = refusal.status, refusal.title
        raise
    finally:
        if status is not None:
            await audit.end(deed, status, why)


async def _body(request: Request) -> bytes:
    """Raises HTTPException 408, 413, 415, 503."""
    body = await request.body()
    if body and not _is_json(request.headers.get("content-type", "")):
        raise HTTPException(415, "a body is JSON: content-type: application/json")
    return body


def _is_json(kind: str) -> bool:
    header = Header()
    header["content-type"] = kind.replace("\r", "").replace("\n", "")
    return header.get_content_type() == "application/json"
