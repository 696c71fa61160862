"""The OpenAPI document tells the truth: about who may, about shapes, and by an example of everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from bisonwatch.api.document import operations
from bisonwatch.api.errands import ALONE
from bisonwatch.domain.run import Job
from bisonwatch.protocol.words import READS
from tests.api.conftest import OPERATOR, VIEWER, Desk
from tests.support.story import TOKEN

pytestmark = pytest.mark.asyncio(loop_scope="module")
Doc = dict[str, Any]


async def document(desk: Desk) -> Doc:
    answer = await desk.local.get("/openapi.json")
    told: Doc = answer.json()
    return told


def wrong(doc: Doc, schema: Doc, value: object) -> list[str]:
    """What of a value is not as its schema says."""
    whole = {**schema, "components": doc["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]


def schema_of(operation: Doc, status: str, kind: str = "application/json") -> Doc:
    found: Doc = operation["responses"][status]["content"][kind]["schema"]
    return found


def shown(operation: Doc) -> Iterator[tuple[str, Doc, Any]]:
    """Each place where an example belongs: its name, its schema, and the example; KeyError where there is none."""
    for parameter in operation.get("parameters", ()):
        yield parameter["name"], parameter["schema"], parameter["example"]
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        yield "body", content["schema"], content["example"]
    for status, answer in operation["responses"].items():
        for kind in answer.get("content", {}).values():
            if not status.startswith("5") or "Problem" in str(kind["schema"]):
                yield status, kind["schema"], kind["example"]


async def test_everything_has_an_example_that_is_right(desk: Desk) -> None:
    """Of each parameter, body and answer of every operation, by the document's own schemas."""
    doc = await document(desk)
    told = [
        f"{operation['operationId']} {name}: {why}"
        for _, _, operation in operations(doc)
        for name, schema, example in shown(operation)
        for why in wrong(doc, schema, example)
    ]
    assert told == []


async def test_bodies_of_examples_are_taken(desk: Desk) -> None:
    """Sent as they stand, but to a lead and a workspace of this world."""
    doc = await document(desk)
    number = desk.told.busiest
    lead = (await desk.get(f"/api/v1/workspaces/main/{number}/leads")).json()["items"][0]["id"]
    path_words = {"instance": "main", "id": number, "lead": lead}
    for path, method, operation in operations(doc):
        if "requestBody" not in operation or "/feed/" in path:  # words are said by tests of their own
            continue
        body = operation["requestBody"]["content"]["application/json"]["example"]
        if "workspaces" in body:
            body = body | {"workspaces": [f"main/{number}"]}
        answer = await desk.send(method.upper(), path.format(**path_words), body)
        assert answer.status_code in (200, 202), (path, answer.text)


async def test_real_answers_have_the_shape_that_is_told(desk: Desk) -> None:
    """Of every read, with rows in it; a shape knows no other keys."""
    doc = await document(desk)
    number = desk.told.busiest
    await desk.told.engine.logbook.once()
    await desk.send("POST", f"/api/v1/workspaces/main/{number}/resync")
    found = {op["operationId"]: (path, op) for path, method, op in operations(doc) if method == "get"}
    runs = (await desk.get("/api/v1/runs", limit=1)).json()["items"]
    words = {"instance": "main", "id": number, "lead": None}
    lead = (await desk.get(f"/api/v1/workspaces/main/{number}/leads")).json()["items"][0]["id"]
    empty = set()
    for name, (path, operation) in found.items():
        if name in ("metrics", "letter", "stream", "export"):
            continue
        given = words | {"lead": lead, "name": "kpi"} | ({"id": runs[0]["id"]} if name == "run" else {})
        query = {"endpoint": "GET /api/leads"} if name == "api_hours" else {}
        answer = await desk.get(path.format(**given), **query, **({"limit": 1000} if name in LISTS else {}))
        value = answer.json()
        assert wrong(doc, schema_of(operation, str(answer.status_code)), value) == [], name
        if isinstance(value, dict) and value.get("items") == []:
            empty.add(name)
    assert empty <= {"letters", "audit", "validation_log"}


LISTS = ("leads", "accounts", "events", "runs", "workspace_runs")


async def test_the_document_says_who_may(desk: Desk) -> None:
    """Bearer tokens under /api, nothing needed for probes; writes, exports and the audit log tell of the 403."""
    doc = await document(desk)
    assert doc["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert {tag for _, _, op in operations(doc) for tag in op["tags"]} == {tag["name"] for tag in doc["tags"]}
    for path, method, operation in operations(doc):
        assert operation["security"] == (
            [{"bearer": []}] if path.startswith("/api/") else [{}, {"bearer": []}]
        )
        assert operation["description"].strip()
        name = operation["operationId"]
        writes = name.removeprefix("feed_") not in READS if "/feed/" in path else method != "get"
        assert ("403" in operation["responses"]) is (writes or name in ("audit", "export"))
    names = [operation["operationId"] for _, _, operation in operations(doc)]
    assert len(names) == len(set(names))


async def test_jobs_that_may_be_asked_for_are_those_of_the_schedule(desk: Desk) -> None:
    """A resync and a backfill are about workspaces, and have routes of their own."""
    doc = await document(desk)
    [name] = doc["paths"]["/api/v1/jobs/{name}/run"]["post"]["parameters"]
    assert name["schema"]["enum"] == [job.value for job in Job if job not in ALONE]


async def test_the_document_holds_no_secret(desk: Desk) -> None:
    """Nor does it tell which machine it is on."""
    text = (await desk.local.get("/openapi.json")).text
    secrets = [TOKEN, OPERATOR, VIEWER, desk.told.world.admin_key, desk.told.picture.node]
    assert [secret for secret in secrets if secret in text] == []
