"""A simulated provider with months of past and a real daemon beside it, each a process of its own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import yaml

from bisonwatch.clock import SystemClock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Run
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.world import World
from bisonwatch.store import counts
from bisonwatch.store import runs as store
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx
from tests.support.daemon import TOKEN, Daemon

T = TypeVar("T")

COUNTED = (Metric.SENT, Metric.REPLIED, Metric.BOUNCED, Metric.INTERESTED)


@dataclass(frozen=True, slots=True)
class Size:
    workspaces: int
    accounts: int
    days: int
    volume: float
    rate: float = 0.0
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Provider:
    """`start` is the day its past ends."""

    url: str
    keys: dict[int, str]
    size: Size
    start: datetime

    def books(self) -> dict[str, int]:
        """Requests asked and refused, and the most in a minute."""
        told: dict[str, int] = httpx.get(f"{self.url}/_sim/world", timeout=30).json()["requests"]
        return told

    def deliver(self, rate: float) -> None:
        httpx.put(f"{self.url}/_sim/rate", json={"rate": rate}, timeout=30).raise_for_status()

    def past(self) -> World:
        """The same world once more, for its oracle."""
        size = self.size
        past = History(size.days, size.volume)
        return World(
            size.seed, size.workspaces, size.accounts, start=self.start, url=self.url, rate=0, past=past
        )


@contextmanager
def provider(size: Size, **options: object) -> Iterator[Provider]:
    start = datetime.now(UTC).replace(microsecond=0)
    chosen: dict[str, Any] = {
        "seed": size.seed,
        "workspaces": size.workspaces,
        "accounts": size.accounts,
        "rate": size.rate,
        "history_days": size.days,
        "history_volume": size.volume,
        "start": start.isoformat(),
        "watch_stdin": True,
        **options,
    }
    command = [sys.executable, "-m", "bisonwatch.simulator", json.dumps(chosen)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        keys = {int(number): key for number, key in ready["api_keys"].items()}
        yield Provider(ready["url"], keys, size, start)
        process.terminate()


def watch(daemon: Daemon, provider: Provider, rate: float) -> None:
    """The daemon reads this provider, each workspace with its own key; a backfill off-peak asks so often a second."""
    settings = yaml.safe_load(daemon.config.read_text())
    chosen = [{"id": number, "api_key": key} for number, key in provider.keys.items()]
    settings["instances"] = [
        {"name": "main", "url": provider.url, "webhook_token": TOKEN, "workspaces": chosen}
    ]
    settings.setdefault("sync", {})["backfill_rate"] = rate
    daemon.config.write_text(json.dumps(settings))


def command(daemon: Daemon, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "bisonwatch", "--config", str(daemon.config), *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=daemon.folder, timeout=600, check=False)


def runs(daemon: Daemon, job: Job = Job.BACKFILL) -> list[Run]:
    """Those that are open, then those that are over."""

    async def read(tx: Tx) -> list[Run]:
        return [*await store.open_runs(tx), *await store.recent(tx, 1000)]

    return [run for run in _read(daemon.database, read) if run.job is job]


def _read(url: str, look: Callable[[Tx], Awaitable[T]]) -> T:
    async def read() -> T:
        database = Database(Place(url), SystemClock())
        try:
            async with database.read() as tx:
                return await look(tx)
        finally:
            await database.close()

    return asyncio.run(read())


def counted(url: str, first: date, last: date) -> Counter[tuple[int, date, Metric]]:
    """What the mirror counts of the past, per workspace, day and metric."""

    async def read(tx: Tx) -> dict[tuple[WorkspaceKey, date, Metric], int]:
        return await counts.counted(tx, first, last)

    found = _read(url, read)
    return Counter(
        {(key.id, day, metric): n for (key, day, metric), n in found.items() if n and metric in COUNTED}
    )


def truth(world: World, first: date, last: date) -> Counter[tuple[int, date, Metric]]:
    return Counter(
        {
            (number, day, metric): n
            for number in world.workspaces
            for (day, metric), n in world.truth_of_the_past(number).items()
            if n and first <= day <= last and metric in COUNTED
        }
    )


class Books(threading.Thread):
    """What a provider was asked while this is open, looked at every second: in all, refused, and in the fullest minute."""

    def __init__(self, told: Provider) -> None:
        super().__init__()
        self._provider = told
        self._over = threading.Event()
        self._seen: list[tuple[float, int, int]] = []

    def __enter__(self) -> Self:
        self._look()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()
        self._look()

    def run(self) -> None:
        while not self._over.wait(1.0):
            self._look()

    def _look(self) -> None:
        books = self._provider.books()
        self._seen.append((time.monotonic(), books["asked"], books["refused"]))

    @property
    def asked(self) -> int:
        return self._seen[-1][1] - self._seen[0][1]

    @property
    def refused(self) -> int:
        return self._seen[-1][2] - self._seen[0][2]

    @property
    def most_in_a_minute(self) -> int:
        return max(
            later - asked
            for at, asked, _ in self._seen
            for moment, later, _ in self._seen
            if 0 <= moment - at <= 60
        )


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from posting a delivery to its fact in the mirror, of so many probes."""

    probes: int
    p50: float
    p95: float


def probe(daemon: Daemon, first: int, seconds: float, path: Path) -> Latency:
    """Deliver one event after another, at a quiet pace, and look for each in the SQLite file."""
    took, number, end = list[float](), first, time.monotonic() + seconds
    with httpx.Client(timeout=10) as http:
        while time.monotonic() < end:
            number += 1
            began = time.monotonic()
            assert http.post(daemon.hook, content=_sent(number)).status_code == 200
            _await(path, f"s:{number}")
            took.append((time.monotonic() - began) * 1000)
            time.sleep(0.15)
    took.sort()
    return Latency(len(took), took[len(took) // 2], took[min(len(took) - 1, len(took) * 95 // 100)])


def _await(path: Path, key: str) -> None:
    deadline = time.monotonic() + 30
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as mirror:
        while not mirror.execute(
            "SELECT 1 FROM facts WHERE workspace_id = 12 AND type = 'sent' AND key = ?", [key]
        ).fetchone():
            assert time.monotonic() < deadline, f"{key} is not in the mirror"
            time.sleep(0.003)


def _sent(number: int) -> bytes:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    lead = {"id": number, "email": f"probe{number}@molar.example", "first_name": "P", "last_name": "R"}
    data = {
        "scheduled_email": {"id": number, "lead_id": number, "sent_at": now},
        "campaign_event": {"id": number, "type": "sent", "created_at": now},
        "lead": lead,
        "campaign": {"id": 614, "name": "Wave"},
    }
    head = {"type": "EMAIL_SENT", "workspace_id": 12, "workspace_name": "Northwind Desk"}
    return json.dumps({"event": head, "data": data}).encode()
