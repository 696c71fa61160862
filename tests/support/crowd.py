"""Several real daemons on one Postgres with the simulator as their provider, and somebody who watches the tables meanwhile."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import asyncpg

from tests.support.checker import SCHEMA, rows
from tests.support.daemon import TOKEN, Daemon
from tests.support.events import WORKSPACES
from tests.support.load import eventually

LOOK_S = 0.05
SYNC = {"poll_every": "2s", "accounts_every": "2s", "reports_every": "3s"}


class Provider:
    """The simulator as a child process; nothing happens in it by itself."""

    def __init__(self, *, workspaces: int = 11, accounts: int = 480) -> None:
        options = {"workspaces": workspaces, "accounts": accounts, "rate": 0, "watch_stdin": True}
        command = [sys.executable, "-m", "bisonwatch.simulator", json.dumps(options)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        self.url: str = told["url"]
        self.keys: dict[str, str] = told["api_keys"]

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


def node(folder: Path, database: str, provider: Provider) -> Daemon:
    """The load is about workspaces that no key reads; the jobs are about the others, each with a key of its own."""
    folder.mkdir()
    daemon = Daemon(folder, database=database, sync=dict(SYNC))
    settings = json.loads(daemon.config.read_text())
    keys = {int(number): key for number, key in provider.keys.items() if int(number) not in WORKSPACES}
    chosen = [{"id": number, "api_key": key} for number, key in keys.items()]
    settings["instances"] = [
        {"name": "main", "url": provider.url, "webhook_token": TOKEN, "workspaces": chosen}
    ]
    daemon.config.write_text(json.dumps(settings))
    return daemon


@dataclass(frozen=True, slots=True)
class Held:
    """The lease of the leader as it was seen; `valid` by the database's clock."""

    at: float
    holder: UUID
    fence: int
    valid: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A run as it was seen."""

    id: UUID
    node_id: UUID | None
    fence: int
    state: str
    finished_at: datetime | None


LEASE = "SELECT holder, fence, expires_at > clock_timestamp() FROM leases WHERE name = 'scheduler'"
RUNS = "SELECT id, node_id, fence, state, finished_at FROM runs"


class Watcher(threading.Thread):
    """Looks at the lease and at the runs twenty times a second; `held` and `taken` are what it saw, each once."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._over = threading.Event()
        self.held: list[Held] = []
        self.taken: dict[Taken, None] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join(10)

    def run(self) -> None:
        asyncio.run(self._watch())

    async def _watch(self) -> None:
        connection = await asyncpg.connect(self._url, server_settings={"search_path": SCHEMA})
        while not self._over.is_set():
            lease = await connection.fetchrow(LEASE)
            if lease is not None:
                self.held.append(Held(time.monotonic(), *lease))
            self.taken |= {Taken(*run): None for run in await connection.fetch(RUNS)}
            await asyncio.sleep(LOOK_S)
        await connection.close()

    def longest_gap(self) -> float:
        """Seconds for which nobody held the lease, at most."""
        longest, since = 0.0, None
        for seen in self.held:
            if seen.valid:
                since = None
            else:
                since = since or seen.at
                longest = max(longest, seen.at - since)
        return longest

    def takers(self, run: UUID) -> list[UUID]:
        """Which nodes had the run, in the order of its fence."""
        seen = {each.fence: each.node_id for each in self.taken if each.id == run and each.node_id}
        return [seen[fence] for fence in sorted(seen)]


def ids(url: str, daemons: Sequence[Daemon]) -> dict[UUID, Daemon]:
    """The nodes by their ids."""
    (found,) = rows(url, "SELECT id, pid FROM nodes WHERE stopped_at IS NULL")
    by_pid = {daemon.pid: daemon for daemon in daemons}
    return {number: by_pid[pid] for number, pid in found if pid in by_pid}


def leader(url: str, daemons: Sequence[Daemon]) -> Daemon:
    (((holder, _, _),),) = rows(url, LEASE)
    return ids(url, daemons)[holder]


def all_share(daemons: Sequence[Daemon]) -> None:
    """Wait until each node knows of all."""
    words = f"{len(daemons)} nodes share the work"
    eventually(lambda: all(words in daemon.said() for daemon in daemons), words)


def one(url: str, query: str) -> Any:
    return rows(url, query)[0][0][0]


def jobs_go_on(url: str, since: datetime, within: float) -> None:
    """The jobs that come every few seconds were enqueued and done anew since then."""
    query = (
        "SELECT count(DISTINCT job) FROM runs WHERE job IN ('accounts', 'reports') AND state = 'done' "
        f"AND outcome = 'success' AND queued_at > '{since.isoformat()}'"
    )
    eventually(lambda: one(url, query) == 2, "every job goes on", within)


OVERLAPS = """
WITH rounds AS (
  SELECT job, queued_at, min(started_at) AS began, max(finished_at) AS ended FROM runs
  WHERE instance IS NULL AND state = 'done' GROUP BY job, queued_at
)
SELECT count(*) FROM rounds a JOIN rounds b ON a.job = b.job AND a.queued_at < b.queued_at AND b.began < a.ended
"""
"""Rounds of a job that ran into each other."""
