"""The same seed and the same requests give the same bytes, the Date header apart."""

from __future__ import annotations

import subprocess
import sys

import httpx
import orjson

from bisonwatch.simulator.faults import Break, WalkFault, WebhookFaults
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.switches import Delays
from tests.simulator.conftest import Lab, opened, small_world

EVER = {"start_date": "2026-09-01", "end_date": "2026-10-01"}
READS = (
    "/api/users",
    "/api/workspaces/v1.1",
    "/api/sender-emails?page=2",
    "/api/warmup/sender-emails",
    "/api/campaigns",
    "/api/leads?pagination_type=cursor",
    "/api/leads?page=2",
    "/api/replies",
    "/api/scheduled-emails?page=4",
    "/api/tags",
    "/api/campaigns/614/sequence-steps",
    "/api/campaigns/614/scheduled-emails",
    "/api/workspaces/v1.1/stats?start_date=2026-08-01&end_date=2026-09-14",
    "/api/workspaces/v1.1/line-area-chart-stats?start_date=2026-08-01&end_date=2026-09-14",
    "/api/events?start_date=2026-09-01&end_date=2026-10-01",
    "/api/nowhere",
)
Told = tuple[int, tuple[tuple[str, str], ...], bytes]


def told(answer: httpx.Response) -> Told:
    headers = tuple((name, value) for name, value in answer.headers.items() if name != "date")
    return answer.status_code, headers, answer.content


async def story(lab: Lab) -> list[Told]:
    """Live traffic, commands, deliveries and faults, with every read in between."""
    lab.subscribe()
    lab.faults.delays = Delays(sync=3600, revision=100_000, deletion=30)
    lab.faults.set(
        lab.faults.now.with_webhooks("all", WebhookFaults(drop=0.2, duplicate=0.2, reorder=9)).with_walks(
            WalkFault("/api/leads", Break.INSERT, 2), WalkFault("/api/campaigns", Break.ERROR_500)
        )
    )
    answers = []
    for _ in range(3):
        lab.world.advance(lab.clock.forward(seconds=20))
        await lab.deliver(seconds=0)
        await lab.ask("DELETE", f"/api/sender-emails/{lab.workspace.accounts[0].id}")
        answers += [
            await lab.client.post(f"/_sim/scenes/{scene}", json={"workspace": 12})
            for scene in ("interested-twice", "out-of-office", "first-contact")
        ]
        answers += [await lab.get(path) for path in READS]
        answers.append(
            await lab.ask("POST", "/api/workspaces/v1.1/13/api-tokens", key=lab.world.admin_key, json={})
        )
    return [told(answer) for answer in answers]


async def test_two_runs_answer_byte_for_byte_the_same() -> None:
    """With a past, with faults that draw luck, with lags and lingering rows; another seed answers otherwise."""
    past = History(120, 0.2)
    runs = []
    for _ in range(2):
        async with opened(small_world(past=past)) as lab:
            runs.append(await story(lab))
    assert runs[0] == runs[1]
    assert len(runs[0]) == 3 * (3 + len(READS) + 1)


async def test_another_seed_is_another_world() -> None:
    """The lists of two seeds differ, so equal bytes above say something."""
    pages = []
    for seed in (7, 8):
        async with opened(type(small_world())(seed, 4, 90, start=small_world().started_at)) as lab:
            pages.append((await lab.get("/api/leads")).content)
    assert pages[0] != pages[1]


def test_two_processes_answer_byte_for_byte_the_same() -> None:
    """Started at the same moment of their own clocks, on one port after the other, hashes seeded differently."""
    options = {"watch_stdin": True, "workspaces": 3, "accounts": 60, "rate": 0, "history_days": 60}
    command = [sys.executable, "-m", "bisonwatch.simulator"]
    runs = []
    for hashing in ("1", "2"):
        chosen = {**options, "start": "2026-09-14T12:00:00Z"}
        with subprocess.Popen(
            [*command, orjson.dumps(chosen).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONHASHSEED": hashing, "PYTHONPATH": ":".join(sys.path)},
        ) as process:
            ready = orjson.loads(process.stdout.readline())
            bearer = {"authorization": f"Bearer {ready['api_keys']['12']}"}
            with httpx.Client(base_url=ready["url"], headers=bearer) as client:
                answers = [client.get(path) for path in READS]
            runs.append([answer.content.replace(ready["url"].encode(), b"URL") for answer in answers])
            process.stdin.close()
            assert process.wait(10) == 0
    assert runs[0] == runs[1]
