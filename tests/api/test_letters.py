"""Dead letters over the API."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from bisonwatch.store import inbox
from bisonwatch.store.inbox import Failure
from tests.api.conftest import VIEWER, Desk
from tests.support.house import body, delivery
from tests.support.news import at

pytestmark = pytest.mark.asyncio(loop_scope="module")

LETTER = {
    "id", "state", "reason", "group", "attempts", "received_at", "next_try_at", "ended_at", "instance", "workspace",
    "type", "source",
}  # fmt: skip
ITEMS = [
    delivery(body({"event": {"workspace_id": 12}, "n": n, "token": "hush", "half": "\ud800"}), at(n))
    for n in range(5)
]


async def given(desk: Desk) -> None:
    """Five dead letters of two reasons."""
    reasons = ["the body has no event type", "the database refused it: no"]
    async with desk.told.engine.database.write() as tx:
        await inbox.put(tx, ITEMS)
        failures = [Failure(item.id, reasons[n % 2], 1, None) for n, item in enumerate(ITEMS)]
        await inbox.fail(tx, failures, at(9))


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_pages_walk_each_letter_once(desk: Desk, limit: int) -> None:
    """Newest first; either role reads."""
    await given(desk)
    found = await desk.walk("/api/v1/letters", limit)
    assert [item["id"] for item in found] == [str(item.id) for item in reversed(ITEMS)]
    assert {frozenset(item) for item in found} == {frozenset(LETTER)}
    assert (await desk.get("/api/v1/letters", VIEWER)).json()["total"] == 5


async def test_letters_are_wanted_by_workspace_reason_and_state(desk: Desk) -> None:
    """The counts are those of what is wanted."""
    await given(desk)
    told = (await desk.get("/api/v1/letters", reason="the database", workspace="main/12")).json()
    assert (told["total"], len(told["items"]), told["next"]) == (2, 2, None)
    assert [(group["reason"], group["count"]) for group in told["reasons"]] == [
        ("the database refused it", 2)
    ]
    for other in ({"workspace": "main/99"}, {"state": "waiting"}, {"state": "discarded"}):
        assert (await desk.get("/api/v1/letters", **other)).json()["items"] == []


async def test_one_letter_has_its_payload_without_secrets(desk: Desk) -> None:
    """Half characters too are text in JSON."""
    await given(desk)
    answer = await desk.get(f"/api/v1/letters/{ITEMS[0].id}")
    told = json.loads(answer.text)
    assert set(told) == LETTER | {"body"}
    assert told["body"] == {"event": {"workspace_id": 12}, "n": 0, "token": "•••", "half": "\ud800"}


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/api/v1/letters/xyz", 400, "id is a delivery's id"),
        ("/api/v1/letters?after=xyz", 400, "after is a delivery's id, as `next` gave it"),
        ("/api/v1/letters?state=lost", 400, "state is one of dead, waiting, discarded"),
        ("/api/v1/letters?workspace=12", 400, "workspace is instance/id, such as main/12"),
        ("/api/v1/letters?reason=%00", 400, "reason is a reason, or how it begins"),
        ("/api/v1/letters?limit=0", 400, "limit is a number from 1 to 1000"),
    ],
)
async def test_a_wrong_question_is_told(desk: Desk, path: str, status: int, title: str) -> None:
    """In one sentence."""
    answer = await desk.get(path)
    assert (answer.status_code, answer.json()["title"]) == (status, title)


async def test_an_unknown_letter_is_not_found(desk: Desk) -> None:
    """404; and nothing without a token."""
    path = f"/api/v1/letters/{uuid4()}"
    assert (await desk.get(path)).status_code == 404
    assert (await desk.get(path, token=None)).status_code == 401
    assert (await desk.get("/api/v1/letters", token=None)).status_code == 401
