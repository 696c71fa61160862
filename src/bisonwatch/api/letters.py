"""Dead letters to read: which there are and why, and one with its payload."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch import logs
from bisonwatch.api.answers import told
from bisonwatch.api.paging import PAGE, AfterLetter, Limit
from bisonwatch.api.shapes.work import WORKSPACE_WORD
from bisonwatch.domain.ids import parse_key
from bisonwatch.domain.letter import WAYS, Wanted, letter_json, shelf_json
from bisonwatch.domain.payload import plain
from bisonwatch.domain.status import Json
from bisonwatch.errors import NotThere
from bisonwatch.ingest.letters import Letters

LetterId = Annotated[UUID, Path(description="a delivery's id")]
State = Annotated[Literal["dead", "waiting", "discarded"], Query(description=f"one of {', '.join(WAYS)}")]
WorkspaceWord = Annotated[
    str | None, Query(pattern=WORKSPACE_WORD, description="instance/id, such as main/12")
]
ReasonWord = Annotated[
    str | None,
    Query(max_length=1000, pattern=r"^[^\x00]*$", description="a reason, or how it begins"),
]


class LetterReads:
    """The GET handlers."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def letters(
        self,
        request: Request,
        limit: Limit = PAGE,
        after: AfterLetter = None,
        state: State = "dead",
        workspace: WorkspaceWord = None,
        reason: ReasonWord = None,
    ) -> Response:
        """Deliveries that were set aside, the newest first, with the counts of all that are wanted."""
        wanted = Wanted.of(None if workspace is None else parse_key(workspace), reason, WAYS[state])
        shelf = await self._letters.shelf(wanted, limit + 1, after)
        more = str(shelf.letters[limit - 1].id) if len(shelf.letters) > limit else None
        page = replace(shelf, letters=shelf.letters[:limit])
        return await told(request, {**shelf_json(page), "next": more})

    async def letter(self, request: Request, id: LetterId) -> Response:
        """One with its payload in `body`, secrets masked; null when the body is gone."""
        found = await self._letters.states([id])
        if not found:
            raise NotThere(f"there is no delivery {id}")
        body = await self._letters.body(id)
        payload: Json = None if body is None else plain(body, logs.redact)  # type: ignore[assignment]
        return await told(request, {**letter_json(found[0]), "body": payload})
