"""How much of a list is asked for."""

from __future__ import annotations

from starlette.requests import Request

from bisonwatch.errors import CallError

PAGE = 100
MOST = 1000


def limit_of(request: Request) -> int:
    """`limit`, or PAGE. Raises CallError."""
    text = request.query_params.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not 1 <= int(text) <= MOST:
        raise CallError(f"limit is a number from 1 to {MOST}")
    return int(text)
