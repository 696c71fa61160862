"""Faults in the middle of a walk: at page N of route R, for one workspace or all, so many times."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import httpx
import orjson
import pytest

from bisonwatch.simulator.faults import Break, WalkFault
from tests.simulator.conftest import START, Lab

LEADS = "/api/leads"


async def codes(lab: Lab, path: str = LEADS, pages: int = 4, **more: object) -> list[int]:
    return [(await lab.get(path, page=page, **more)).status_code for page in range(1, pages + 1)]


@pytest.mark.parametrize(
    ("what", "code"),
    [(Break.ERROR_500, 500), (Break.ERROR_502, 502), (Break.ERROR_429, 429), (Break.ERROR_422, 422)],
)
async def test_an_error_at_one_page(lab: Lab, what: Break, code: int) -> None:
    """Page 3 fails once; the pages before and after do not, and the next try is good."""
    lab.break_page(what, LEADS, 3)
    assert await codes(lab) == [200, 200, code, 200]
    assert await codes(lab) == [200] * 4


async def test_times_and_always(lab: Lab) -> None:
    """Twice, and without end."""
    lab.break_page(Break.ERROR_500, LEADS, 2, times=2)
    assert [await codes(lab, pages=2) for _ in range(3)] == [[200, 500], [200, 500], [200, 200]]
    lab.break_page(Break.ERROR_500, LEADS, 2, times=0)
    assert [await codes(lab, pages=2) for _ in range(3)] == [[200, 500]] * 3


async def test_only_that_route_and_that_workspace(lab: Lab) -> None:
    """A campaign's leads are not the workspace's; another workspace's walk is whole."""
    lab.break_page(Break.ERROR_500, "/api/campaigns/{key}/leads", 1, times=0, workspace=12)
    own, other = lab.workspace.campaigns[0].id, lab.world.workspaces[13].campaigns[0].id
    assert await codes(lab, pages=1) == [200]
    assert await codes(lab, f"/api/campaigns/{own}/leads", 2) == [500, 200]
    assert await codes(lab, f"/api/campaigns/{other}/leads", 2, key=lab.world.api_key(13)) == [200, 200]


async def test_a_star_is_every_route(lab: Lab) -> None:
    """Until it is taken back everything under that path fails, commands too; the control routes never do."""
    lab.break_page(Break.ERROR_500, "/api/*", times=0)
    written = await lab.ask("POST", "/api/webhook-url", json={})
    assert [await codes(lab, pages=2), await codes(lab, "/api/users", 1)] == [[500, 500], [500]]
    assert written.status_code == 500
    assert (await lab.client.put("/_sim/faults", json={})).status_code == 200
    assert await codes(lab, "/api/users", 1) == [200]


async def test_several_rules_at_once(lab: Lab) -> None:
    """Each has its own page; the first that fits is played; the control route counts them."""
    lab.faults.set(
        lab.faults.now.with_walks(
            WalkFault(LEADS, Break.ERROR_500, 2), WalkFault(LEADS, Break.ERROR_429, 3, times=2)
        )
    )
    assert await codes(lab) == [200, 500, 429, 200]
    assert (await lab.client.get("/_sim/world")).json()["walk_faults_played"] == [1, 1]


async def test_hops_of_a_cursor_walk_are_counted(lab: Lab) -> None:
    """The third hop fails, also when it is tried again, and a new walk counts from one."""
    lab.break_page(Break.ERROR_500, LEADS, 3, times=2)
    cursor: dict[str, str] = {}
    seen = []
    for _ in range(5):
        answer = await lab.get(LEADS, pagination_type="cursor", **cursor)
        seen.append(answer.status_code)
        if answer.status_code == 200 and len(seen) < 4:
            cursor = {"cursor": answer.json()["meta"]["next_cursor"]}
    assert seen == [200, 200, 500, 500, 200]


async def test_a_cut_connection(lab: Lab) -> None:
    """Half an answer and then nothing, as a client of httpx sees it; the next try is whole."""
    lab.break_page(Break.CUT, LEADS, 2)
    with pytest.raises(httpx.RemoteProtocolError):
        await lab.get(LEADS, page=2)
    assert (await lab.get(LEADS, page=2)).status_code == 200


async def test_a_hanging_page(lab: Lab) -> None:
    """No answer at all: the client's patience ends it."""
    lab.break_page(Break.HANG, LEADS, 2)
    with pytest.raises(httpx.ReadTimeout):
        await lab.get(LEADS, page=2)
    assert (await lab.get(LEADS, page=2)).status_code == 200


async def test_a_slow_page(lab: Lab) -> None:
    """Page 2 takes 34 seconds, and is good."""
    lab.break_page(Break.SLOW, LEADS, 2, seconds=34)
    assert await codes(lab, pages=3) == [200] * 3
    assert (lab.clock.now() - START).total_seconds() == 34


@pytest.fixture(scope="module")
def provider() -> Iterator[dict]:
    """The simulator on a real port, with a page that is cut and one that hangs."""
    walks = [
        {"route": LEADS, "what": "cut", "page": 2},
        {"route": LEADS, "what": "hang", "page": 3},
    ]
    options = {"watch_stdin": True, "workspaces": 3, "accounts": 60, "faults": {"walks": walks}, "rate": 0}
    command = [sys.executable, "-m", "bisonwatch.simulator", orjson.dumps(options).decode()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield orjson.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(10) == 0


async def test_cut_and_hang_on_a_real_socket(provider: dict) -> None:
    """The socket closes in the middle of the body; a hanging page holds up neither other requests nor the end."""
    bearer = {"authorization": f"Bearer {provider['api_keys']['12']}"}
    async with httpx.AsyncClient(base_url=provider["url"], headers=bearer, timeout=1) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(LEADS, params={"page": 2})
        hanging = asyncio.create_task(client.get(LEADS, params={"page": 3}))
        good = await client.get(LEADS, params={"page": 2})
        with pytest.raises(httpx.ReadTimeout):
            await hanging
        after = await client.get(LEADS, params={"page": 3})
    assert (good.status_code, after.status_code) == (200, 200)
