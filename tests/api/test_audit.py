"""Every write that was asked for is written down: who, what, when, from where, how it ended."""

from __future__ import annotations

import pytest
import pytest_asyncio

from bisonwatch.config import redaction
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store.database import Database
from tests.api.conftest import OPERATOR, VIEWER, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def later(desk: Desk) -> None:
    """What is asked for at one moment has no order."""
    await desk.told.clock.advance(1)


async def newest(desk: Desk) -> dict:
    return (await desk.get("/api/v1/audit", limit=1)).json()["items"][0]


async def test_a_write_is_written_down_with_its_end(desk: Desk) -> None:
    """Without the run's own fate, which is the run's."""
    await desk.send("POST", "/api/v1/workspaces/main/12/resync", {"only": ["leads"]})
    told = await newest(desk)
    now = desk.told.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert {name: value for name, value in told.items() if name != "id"} == {
        "at": now, "who": "ops", "role": "operator", "address": "127.0.0.1", "operation": "resync_workspace",
        "instance": "main", "workspace": 12, "given": {"id": 12, "body": {"only": ["leads"]}}, "outcome": "done",
        "status": 202, "ended_at": now, "error": None,
    }  # fmt: skip


async def test_what_is_refused_is_written_down_too(desk: Desk) -> None:
    """Because of the role, and because it was wrong; not where nobody knows whose it was."""
    await desk.send("POST", "/api/v1/resync", {"only": ["leads"]}, VIEWER)
    told = await newest(desk)
    assert (told["who"], told["role"], told["outcome"], told["status"]) == ("eye", "viewer", "refused", 403)
    assert told["given"] == {}
    await desk.told.clock.advance(1)
    await desk.send("POST", "/api/v1/resync", {"only": ["cats"]})
    told = await newest(desk)
    assert (told["outcome"], told["status"], told["given"]) == ("refused", 400, {"body": {"only": ["cats"]}})
    assert told["error"].startswith("only.0 in the body: ")
    await desk.send("POST", "/api/v1/resync", None, "wrong")
    assert await newest(desk) == told


async def test_what_is_written_down_is_safe_whatever_was_sent(desk: Desk) -> None:
    """No secret in use, no controls, no half characters, no NUL; a body of some size by its size alone."""
    redaction.learn(desk.told.settings)  # as every command does
    await desk.send(
        "POST", "/api/v1/check", {"token": "hush", "a\x00\u202eb": ["\ud800", 1e400, 2**70], "n": OPERATOR}
    )
    text = (await desk.get("/api/v1/audit", limit=1)).text
    assert not [word for word in ("hush", OPERATOR, "\\u0000", "\u202e", "\\ud800") if word in text]
    await desk.told.clock.advance(1)
    deep: object = "end"
    for _ in range(100):
        deep = [deep]
    await desk.send("POST", "/api/v1/check", {"deep": deep})
    assert (await newest(desk))["given"]["body"]["deep"]
    await desk.told.clock.advance(1)
    await desk.send("POST", "/api/v1/check", {"large": "x" * 50_000})
    assert (await newest(desk))["given"] == {"body": "50,013 bytes"}


async def test_nothing_is_done_that_cannot_be_written_down(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database is away a write is 503 before it begins; where only its end cannot be told, it is done and answered."""
    asked: list[object] = []
    real = Database.write

    def away(self: Database, *given: object) -> object:
        asked.append(given)
        if len(asked) in refused:
            raise StoreUnavailable("the database does not answer")
        return real(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Database, "write", away)
    refused = {1}
    assert (await desk.send("POST", "/api/v1/check")).status_code == 503
    assert len(asked) == 1
    asked.clear()
    assert (await desk.send("POST", "/api/v1/check", None, VIEWER)).status_code == 403
    asked.clear()
    await desk.told.clock.advance(1)
    refused = {3}
    assert (await desk.send("POST", "/api/v1/check")).status_code == 202
    monkeypatch.undo()
    told = await newest(desk)
    assert (told["operation"], told["outcome"], told["ended_at"]) == ("check", "unknown", None)


async def test_operators_read_it_page_by_page(desk: Desk) -> None:
    """The last first; viewers do not."""
    for _ in range(3):
        await desk.told.clock.advance(1)
        await desk.send("POST", "/api/v1/check", {"workspaces": ["main/99"]})
    every = await desk.walk("/api/v1/audit", 1000)
    assert [deed["id"] for deed in every] == sorted((deed["id"] for deed in every), reverse=True)
    assert await desk.walk("/api/v1/audit", 2) == every
    assert await desk.walk("/api/v1/audit", 2, since="2030-01-01T00:00:00Z") == []
    assert (await desk.get("/api/v1/audit", VIEWER)).status_code == 403
