"""What operators ask to be done, and what comes of it."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from bisonwatch.domain.run import Job, Part, RunState
from bisonwatch.store import inbox, runs
from bisonwatch.store.inbox import Failure
from tests.api.conftest import OPERATOR, VIEWER, Desk
from tests.support.house import body, delivery
from tests.support.story import START

pytestmark = pytest.mark.asyncio(loop_scope="module")
WRITES = [
    ("PATCH", "/api/v1/workspaces/main/12/leads/1", {"pipeline_stage": "won"}),
    ("POST", "/api/v1/workspaces/main/12/resync", None),
    ("POST", "/api/v1/resync", None),
    ("POST", "/api/v1/check", None),
    ("POST", "/api/v1/backfill", {"from": "2026-09-01"}),
    ("POST", "/api/v1/jobs/poll/run", None),
    ("POST", "/api/v1/cache/refresh", None),
    ("POST", "/api/v1/cache/clear", {"workspaces": ["main/12"]}),
    ("POST", f"/api/v1/runs/{UUID(int=7)}/cancel", None),
    ("POST", f"/api/v1/letters/{UUID(int=7)}/replay", None),
    ("POST", f"/api/v1/letters/{UUID(int=7)}/discard", None),
]


async def queued(desk: Desk, answer: httpx.Response) -> list[tuple[Job, int | None, tuple[Part, ...], str]]:
    """The runs that came of it, as they stand in the queue; they are taken out of it."""
    assert answer.status_code == 202, answer.text
    found = []
    async with desk.told.engine.database.write() as tx:
        for word in answer.json()["runs"]:
            run = await runs.get(tx, UUID(word))
            assert run is not None
            assert run.state is RunState.QUEUED
            found.append((run.job, run.workspace and run.workspace.id, run.parts, run.asked_by))
            await runs.ask_cancel(tx, run.id, START)
    return found


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
async def test_viewers_and_strangers_write_nothing(desk: Desk, method: str, path: str, body: object) -> None:
    """403 for who may only read, 401 for who is unknown, however good the request."""
    assert (await desk.send(method, path, body, VIEWER)).status_code == 403
    assert (await desk.send(method, path, body, None)).status_code == 401
    assert (await desk.send(method, path, body, "wrong")).status_code == 401


async def test_a_resync_is_a_run_for_each_workspace_in_the_askers_name(desk: Desk) -> None:
    """Of one by its path; of those named, each once; of all; with the parts that were named."""
    one = await desk.send("POST", "/api/v1/workspaces/main/12/resync", {"only": ["leads", "leads"]})
    assert await queued(desk, one) == [(Job.RESYNC, 12, (Part.LEADS,), "ops")]
    named = await desk.send("POST", "/api/v1/resync", {"workspaces": ["main/13", "main/13"]})
    assert await queued(desk, named) == [(Job.RESYNC, 13, (), "ops")]
    every = await queued(desk, await desk.send("POST", "/api/v1/resync"))
    assert [number for _, number, _, _ in every] == [row.key.id for row in desk.told.picture.workspaces]


async def test_a_check_compares_with_the_provider(desk: Desk) -> None:
    """Workspaces that are named; an unknown one is told, and nothing is queued then."""
    told = await desk.send("POST", "/api/v1/check", {"workspaces": ["main/12"]})
    assert await queued(desk, told) == [(Job.CONSISTENCY, 12, (), "ops")]
    wrong = await desk.send("POST", "/api/v1/check", {"workspaces": ["main/12", "main/99"]})
    assert (wrong.status_code, wrong.json()["title"]) == (
        404,
        "no workspace is called main/99 (GET /api/v1/workspaces lists them)",
    )


async def test_a_job_is_done_now_but_not_twice(desk: Desk) -> None:
    """The second time is told that it is queued already."""
    first = await desk.send("POST", "/api/v1/jobs/campaigns/run")
    again = await desk.send("POST", "/api/v1/jobs/campaigns/run")
    assert (again.status_code, again.json()["title"]) == (
        409,
        "campaigns is queued already (`bisonwatch status` shows how far it is)",
    )
    assert await queued(desk, first) == [(Job.CAMPAIGNS, None, (), "ops")]


async def test_a_backfill_reads_days_that_are_kept(desk: Desk) -> None:
    """Both days stand in the run; days of the future, or long gone, are refused; one backfill of a workspace at a time."""
    wish = {"from": "2026-09-01", "to": "2026-09-05", "only": ["sends"], "workspaces": ["main/12"]}
    first = await desk.send("POST", "/api/v1/backfill", wish)
    told = (await desk.get(f"/api/v1/runs/{first.json()['runs'][0]}")).json()
    assert (told["from"], told["to"], told["parts"]) == ("2026-09-01", "2026-09-05", ["sends"])
    assert (await desk.send("POST", "/api/v1/backfill", wish)).status_code == 409
    assert await queued(desk, first) == [(Job.BACKFILL, 12, (Part.SENDS,), "ops")]
    for day, why in (("2027-01-01", "is in the future"), ("2001-01-01", "is too far back")):
        wrong = await desk.send("POST", "/api/v1/backfill", {"from": day})
        assert wrong.status_code == 400
        assert why in wrong.json()["title"]


async def test_a_run_is_cancelled_once(desk: Desk) -> None:
    """202 while it waits, 409 when it is over, 404 when there is none."""
    first = await desk.send("POST", "/api/v1/workspaces/main/12/resync")
    path = f"/api/v1/runs/{first.json()['runs'][0]}"
    assert (await desk.send("POST", f"{path}/cancel")).status_code == 202
    assert (await desk.get(path)).json()["outcome"] == "cancelled"
    assert (await desk.send("POST", f"{path}/cancel")).status_code == 409
    assert (await desk.send("POST", f"/api/v1/runs/{uuid4()}/cancel")).status_code == 404


async def test_a_letter_is_put_away_and_taken_up_again(desk: Desk) -> None:
    """What is as it was wanted already is no error; what waits is no dead letter; an unknown one is 404."""
    item = delivery(body({"event": {"workspace_id": 12}, "n": 77}), START)
    async with desk.told.engine.database.write() as tx:
        await inbox.put(tx, [item])
        await inbox.fail(tx, [Failure(item.id, "no type", 1, None)], START)
    path = f"/api/v1/letters/{item.id}"
    codes = [
        (await desk.send("POST", f"{path}/{word}")).status_code
        for word in ("discard", "discard", "replay", "replay", "discard")
    ]
    assert codes == [200, 200, 200, 200, 409]
    assert (await desk.send("POST", f"/api/v1/letters/{uuid4()}/replay")).status_code == 404


async def test_a_persons_stage_stays_and_can_be_taken_back(desk: Desk) -> None:
    """By id or by address, whatever is read anew; null hands the lead back to the automatic stage."""
    leads = f"/api/v1/workspaces/main/{desk.told.busiest}/leads"
    lead = (await desk.get(leads, limit=1)).json()["items"][0]
    before = lead["pipeline_stage"]
    set_ = await desk.send("PATCH", f"{leads}/{lead['id']}", {"pipeline_stage": " sehr qualifiziert‮ "})
    assert set_.json() == lead | {"pipeline_stage": "sehr qualifiziert", "stage_author": "person"}
    assert (await desk.get(f"{leads}/{lead['email'].upper()}")).json() == set_.json()
    found = await desk.walk(leads, 100, stage="sehr qualifiziert")
    assert [one["id"] for one in found] == [lead["id"]]
    back = await desk.send("PATCH", f"{leads}/{lead['email']}", {"pipeline_stage": None})
    assert back.json() == lead | {"pipeline_stage": before, "stage_author": "auto"}
    assert (await desk.send("PATCH", f"{leads}/nobody", {"pipeline_stage": "x"})).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "title"),
    [
        ("/resync", {"only": ["cats"]}, "only.0 in the body: Input should be 'leads', 'accounts', 'metrics', 'campaigns', 'replies' or 'sends'"),
        ("/resync", {"workspaces": ["12"]}, "workspaces.0 in the body: write instance/id, such as main/12"),
        ("/resync", {"only": []}, "only in the body: List should have at least 1 item after validation, not 0"),
        ("/resync", {"onyl": []}, "the body has no key 'onyl'"),
        ("/resync", {"\u202e\x1b[31m": 1}, "the body has no key ' [31m'"),
        ("/resync", [], "the body is a JSON object, with content-type: application/json"),
        ("/backfill", {"from": "yesterday"}, "from in the body: a day is written like 2026-11-22"),
        ("/backfill", {}, "from in the body: Field required"),
        ("/jobs/resync/run", None, "name is one of poll, discover, accounts, campaigns, leads, reports, upkeep, subscriptions, canary, consistency, full, settings"),
        ("/check?dry_run=1", None, "there is no parameter dry_run: this route takes none"),
    ],
)  # fmt: skip
async def test_a_wrong_wish_is_told(desk: Desk, path: str, body: object, title: str) -> None:
    """In one sentence: what is wrong, and what is right."""
    answer = await desk.send("POST", f"/api/v1{path}", body)
    assert (answer.status_code, answer.json()["title"]) == (400, title)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"only":' + b"9" * 100_000 + b"}", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"only=leads", "application/x-www-form-urlencoded", 415),
        (b" " * (1 << 20) + b"{}", "application/json", 413),
    ],
)
async def test_a_body_is_json_and_no_larger_than_a_mebibyte(
    desk: Desk, content: bytes, kind: str, status: int
) -> None:
    """Also when it does not say its length."""
    headers = {"authorization": f"Bearer {OPERATOR}", "content-type": kind}

    async def in_pieces():
        for start in range(0, len(content), 65536):
            yield content[start : start + 65536]

    for sent in (content, in_pieces()):
        answer = await desk.local.post("/api/v1/resync", content=sent, headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"[" * 100_000, b"9" * 5000], ids=["cut", "bytes", "deep", "long"]
)
async def test_a_body_that_cannot_be_read_is_told_as_such(desk: Desk, content: bytes) -> None:
    """Whatever made it unreadable."""
    headers = {"authorization": f"Bearer {OPERATOR}", "content-type": "application/json"}
    answer = await desk.local.post("/api/v1/check", content=content, headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (400, "the body is not JSON")


async def test_what_a_stranger_sends_is_not_read(desk: Desk) -> None:
    """The refusal comes before the body's end does."""
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b" " * 65536

    answer = await desk.local.post("/api/v1/resync", content=endless())
    assert (answer.status_code, read <= 1) == (401, True)


async def test_runs_are_met_once_whatever_becomes_of_them(desk: Desk) -> None:
    """Open ones stand where they were asked for, and page after page none is met twice or missed."""
    await desk.told.clock.advance(1)
    first = await desk.send("POST", "/api/v1/resync")
    numbers = first.json()["runs"]
    await desk.send("POST", f"/api/v1/runs/{numbers[1]}/cancel")
    for limit in (1, 2, 1000):
        found = [run["id"] for run in await desk.walk("/api/v1/runs", limit)]
        assert len(found) == len(set(found))
        assert found[:3] == sorted(numbers, reverse=True)
        assert len(found) > 10
    waiting = await desk.walk("/api/v1/runs", 1, state="queued", job="resync")
    assert {run["id"] for run in waiting} == {numbers[0], numbers[2]}
    [mine] = await desk.walk("/api/v1/workspaces/main/12/runs", 1, since=START.isoformat(), state="queued")
    assert mine["workspace"] == 12
    later = await desk.walk("/api/v1/runs", 100, since="2030-01-01T00:00:00+02:00")
    assert later == []
    for number in numbers:
        await desk.send("POST", f"/api/v1/runs/{number}/cancel")
