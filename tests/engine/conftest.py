"""Two nodes on one database, and settings for a real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bisonwatch.bus import Bus
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Run
from bisonwatch.engine.identity import new_identity
from bisonwatch.engine.leadership import Leadership
from bisonwatch.engine.members import Members
from bisonwatch.engine.runner import Runner
from bisonwatch.engine.scheduler import new_run
from bisonwatch.engine.turns import Home
from bisonwatch.store import runs
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support.clock import ManualClock

TOKEN = "webhook-token-77e2"
OPERATOR = "operator-token-91c4"


def home(workspace: WorkspaceKey) -> Home:
    """A workspace's slot is its number, so that tests can say who takes it."""
    return Home(workspace.id)


@dataclass
class Node:
    """One engine's parts that meet others in the database; `did` holds the runs it worked on."""

    database: Database
    clock: ManualClock

    def __post_init__(self) -> None:
        self.did: list[Run] = []
        self.bus = Bus()
        self.identity = new_identity(self.clock.now())
        self.leadership = Leadership(self.database, self.clock, self.identity)
        self.members = Members(self.identity.id)
        self.runner = Runner(self.database, self.bus, self.clock, self.members, home, self._do)

    async def _do(self, run: Run) -> None:
        self.did.append(run)

    async def queue(self, count: int) -> list[Run]:
        key = WorkspaceKey("main", 12)
        new = [new_run(Job.RESYNC, key, (), "a person", self.clock.now()) for _ in range(count)]
        async with self.database.write() as tx:
            await runs.queue(tx, new)
        return new


@pytest.fixture
async def nodes(place: Place) -> AsyncIterator[tuple[Node, Node]]:
    """Two processes, as far as the database can tell, on each kind of database."""
    clock = ManualClock(auto=True)
    first, second = Database(place, clock), Database(place, clock)
    yield Node(first, clock), Node(second, clock)
    await first.close()
    await second.close()


@pytest.fixture
def settings(sqlite_template: Path, sqlite_place: Place, tmp_path: Path) -> Settings:
    """An engine on free ports that watches a provider nobody answers for."""
    return Settings.model_validate(
        {
            "database": {"url": sqlite_place.url},
            "spool": {"path": str(tmp_path / "spool.db")},
            "instances": [
                {
                    "name": "main",
                    "url": "http://127.0.0.1:9",
                    "webhook_token": TOKEN,
                    "workspaces": [{"id": 12, "api_key": "12|key-of-northwind"}],
                }
            ],
            "listener": {"port": 0},
            "api": {"port": 0, "tokens": [{"name": "ops", "role": "operator", "token": OPERATOR}]},
        }
    )
