"""What the API's document says of the words of the Feed: an operation for each, with its types and an example.

Made when somebody asks for the document: the types of all words together take a quarter of a second, which no start should.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bisonwatch.errors import CallError, NotThere, ProviderError, StoreError, UnderWay
from bisonwatch.protocol import sound
from bisonwatch.protocol.samples import sample, samples
from bisonwatch.protocol.words import Word, words

ACTS = "x-acts"
"""Whether a word wants an operator; taken out again where that is told of every operation."""

_ERRORS = {"400": CallError, "404": NotThere, "409": UnderWay, "502": ProviderError, "503": StoreError}
"""What a word raises, by status; other statuses are the door's own."""


def error(status: str, detail: str) -> dict[str, Any]:
    """What a refusal of a word shows beyond that of a route."""
    return {"kind": _ERRORS[status].__name__, "detail": detail, "hint": None} if status in _ERRORS else {}


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


def mend(shapes: dict[str, Any]) -> None:
    """What is known of shapes beyond what pydantic says: of maps by workspace in all of them, and of all that is given to words."""
    for schema in _inside(list(shapes.values())):
        schema.pop("uniqueItems", None)  # a set may be told with one thing twice
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
    for name in _given(shapes):
        for schema in _inside(shapes[name]):
            sound.narrow(schema)


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    """Each object in a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from _inside(one)


def _given(shapes: dict[str, Any]) -> set[str]:
    """The shapes of what is given to words, and those that they are made of."""
    found = set[str]()
    left = [name for name in shapes if name.startswith("Body_feed_")]
    while left:
        found.add(name := left.pop())
        refs = (
            str(schema["$ref"]).rpartition("/")[2] for schema in _inside(shapes[name]) if "$ref" in schema
        )
        left += [ref for ref in refs if ref not in found]
    return found


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
