"""The API log and the validation log over the API."""

from __future__ import annotations

import pytest

from bisonwatch.metrics import FlawKey
from tests.api.conftest import VIEWER, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_requests_are_told_by_endpoint_and_by_hour(desk: Desk) -> None:
    """Over each span; the hours of an endpoint are as many calls as the log says."""
    await desk.told.engine.logbook.once()
    for span in ("1h", "24h", "14d"):
        told = (await desk.get("/api/v1/api-log", VIEWER, span=span)).json()
        assert told["span"] == span
        calls = {item["endpoint"]: item["calls"] for item in told["items"]}
        assert calls["GET /api/leads"] > 0
        assert list(calls.values()) == sorted(calls.values(), reverse=True)
    hours = (await desk.get("/api/v1/api-log/main/hours", VIEWER, endpoint="GET /api/leads")).json()
    assert sum(hour["calls"] for hour in hours["hours"]) == calls["GET /api/leads"]


async def test_flaws_are_told_as_often_as_they_were_met(desk: Desk) -> None:
    """With the workspace's name, and an example that is no one's data."""
    flaw = FlawKey("main", 12, "GET /api/leads", "email", "cannot be read")
    for _ in range(3):
        desk.told.engine.metrics.validation.add(desk.told.clock.now(), flaw, "aa@\x1b[2J\u202e")
    await desk.told.engine.logbook.once()
    told = (await desk.get("/api/v1/validation-log", VIEWER, span="1h")).json()
    [item] = told["items"]
    assert (item["workspace"], item["name"], item["count"]) == (12, desk.told.row(12).name, 3)
    assert (item["source"], item["field"], item["reason"]) == flaw[2:]


@pytest.mark.parametrize(
    ("query", "status", "title"),
    [
        ("api-log?span=7d", 400, "span is one of 1h, 24h, 14d"),
        ("validation-log?span=", 400, "span is one of 1h, 24h, 14d"),
        ("api-log/main/hours", 400, "endpoint is an endpoint as /api-log tells it: GET /api/leads"),
        (
            "api-log/main/hours?endpoint=%00",
            400,
            "endpoint is an endpoint as /api-log tells it: GET /api/leads",
        ),
        (
            "api-log/other/hours?endpoint=GET%20/api/leads",
            404,
            "other was not asked for GET /api/leads, as far as the log goes back",
        ),
    ],
)
async def test_a_wrong_wish_says_what_would_be_right(desk: Desk, query: str, status: int, title: str) -> None:
    """And what is in no log is 404."""
    answer = await desk.get(f"/api/v1/{query}")
    assert (answer.status_code, answer.json()["title"]) == (status, title)
