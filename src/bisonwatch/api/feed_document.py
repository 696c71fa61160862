"""What the API's document says of the words of the Feed: an operation for each, with its types and an example.

Made when somebody asks for the document: the types of all words together take a quarter of a second, which no start should.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bisonwatch.protocol.samples import sample, samples
from bisonwatch.protocol.words import Word, words

ACTS = "x-acts"
"""Whether a word wants an operator; taken out again where that is told of every operation."""


def router() -> APIRouter:
    routes = APIRouter()
    for word in words().values():
        routes.post(
            f"/feed/{word.name}",
            responses={200: {"model": word.answer, "content": _content(sample(word.answer))}},
            openapi_extra={ACTS: word.acts}
            | ({"requestBody": {"content": _content(samples(word))}} if word.given else {}),
            operation_id=f"feed_{word.name}",
            summary=f"{word.name}: {'for operators' if word.acts else 'reads'}",
            description=word.summary,
        )(_endpoint(word))
    return routes


def _endpoint(word: Word) -> Callable[..., Response]:
    def endpoint(**_given: object) -> Response:
        raise HTTPException(404)

    endpoint.__name__ = word.name
    endpoint.__signature__ = inspect.Signature(list(map(_parameter, word.given.items())))  # type: ignore[attr-defined]  # what FastAPI reads the body by
    return endpoint


def _parameter(given: tuple[str, Any]) -> inspect.Parameter:
    name, hint = given
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[hint, Body(embed=True)]
    )


def _content(example: bytes) -> dict[str, Any]:
    return {"application/json": {"example": json.loads(example)}}
