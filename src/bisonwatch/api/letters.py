"""Dead letters to read: which there are and why, and one with its payload."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bisonwatch import logs
from bisonwatch.api.paging import limit_of
from bisonwatch.domain.ids import parse_key
from bisonwatch.domain.letter import WAYS, Wanted, letter_json, shelf_json
from bisonwatch.domain.payload import plain
from bisonwatch.errors import CallError
from bisonwatch.ingest.letters import Letters


class LetterReads:
    """The GET handlers."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def page(self, request: Request) -> Response:
        """Keyset pages, newest first, with the counts of all that are wanted."""
        limit, after = limit_of(request), request.query_params.get("after")
        shelf = await self._letters.shelf(_wanted(request), limit + 1, None if after is None else _id(after))
        more = str(shelf.letters[limit - 1].id) if len(shelf.letters) > limit else None
        page = replace(shelf, letters=shelf.letters[:limit])
        return JSONResponse({**shelf_json(page), "next": more})

    async def one(self, request: Request) -> Response:
        """With its payload in `body`, secrets masked; null when the body is gone."""
        number = _id(request.path_params["id"])
        found = await self._letters.states([number])
        if not found:
            raise HTTPException(404, f"there is no delivery {number}")
        body = await self._letters.body(number)
        payload = None if body is None else plain(body, logs.redact)
        told = {**letter_json(found[0]), "body": payload}
        return Response(json.dumps(told), media_type="application/json")  # escapes half characters, too


def _wanted(request: Request) -> Wanted:
    query = request.query_params
    state, workspace = query.get("state", "dead"), query.get("workspace")
    if state not in WAYS:
        raise CallError(f"state is one of {', '.join(WAYS)}")
    reason = query.get("reason")
    if reason is not None and "\x00" in reason:
        raise CallError("reason is a reason, or how it begins")
    return Wanted.of(None if workspace is None else parse_key(workspace), reason, WAYS[state])


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise CallError(f"'{text}' is not the id of a delivery") from error
