"""What the API answered is counted, by route and status; no stranger makes up a label."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from bisonwatch.api.bounds import MOST
from bisonwatch.api.counted import Counted
from bisonwatch.metrics import Answering, Route
from tests.api.conftest import Desk
from tests.support.clock import ManualClock

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("method", "path", "told", "status"),
    [
        ("GET", "/api/v1/status", Route("GET", "/api/v1/status"), 200),
        ("HEAD", "/api/v1/status", Route("HEAD", "/api/v1/status"), 200),
        ("GET", "/api/v1/status?x=1", Route("GET", "/api/v1/status"), 400),
        ("GET", "/openapi.json", Route("GET", "other"), 200),
        (
            "GET",
            "/api/v1/workspaces/main/999",
            Route("GET", "/api/v1/workspaces/{instance}/{id}"),
            404,
        ),
        ("DELETE", "/api/v1/runs", Route("DELETE", "/api/v1/runs"), 405),
        ("GET", "/made/up", Route("GET", "other"), 404),
        ("BREW", "/made/up", Route("other", "other"), 404),
    ],
)
async def test_an_answer_is_counted_by_its_route(
    desk: Desk, method: str, path: str, told: Route, status: int
) -> None:
    """The template, never what stands in its place; with how long it took."""
    figures = desk.told.engine.metrics.answering
    before = figures.statuses[told, status], sum(figures.took[told].buckets) if told in figures.took else 0
    assert (await desk.send(method, path)).status_code == status
    assert (figures.statuses[told, status], sum(figures.took[told].buckets)) == (before[0] + 1, before[1] + 1)


async def test_what_is_refused_in_front_of_the_routes_is_counted(desk: Desk) -> None:
    """A body that is too large never comes to a route."""
    figures = desk.told.engine.metrics.answering
    answer = await desk.local.post("/api/v1/check", content=b"x" * (MOST + 1))
    assert answer.status_code == 413
    assert figures.statuses[Route("POST", "other"), 413] == 1


async def test_wrong_tokens_are_counted(desk: Desk) -> None:
    """Those without one are not: nobody guesses with nothing."""
    figures = desk.told.engine.metrics.answering
    assert (await desk.get("/api/v1/status", token=None)).status_code == 401
    assert figures.wrong_tokens == 0
    assert (await desk.get("/api/v1/status", token="guess")).status_code == 401
    assert figures.wrong_tokens == 1
    assert "bisonwatch_api_wrong_tokens_total 1" in (await desk.get("/metrics")).text


async def test_an_engine_tells_what_it_asked_read_and_fills(desk: Desk) -> None:
    """Its clients, its cache and its disks write into the figures that it shows."""
    engine = desk.told.engine
    await engine.datasets.of(engine.snapshot().workspaces[0].key)
    await engine.disks.once()
    told = (await desk.get("/metrics")).text
    for pattern in (
        r'^bisonwatch_provider_requests_total\{bison="main",endpoint="GET /api/[^"]+",status="200"\} [1-9]',
        r'^bisonwatch_provider_request_seconds_count\{bison="main",endpoint="GET /api/[^"]+"\} [1-9]',
        r'^bisonwatch_provider_flaws_total\{bison="main"\} \d',
        r'^bisonwatch_cache_reads_total\{dataset="kpi",outcome="(hit|miss|stale)"\} [1-9]',
        r'^bisonwatch_disk_free_bytes\{holds="database"\} [1-9]',
        r"^bisonwatch_spool_max_bytes [1-9]",
    ):
        assert re.search(pattern, told, re.MULTILINE), pattern


async def test_a_fault_is_a_500_and_goes_on() -> None:
    """It is answered by what stands around; one after the answer began is counted once, as what began."""

    async def at_fault(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] == "/late":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("a bug")

    figures = Answering()
    app = httpx.ASGITransport(Counted(at_fault, figures, ManualClock()))
    async with httpx.AsyncClient(transport=app, base_url="http://api.example") as client:
        for path in ("/", "/late"):
            with pytest.raises(RuntimeError, match="a bug"):
                await client.get(path)
    nowhere = Route("GET", "other")
    assert figures.statuses == {(nowhere, 500): 1, (nowhere, 200): 1}
