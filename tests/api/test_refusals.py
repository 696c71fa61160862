"""Whatever comes, the answer is an answer: problem+json, never a 500."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI

from bisonwatch.api.app import create_app
from bisonwatch.api.auth import Token
from bisonwatch.config import redaction
from bisonwatch.domain.export import EXPORTS
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.errors import StoreConflict, StoreUnavailable
from tests.api.conftest import OPERATOR, VIEWER, Desk
from tests.support.story import TOKEN

pytestmark = pytest.mark.asyncio(loop_scope="module")

READS = [
    "/api/v1/status",
    "/api/v1/workspaces",
    "/api/v1/workspaces/main/12",
    "/api/v1/workspaces/main/12/leads",
    "/api/v1/workspaces/main/12/datasets",
    "/api/v1/workspaces/main/12/datasets/kpi",
    "/api/v1/cache",
    "/api/v1/api-log",
    "/api/v1/validation-log",
    "/api/v1/export/leads",
]


def is_problem(answer: httpx.Response, status: int) -> str:
    """The title of a refusal of that status."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body == {"type": "about:blank", "title": body["title"], "status": status}
    return str(body["title"])


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("token", [None, "wrong", TOKEN, "", "tök"])
async def test_without_a_right_token_nothing_is_read(desk: Desk, path: str, token: str | None) -> None:
    """401 and how to authenticate, also with the webhooks' token."""
    await desk.told.clock.advance(61)  # wrong ones of the tests before are forgotten
    headers = {"authorization": f"Bearer {token}".encode()} if token is not None else {}
    answer = await desk.local.get(path, headers=headers)
    assert is_problem(answer, 401) == "a bearer token is needed"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("token", [OPERATOR, VIEWER])
async def test_either_role_reads(desk: Desk, scheme: str, token: str) -> None:
    """The scheme's case does not matter."""
    answer = await desk.local.get("/api/v1/status", headers={"authorization": f"{scheme} {token}"})
    assert answer.status_code == 200


async def test_a_token_under_another_scheme_is_none(desk: Desk) -> None:
    """Basic with the right text is refused."""
    answer = await desk.local.get("/api/v1/status", headers={"authorization": f"Basic {OPERATOR}"})
    is_problem(answer, 401)


def app_with(desk: Desk, *tokens: Token) -> FastAPI:
    """The same engine behind other tokens."""
    engine = desk.told.engine
    parts = (engine.database, engine.snapshot, engine.clock, tokens, engine.letters, engine.metrics)
    return create_app(*parts, engine.feed_of, engine.reel)


async def asked_with(app: FastAPI, token: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}".encode()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as client:
        return await client.get("/api/v1/status", headers=headers)


async def test_without_configured_tokens_the_refusal_says_where_to_write_one(desk: Desk) -> None:
    """Nobody has to guess why no token works."""
    answer = await asked_with(app_with(desk), "x")
    assert is_problem(answer, 401) == "no token is configured under api: tokens:"


async def test_a_token_may_have_letters_of_any_alphabet(desk: Desk) -> None:
    """It is compared as it was sent."""
    app = app_with(desk, Token("ops", "operator", "schlüssel-ключ-91c4"))
    assert (await asked_with(app, "schlüssel-ключ-91c4")).status_code == 200
    assert (await asked_with(app, "schlüssel-ключ-91c5")).status_code == 401


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("limit=0", "limit is a number from 1 to 1000"),
        ("limit=1001", "limit is a number from 1 to 1000"),
        ("limit=-1", "limit is a number from 1 to 1000"),
        ("limit=ten", "limit is a number from 1 to 1000"),
        ("limit=", "limit is a number from 1 to 1000"),
        ("limit=%D9%A3", "limit is a number from 1 to 1000"),
        ("limit=" + "9" * 5000, "limit is a number from 1 to 1000"),
        ("after=x", "after is an account's id, as `next` gave it"),
        ("after=" + "9" * 40, "after is an account's id, as `next` gave it"),
    ],
)
async def test_a_wrong_page_is_refused(desk: Desk, query: str, title: str) -> None:
    """With what would be right."""
    assert is_problem(await desk.get(f"/api/v1/workspaces/main/12/accounts?{query}"), 400) == title


async def test_an_address_that_is_none_is_refused_before_the_database_sees_it(desk: Desk) -> None:
    """A NUL is no text for Postgres."""
    title = is_problem(await desk.get("/api/v1/workspaces/main/12/leads?after=a%00b"), 400)
    assert title == "after is a lead's address, as `next` gave it"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/workspaces/main/999", 404),
        ("/api/v1/workspaces/main/999/leads", 404),
        ("/api/v1/workspaces/other/12", 404),
        ("/api/v1/workspaces/main/" + "9" * 60, 404),
        ("/api/v1/workspaces/main/" + "9" * 5000, 404),
        ("/api/v1/workspaces/main/twelve", 404),
        ("/api/v1/workspaces/main/12/secrets", 404),
        ("/api/v2/status", 404),
        ("/", 404),
    ],
)
async def test_what_is_not_there_is_404(desk: Desk, path: str, status: int) -> None:
    """A wrong route and a wrong workspace alike."""
    is_problem(await desk.get(path), status)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_wrong_method_is_405_with_the_right_ones(desk: Desk, method: str) -> None:
    """Reads are GET."""
    answer = await desk.local.request(method, "/api/v1/status")
    assert is_problem(answer, 405) == "that route does not take this method"
    assert set(re.split(r",\s*", answer.headers["allow"])) == {"GET", "HEAD"}


async def test_while_the_database_is_away_reads_of_it_are_503(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is still told, from the last picture; leads say to try again."""

    def away(*_: object) -> None:
        raise StoreUnavailable("the database does not answer")

    monkeypatch.setattr(desk.told.engine.database, "read", away)
    answer = await desk.get(f"/api/v1/workspaces/main/{desk.told.busiest}/leads")
    assert is_problem(answer, 503) == "the database does not answer"
    assert answer.headers["retry-after"] == "5"
    await desk.told.engine.snapshots.once()
    status = await desk.get("/api/v1/status")
    assert (status.status_code, status.json()["database"]["ok"]) == (200, False)
    assert len(status.json()["workspaces"]) == 3


async def test_ready_is_whoever_can_keep_a_delivery(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the database, else in the spool: a balancer takes a node out only when both are gone."""
    engine = desk.told.engine
    away = "the database does not answer"

    async def told() -> tuple[int, object]:
        await engine.snapshots.once()
        answer = await desk.local.get("/readyz")
        return answer.status_code, answer.json()

    def gone(*_: object) -> None:
        raise StoreUnavailable(away)

    assert await told() == (200, {"ready": True, "deliveries": "database", "reason": None})
    monkeypatch.setattr(engine.database, "read", gone)
    assert await told() == (200, {"ready": True, "deliveries": "spool", "reason": away})
    monkeypatch.setattr(engine.metrics.spooling, "trouble", "the disk is full")
    why = f"{away}, and the spool does not help: the disk is full"
    assert await told() == (503, {"ready": False, "deliveries": None, "reason": why})
    monkeypatch.undo()
    assert await told() == (200, {"ready": True, "deliveries": "database", "reason": None})


@pytest.mark.parametrize(
    ("error", "status"), [(StoreConflict("two met"), 503), (RuntimeError("secret detail"), 500)]
)
async def test_a_fault_is_a_plain_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """Without the traceback, and without its text where it is a bug."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(desk.told.engine.database, "read", broken)
    answer = await desk.get(f"/api/v1/workspaces/main/{desk.told.busiest}/accounts")
    assert "secret detail" not in is_problem(answer, status)


async def test_probes_are_open_on_this_machine_only(desk: Desk) -> None:
    """From elsewhere they want a token as everything does."""
    for path in ("/livez", "/readyz"):
        assert (await desk.local.get(path)).status_code == 200
        is_problem(await desk.remote.get(path), 401)
        bearer = {"authorization": f"Bearer {VIEWER}"}
        assert (await desk.remote.get(path, headers=bearer)).status_code == 200
    assert (await desk.remote.get("/api/v1/status")).status_code == 401


async def test_before_the_first_picture_it_is_alive_and_not_ready(desk: Desk) -> None:
    """An orchestrator waits instead of killing it."""
    engine = desk.told.engine
    app = create_app(
        engine.database,
        lambda: nothing_yet(engine.clock.now()),
        engine.clock,
        [],
        engine.letters,
        engine.metrics,
        engine.feed_of,
        engine.reel,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get("/livez")).status_code == 200
        ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["reason"]) == (503, "the first picture is not drawn yet")


async def test_no_answer_holds_a_secret(desk: Desk) -> None:
    """Neither a key, nor a token, nor the webhooks' secret: of all that can be read, of refusals, and of the audit log of who sent one."""
    number = desk.told.busiest
    world = desk.told.world
    secrets = [TOKEN, OPERATOR, VIEWER, world.admin_key, *(world.api_key(n) for n in world.workspaces)]
    redaction.learn(desk.told.settings)  # as every command does
    for secret in secrets[:3]:
        await desk.send("POST", "/api/v1/resync", {"workspaces": [f"main/{number}"], "token": secret})
        await desk.send("POST", "/api/v1/check", {"workspaces": [secret]})
    await desk.told.engine.logbook.once()
    parts = ("", "/leads", "/accounts", "/events", "/runs", "/datasets", "/datasets/infrastructure")
    paths = [*READS[:2], *(f"/api/v1/workspaces/main/{number}{part}" for part in parts)]
    more = ["/api/v1/runs", "/api/v1/letters", "/api/v1/audit", "/openapi.json", "/metrics"]
    logs = ["/api/v1/cache", "/api/v1/api-log", "/api/v1/validation-log"]
    files = [f"/api/v1/export/{name}?guard=0" for name in EXPORTS]
    asked = [*paths, *more, *logs, *files, "/livez", "/readyz", "/nowhere"]
    answers = "".join([(await desk.get(path)).text for path in asked])
    assert [secret for secret in secrets if secret in answers] == []


async def test_who_guesses_tokens_has_to_wait(desk: Desk) -> None:
    """429 after twenty wrong ones in a minute from one address; never for a right token, nor for who sends none, nor from elsewhere."""

    async def guess(client: httpx.AsyncClient, token: str = "wrong") -> httpx.Response:
        return await client.get("/api/v1/status", headers={"authorization": f"Bearer {token}"})

    await desk.told.clock.advance(61)
    assert {(await guess(desk.remote)).status_code for _ in range(20)} == {401}
    late = await guess(desk.remote)
    assert is_problem(late, 429) == "too many wrong tokens from this address"
    assert late.headers["retry-after"] == "60"
    assert (await guess(desk.remote, VIEWER)).status_code == 200
    assert (await desk.remote.get("/api/v1/status")).status_code == 401
    assert (await guess(desk.local)).status_code == 401
    await desk.told.clock.advance(60.01)  # a minute, whatever floats make of it
    assert (await guess(desk.remote)).status_code == 401


async def test_a_route_of_two_methods_names_both(desk: Desk) -> None:
    """Also where they are different handlers."""
    answer = await desk.local.put("/api/v1/workspaces/main/12/leads/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PATCH, HEAD")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("leads?limti=5", "there is no parameter limti: there are limit, after, stage, since"),
        ("leads?since=2026-11-22", "since is a moment with its zone, such as 2026-11-22T10:00:00Z"),
        ("leads?since=2026-11-22T10:00:00", "since is a moment with its zone, such as 2026-11-22T10:00:00Z"),
        ("accounts?status=broken", "status is one of connected, disconnected, removed"),
        ("events?after=12-zz", "after is a place in the list, as `next` gave it"),
        ("runs?after=12", "after is a place in the list, as `next` gave it"),
        ("runs?state=lost", "state is one of success, partial, failed, cancelled, queued, running"),
    ],
)
async def test_a_wrong_wish_for_a_list_is_refused(desk: Desk, query: str, title: str) -> None:
    """With what would be right; a word that is no parameter too, since nobody would notice that it does nothing."""
    assert is_problem(await desk.get(f"/api/v1/workspaces/main/12/{query}"), 400) == title
