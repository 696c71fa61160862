"""Whole tables as files over the API: who may, what is in them, and who is sent no more."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import update

from bisonwatch.api import sending
from bisonwatch.api.head import Head
from bisonwatch.api.sending import PART, Sending
from bisonwatch.domain.export import EXPORTS
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store.tables import client_leads
from tests.api.conftest import OPERATOR, VIEWER, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def lines(desk: Desk, name: str, **query: object) -> list[dict[str, Any]]:
    answer = await desk.get(f"/api/v1/export/{name}", format="jsonl", **query)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("name", EXPORTS)
async def test_each_export_has_all_its_columns(desk: Desk, name: str) -> None:
    """And rows, in the same order whatever the format."""
    rows = await lines(desk, name)
    assert [*rows[0]] == list(EXPORTS[name].names)
    table = csv.reader(io.StringIO((await desk.get(f"/api/v1/export/{name}")).text, newline=""))
    head, *body = table
    assert (head, len(body)) == (list(EXPORTS[name].names), len(rows))
    parquet = await desk.get(f"/api/v1/export/{name}", format="parquet")
    assert pq.read_table(io.BytesIO(parquet.content)).num_rows == len(rows)


async def test_a_file_has_a_safe_name_and_its_kind(desk: Desk) -> None:
    """Of our own words alone; packed where it is asked for, and then no encoding of the answer."""
    number = desk.told.busiest
    plain = await desk.get("/api/v1/export/leads", workspace=f"main/{number}")
    packed = await desk.get("/api/v1/export/leads", workspace=f"main/{number}", gzip=1)
    named = 'attachment; filename="bisonwatch-leads-2026-09-14.csv'
    assert plain.headers["content-disposition"] == f'{named}"'
    assert packed.headers["content-disposition"] == f'{named}.gz"'
    assert plain.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert packed.headers["content-type"] == "application/gzip"
    assert gzip.decompress(packed.content) == plain.content


async def test_rows_are_those_that_are_wanted(desk: Desk) -> None:
    """Of one workspace, of two, and dated from the first moment on and before the second."""
    first, second = f"main/{desk.told.busiest}", "main/12"
    one, other = [await lines(desk, "events", workspace=word) for word in (first, second)]
    assert {f"main/{row['workspace_id']}" for row in one} == {first}
    both = await lines(desk, "events", workspace=[second, first])
    assert len(both) == len(one) + len(other)
    middle = sorted(row["at"] for row in one)[len(one) // 2]
    late = await lines(desk, "events", workspace=first, since=middle)
    early = await lines(desk, "events", workspace=first, until=middle)
    assert {row["at"] >= middle for row in late} == {True}
    assert len(late) + len(early) == len(one)


async def test_formulas_of_strangers_are_text(desk: Desk) -> None:
    """In csv, unless it is asked for as it is; the other formats change nothing."""
    lead = (await desk.get(f"/api/v1/workspaces/main/{desk.told.busiest}/leads", limit=1)).json()["items"][0]
    formula = '=HYPERLINK("http://evil.example")\r\n@SUM(1)\u202e'
    mine = client_leads.c.lead_email == lead["email"]
    async with desk.told.engine.database.write() as tx:
        await tx.run(update(client_leads).where(mine).values(company=formula))

    async def told(**query: object) -> set[str]:
        answer = await desk.get("/api/v1/export/leads", **query)
        assert "hyperlink" not in str(answer.headers).lower()
        return {row["company"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))}

    guarded = "'" + formula.replace("\n@", "\n'@")
    assert (guarded in await told(), formula in await told()) == (True, False)
    assert formula in await told(guard=0)
    assert formula in {row["company"] for row in await lines(desk, "leads")}


@pytest.mark.parametrize(
    ("query", "status", "title"),
    [
        ("cats", 400, "name is one of workspaces, leads, accounts, events, metrics, runs"),
        ("leads?format=xls", 400, "format is one of csv, jsonl, parquet"),
        ("leads?gzip=yes", 400, "gzip is 0 or 1, 1 for a compressed file"),
        ("leads?format=parquet&gzip=1", 400, "parquet is compressed by itself (leave gzip out)"),
        ("leads?format=jsonl&guard=0", 400, "guard=0 is of csv, not of jsonl"),
        (
            "leads?since=2026-09-01T00:00:00Z",
            400,
            "leads have no date to choose by (since and until go with events, metrics, runs)",
        ),
        (
            "events?since=2026-09-02T00:00:00Z&until=2026-09-01T00:00:00Z",
            400,
            "nothing lies between since and until: the first has to be the earlier one",
        ),
        ("leads?workspace=twelve", 400, "workspace is instance/id, such as main/12, at most 1000 times"),
        (
            "leads?workspace=main/12&workspace=main/99",
            404,
            "no workspace is called main/99 (GET /api/v1/workspaces lists them)",
        ),
    ],
)
async def test_what_cannot_be_exported_is_said_before_anything_is_sent(
    desk: Desk, query: str, status: int, title: str
) -> None:
    """With what would be right."""
    answer = await desk.get(f"/api/v1/export/{query}")
    assert (answer.status_code, answer.json()["title"]) == (status, title)


async def test_exports_are_for_operators_and_written_down(desk: Desk) -> None:
    """With all that was wanted; a viewer's try too; and before anything is read."""
    await desk.told.clock.advance(1)
    await desk.get("/api/v1/export/leads", workspace=["main/12", "main/13"])
    await desk.told.clock.advance(1)
    assert (await desk.get("/api/v1/export/leads", VIEWER)).status_code == 403
    assert (await desk.get("/api/v1/export/leads", None)).status_code == 401
    refused, done = (await desk.get("/api/v1/audit", limit=2)).json()["items"]
    assert (done["operation"], done["status"], done["given"]) == (
        "export",
        200,
        {"name": "leads", "workspace": ["main/12", "main/13"]},
    )
    assert (refused["who"], refused["outcome"], refused["status"]) == ("eye", "refused", 403)


async def test_a_database_that_is_away_is_told_as_such(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 instead of half a file, while nothing is sent yet."""

    def away(*_: object) -> None:
        raise StoreUnavailable("the database does not answer")

    monkeypatch.setattr(desk.told.engine.database, "read", away)
    assert (await desk.get("/api/v1/export/leads")).status_code == 503


async def test_of_head_nothing_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its headers are those of GET."""
    monkeypatch.setattr("bisonwatch.api.export.stream", lambda *_: broken())
    answer = await desk.local.head("/api/v1/export/leads", headers={"authorization": f"Bearer {OPERATOR}"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert "bisonwatch-leads" in answer.headers["content-disposition"]


# how it is sent


async def rows(chunks: int, size: int) -> AsyncGenerator[bytes, None]:
    for _ in range(chunks):
        yield b"x" * size


async def broken() -> AsyncGenerator[bytes, None]:
    yield b"id\r\n"
    raise StoreUnavailable("the database does not answer")


class Reader:
    """Who asked. `leave` after so many bytes; `stall`: take nothing more then, without leaving."""

    def __init__(self, most: float = float("inf"), *, stall: bool = False) -> None:
        self.most, self.stall = most, stall
        self.left, self.sizes, self.status, self.whole = asyncio.Event(), [0], 0, False

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.sizes.append(len(message.get("body", b"")))
        if sum(self.sizes) > self.most:
            await asyncio.Event().wait() if self.stall else self.left.set()
            await asyncio.sleep(0)
        if message["type"] == "http.response.body":
            self.whole = not message.get("more_body", False)

    async def ask(self, chunks: AsyncGenerator[bytes, None], slots: int = 1) -> tuple[int, str | None]:
        """What the audit log is told."""
        found: list[tuple[int, str | None]] = []

        async def over(status: int, why: str | None) -> None:
            found.append((status, why))

        answer = Sending(chunks, asyncio.Semaphore(slots), {}, "text/csv")
        answer.over = over
        scope = {"type": "http", "method": "GET", "path": "/"}
        await Head(answer)(scope, self.receive, self.send)  # type: ignore[arg-type]
        [end] = found
        return end


async def test_what_is_long_goes_out_in_small_parts() -> None:
    """So that a bound on each is a bound on the slowest reader."""
    reader = Reader()
    assert await reader.ask(rows(3, 5 * PART + 1)) == (200, None)
    assert (sum(reader.sizes), max(reader.sizes), reader.whole) == (3 * (5 * PART + 1), PART, True)


async def test_who_leaves_is_sent_no_more() -> None:
    """Nothing more is read of the mirror, and the audit log says how far it went."""
    reader, made = Reader(PART), rows(1000, PART)
    assert await reader.ask(made) == (499, f"the reader was gone after {2 * PART:,} bytes")
    assert not reader.whole
    assert [chunk async for chunk in made] == []


async def test_who_stops_reading_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while in which not one part was taken."""
    monkeypatch.setattr(sending, "STALL_S", 0.01)
    reader = Reader(PART, stall=True)
    assert await reader.ask(rows(1000, PART)) == (
        499,
        f"the reader took nothing for 0.01 s after {PART:,} bytes",
    )


async def test_what_is_cut_off_is_not_taken_for_whole() -> None:
    """A database that goes away meanwhile leaves an answer without an end."""
    reader = Reader()
    assert await reader.ask(broken()) == (503, "cut off after 4 bytes: the database does not answer")
    assert (reader.status, reader.whole) == (200, False)


async def test_only_so_many_are_sent_at_once() -> None:
    """429 for the next, which may come again; a slot is free again however one ended."""
    assert await Reader().ask(rows(1, 1), slots=0) == (429, sending._BUSY)
    reader, slots = Reader(PART), asyncio.Semaphore(1)
    for _ in range(2):
        answer = Sending(rows(9, PART), slots, {}, "text/csv")
        await answer({"type": "http"}, reader.receive, reader.send)  # type: ignore[arg-type]
        assert not slots.locked()
