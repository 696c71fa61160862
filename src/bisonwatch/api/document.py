"""`/openapi.json`: what FastAPI finds in the routes, and what it cannot know: who may, how it is refused, an example of everything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from bisonwatch.api import feed_document
from bisonwatch.api.shapes.base import Problem, SaidProblem

Doc = dict[str, Any]

ABOUT = """The operator's API of bisonwatch, a real-time mirror of Email Bison.

Every request under `/api/v1` carries `Authorization: Bearer TOKEN`; `viewer` tokens read, `operator` tokens also write and export, and
all of that is in the audit log. Lists come in pages: go on with `?after=` and what `next` said, until it is null. Big answers carry an `ETag`; asked again with
`If-None-Match` they are 304 while nothing changed. Refusals are problem+json (RFC 9457). Figures that are not known are null."""
TAGS: list[dict[str, Any]] = [
    {"name": "probes", "description": "For those who watch the process; no token on loopback."},
    {"name": "workspaces", "description": "How all of it stands; workspaces, and what is in them."},
    {"name": "runs", "description": "What jobs did, and doing them now."},
    {"name": "letters", "description": "Deliveries that could not be processed."},
    {"name": "datasets", "description": "Figures made out of the mirror, and the cache that keeps them."},
    {"name": "logs", "description": "What the provider was asked, and what was wrong with what it said."},
    {"name": "exports", "description": "Whole tables as files, for operators."},
    {"name": "audit", "description": "Who asked for which write or export."},
    {
        "name": "terminal",
        "description": "What a terminal elsewhere is made of: the picture as it changes, and every word of its feed.",
    },
]
_BEARER = {"type": "http", "scheme": "bearer", "description": "One of `api.tokens` in the configuration."}
_OPERATORS = ("audit", "export")
"""Reads that a viewer may not."""
_REFUSALS = {
    "400": "A parameter or the body is wrong; the title says which, and what is right.",
    "401": "No token, or a wrong one.",
    "403": "The token may read only; an operator's is needed.",
    "404": "There is no such workspace, lead, run, letter or endpoint.",
    "408": "The body did not come to its end in time.",
    "409": "It is queued, running or done already, or the node's configuration has not what it takes.",
    "413": "The body is too large.",
    "415": "The body is not sent as JSON.",
    "429": "Too many wrong tokens from this address; or, of an export, too many at once.",
    "502": "The provider does not answer, or refuses.",
    "503": "The database does not answer; nothing was done.",
}


class Document:
    """Made when it is first asked for."""

    def __init__(self, app: FastAPI, prefix: str) -> None:
        self._app, self._prefix = app, prefix
        self._made: Doc | None = None

    def __call__(self) -> Doc:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Doc:
        app, said = self._app, APIRouter()
        said.include_router(feed_document.router(), prefix=self._prefix, tags=["terminal"])
        made: Doc = get_openapi(
            title=app.title,
            version=app.version,
            summary="The operator's API of a real-time mirror of Email Bison.",
            description=app.description,
            tags=app.openapi_tags,
            routes=[*app.routes, *said.routes],
            servers=[{"url": "/", "description": "the node that answers this"}],
        )
        shapes = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            shapes.pop(name, None)
        for shape in (Problem, SaidProblem):
            shapes[shape.__name__] = shape.model_json_schema()
        made["components"]["securitySchemes"] = {"bearer": _BEARER}
        feed_document.mend(shapes)
        examples = _examples()
        for path, method, operation in operations(made):
            _guarded(operation, path, method)
            _shown(operation, examples.get(operation["operationId"], {}))
        return made


def operations(made: Doc) -> Iterator[tuple[str, str, Doc]]:
    """Path, method and operation."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _examples() -> Mapping[str, Doc]:
    found: Mapping[str, Doc] = json.loads(files(__package__).joinpath("examples.json").read_text("utf-8"))
    return found


def _guarded(operation: Doc, path: str, method: str) -> None:
    """Who may, and every way in which it is refused."""
    inside, said = path.startswith("/api/"), "/feed/" in path
    writes = operation.pop(feed_document.ACTS, method != "get")
    operation["security"] = [{"bearer": []}] if inside else [{}, {"bearer": []}]
    answers = operation["responses"]
    answers.pop("422", None)
    told = {"401", "429"} | ({"400", "503"} if inside else set())
    told |= {"403", "408", "409", "413", "415"} if writes else set()
    told |= {"502"} if said else set()
    told |= {"403"} if operation["operationId"] in _OPERATORS else set()
    told |= (
        {"404"}
        if "{" in path or "requestBody" in operation or operation["operationId"] == "letters"
        else set()
    )
    for status in sorted(told - set(answers)):
        answers[status] = _refusal(status, SaidProblem if said else Problem)
    if inside and method == "get" and operation["operationId"] != "export":
        answers["304"] = {"description": "As `If-None-Match` knows it."}


def _present(schema: Doc) -> Doc:
    """A parameter is there or not; it is never null."""
    first, *others = schema.get("anyOf", ({},))
    if others != [{"type": "null"}]:
        return schema
    return {**first, **{name: value for name, value in schema.items() if name != "anyOf"}}


def _refusal(status: str, shape: type[Problem]) -> Doc:
    example = {"type": "about:blank", "title": _REFUSALS[status], "status": int(status)}
    if shape is SaidProblem:
        example |= feed_document.error(status, _REFUSALS[status])
    content = {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}, "example": example}
    return {"description": _REFUSALS[status], "content": {"application/problem+json": content}}


def _shown(operation: Doc, example: Doc) -> None:
    """An example of each parameter, of the body and of the answer."""
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _present(parameter["schema"])
        if parameter["name"] in example.get("parameters", {}):
            parameter["example"] = example["parameters"][parameter["name"]]
    if "requestBody" in operation and "body" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["body"]
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            for kind, content in answer["content"].items():
                found = example.get("answers", {}).get(kind, example.get("answer"))
                content |= {} if found is None else {"example": found}
