"""The words of the feed over HTTP: roles, errors, and what the OpenAPI document says of them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bisonwatch.api.document import Document
from bisonwatch.errors import ConfigError, StoreUnavailable
from bisonwatch.protocol.samples import samples
from bisonwatch.protocol.words import ACTS, READS, words
from tests.support.feed_server import OPERATOR, VIEWER, served
from tests.tui.support import FakeFeed

BASE = "/api/v1/feed/"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_a_viewer_reads_and_an_operator_acts_in_its_own_name() -> None:
    """A word that acts is refused with 403 to a viewer, and reaches no engine."""
    feed = FakeFeed()
    async with served(feed) as there, httpx.AsyncClient(base_url=there.url) as http:
        answers = {
            (name, token): (
                await http.post(BASE + name, headers=bearer(token), json=example(name))
            ).status_code
            for name in words()
            for token in (VIEWER, OPERATOR)
        }
        assert {name for (name, token), status in answers.items() if status == 403} == ACTS
        assert {status for (name, _), status in answers.items() if name in READS} == {200}
        assert {answers[name, OPERATOR] for name in ACTS} == {200}
        assert there.callers.count("ops") == len(words())
        assert there.callers.count("eye") == len(READS)


def example(name: str) -> dict[str, Any]:
    """What the OpenAPI document shows as the body of that word."""
    told: dict[str, Any] = json.loads(samples(words()[name]))
    return told


async def test_whose_token_it_is() -> None:
    """Name, role, and the daemon's clock and version."""
    async with served(FakeFeed()) as there, httpx.AsyncClient(base_url=there.url) as http:
        told = (await http.get("/api/v1/me", headers=bearer(VIEWER))).json()
    assert {key: told[key] for key in ("name", "role", "title")} == {
        "name": "eye",
        "role": "viewer",
        "title": "demo",
    }


async def test_an_error_tells_which_it_is() -> None:
    """So that a terminal elsewhere can raise the same one, with the same words."""
    feed = FakeFeed(trouble=StoreUnavailable("the database is away", hint="wait"))
    async with served(feed) as there, httpx.AsyncClient(base_url=there.url) as http:
        answer = await http.post(BASE + "letters", headers=bearer(VIEWER))
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    told = answer.json()
    assert (told["kind"], told["detail"], told["hint"]) == (
        "StoreUnavailable",
        "the database is away",
        "wait",
    )


async def test_what_the_configuration_does_not_have_is_no_fault_of_ours() -> None:
    """A workspace without a key, or a listener without a public address: 409, and the error as it is."""
    feed = FakeFeed(trouble=ConfigError("no API key serves main/12"))
    async with served(feed) as there, httpx.AsyncClient(base_url=there.url) as http:
        answer = await http.post(BASE + "look", headers=bearer(OPERATOR), json=example("look"))
    assert (answer.status_code, answer.json()["kind"]) == (409, "ConfigError")


async def test_every_word_that_acts_is_written_down() -> None:
    """Whose token and which word before it is done, how it was answered after it; also of a viewer, who may not."""
    async with served(FakeFeed()) as there, httpx.AsyncClient(base_url=there.url) as http:
        for token, name in ((OPERATOR, "letters"), (OPERATOR, "poll"), (VIEWER, "cancel_queued")):
            await http.post(BASE + name, headers=bearer(token), json=example(name))
    assert there.deeds.began == [("ops", "feed_poll"), ("eye", "feed_cancel_queued")]
    assert there.deeds.ended == [200, 403]


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"", "poll: workspaces: field required"),
        (b"{", "poll: the body: invalid json: eof while parsing an object at line 1 column 1"),
        (b'{"workspaces": ["main"]}', "'main' is not a workspace: write instance/id, such as main/12"),
        (b'{"workspaces": 3}', "poll: workspaces: input should be a valid array"),
        (b"[]", "poll: the body: input should be an object"),
        (b'{"workspaces": ["a\\u0000b/1"]}', "poll: workspaces: a text has no nul character"),
    ],
)
async def test_what_a_word_cannot_be_given_is_named(body: bytes, title: str) -> None:
    """400, and nothing is done."""
    feed = FakeFeed()
    async with served(feed) as there, httpx.AsyncClient(base_url=there.url) as http:
        kind = {"content-type": "application/json"}
        answer = await http.post(BASE + "poll", headers=bearer(OPERATOR) | kind, content=body)
        nowhere = await http.post(BASE + "dance", headers=bearer(OPERATOR))
    assert (answer.status_code, answer.json()["title"]) == (400, title)
    assert (nowhere.status_code, feed.asked) == (404, [])


@pytest.mark.parametrize("name", sorted(words()))
def test_every_word_is_documented_with_its_types_and_an_example(name: str) -> None:
    """As an operation of its own."""
    operation = DOCUMENT["paths"][f"/api/feed/{name}"]["post"]
    answer = operation["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]
    assert "example" in answer
    assert operation["operationId"] == f"feed_{name}"
    if words()[name].given:
        body = operation["requestBody"]["content"]["application/json"]
        assert body["example"] == example(name)


def _document() -> dict[str, Any]:
    return Document(FastAPI(), "/api")()


DOCUMENT = _document()
