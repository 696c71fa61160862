"""How answers are sent: small, once, and with the headers that browsers need."""

from __future__ import annotations

import asyncio
import gzip

import httpx
import pytest
from sqlalchemy import update
from starlette.types import Receive, Scope, Send

from bisonwatch.api.app import create_app
from bisonwatch.api.manners import Manners
from bisonwatch.store.tables import client_leads
from tests.api.conftest import OPERATOR, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")
BEARER = {"authorization": f"Bearer {OPERATOR}"}
PAGE = "https://portal.example.com"


async def test_what_is_known_already_is_not_sent_again(desk: Desk) -> None:
    """304 while nothing changed, whatever else is offered beside it; the whole answer after a change."""
    path = f"/api/v1/workspaces/main/{desk.told.busiest}/leads"
    first = await desk.get(path)
    tag = first.headers["etag"]
    for offered in (tag, f'"x", {tag}', "*", tag.removeprefix("W/")):
        again = await desk.local.get(path, headers={**BEARER, "if-none-match": offered})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    lead = first.json()["items"][0]["email"]
    await desk.send("PATCH", f"{path}/{lead}", {"pipeline_stage": "won"})
    changed = await desk.local.get(path, headers={**BEARER, "if-none-match": tag})
    assert changed.status_code == 200
    await desk.send("PATCH", f"{path}/{lead}", {"pipeline_stage": None})
    assert (await desk.get(path)).headers["etag"] == tag


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("gzip;q=0", False), ("gzip; q=0.00", False), ("br", False), ("", False)],
)  # fmt: skip
async def test_large_answers_are_packed_for_who_takes_it(desk: Desk, accepts: str, packed: bool) -> None:
    """And small ones are not; the content is the same."""
    headers = {**BEARER, "accept-encoding": accepts}
    async with desk.local.stream("GET", "/api/v1/workspaces", headers=headers) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    plain = (await desk.local.get("/api/v1/workspaces", headers={**BEARER, "accept-encoding": ""})).content
    assert (gzip.decompress(raw) if packed else raw) == plain
    assert int(answer.headers["content-length"]) == len(raw)
    small = await desk.local.get("/api/v1/letters", headers=headers)
    assert "content-encoding" not in small.headers


async def test_every_answer_has_the_headers_that_browsers_need(desk: Desk) -> None:
    """Nothing is sniffed, framed, or kept by those between; also of refusals."""
    for path in ("/api/v1/status", "/livez", "/nowhere", "/openapi.json", "/api/v1/letters/x"):
        headers = (await desk.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        kept = headers["cache-control"]
        assert kept == ("private, no-cache" if path == "/api/v1/status" else "no-store")


async def test_no_page_calls_it_unless_it_is_named(desk: Desk) -> None:
    """Without `api.cors` no answer allows one; with it exactly those origins, and never cookies."""
    engine = desk.told.engine
    parts = (engine.database, engine.snapshot, engine.clock, engine._tokens(), engine.letters, engine.metrics)
    named = create_app(*parts, engine.feed_of, engine.reel, origins=(PAGE,))
    ask = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization"}
    allowed = "access-control-allow-origin"
    assert allowed not in (await desk.local.get("/api/v1/status", headers={**BEARER, "origin": PAGE})).headers
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(named), base_url="http://api.example"
    ) as client:
        asked = await client.options("/api/v1/status", headers={"origin": PAGE, **ask})
        answer = await client.get("/api/v1/status", headers={**BEARER, "origin": PAGE})
        other = await client.get("/api/v1/status", headers={**BEARER, "origin": "https://evil.example"})
    assert (asked.status_code, asked.headers[allowed], answer.headers[allowed]) == (200, PAGE, PAGE)
    assert allowed not in other.headers
    assert "access-control-allow-credentials" not in {**asked.headers, **answer.headers}


async def test_nobody_waits_for_ever() -> None:
    """503 where no answer begins in time; one that began may take as long as it likes."""
    began, over = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            began.set()
        await over.wait()
        await send({"type": "http.response.body", "body": b"done"})

    transport = httpx.ASGITransport(Manners(app, patience=0.05))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as client:
        stream = asyncio.create_task(client.get("/stream"))
        await began.wait()
        late = await client.get("/late")
        assert (late.status_code, late.json()["title"]) == (503, "no answer within 0.05 s")
        over.set()
        assert (await stream).content == b"done"


async def test_text_of_strangers_is_data_in_an_answer(desk: Desk) -> None:
    """A name with escapes, markup and line ends is a JSON string, and no header holds any of it."""
    leads = f"/api/v1/workspaces/main/{desk.told.busiest}/leads"
    lead = (await desk.get(leads, limit=1)).json()["items"][0]["email"]
    for stage in ("<script>alert(1)</script>", '=HYPERLINK("x")\r\nset-cookie: a=1', "\u202egnp.exe"):
        answer = await desk.send("PATCH", f"{leads}/{lead}", {"pipeline_stage": stage})
        assert answer.headers["content-type"] == "application/json"
        assert "set-cookie" not in answer.headers
        assert answer.json()["pipeline_stage"].isprintable()
    text = "\x1b[2J[bold]\u202e" + "x" * 5000 + "\r\n@here <b>"
    mine = (client_leads.c.workspace_id == desk.told.busiest, client_leads.c.lead_email == lead)
    async with desk.told.engine.database.write() as tx:  # as other programs may write it
        await tx.run(update(client_leads).where(*mine).values(company=text))
    answer = await desk.get(f"{leads}/{lead}")
    assert answer.json()["company"] == text
    assert not {"\x1b", "\r", "\n"} & set(answer.text)
    wide = await desk.send("PATCH", f"{leads}/{lead}", {"pipeline_stage": "x" * 5000})
    assert wide.status_code == 400
    await desk.send("PATCH", f"{leads}/{lead}", {"pipeline_stage": None})
