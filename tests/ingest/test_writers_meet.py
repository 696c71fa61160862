"""Everybody who writes, at once, on one Postgres and over the same rows: they wait for each other, and never in a ring."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import pytest
from sqlalchemy import select, text

from bisonwatch.bus import Bus
from bisonwatch.cache.publish import Publisher
from bisonwatch.clock import SystemClock
from bisonwatch.domain.account import Account, AccountStatus
from bisonwatch.domain.delivery import Delivery
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.ingest.processor import Processor
from bisonwatch.store import tables, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx
from bisonwatch.store.watch import Watch
from bisonwatch.sync import leads as walked_leads
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.leads import Leads
from bisonwatch.sync.log_walk import Before, LogWalk, Toll
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.plan import Tempo
from bisonwatch.sync.providers import Providers
from tests.support import postgres
from tests.support.clock import ManualClock
from tests.support.house import body, delivery, house, processor
from tests.support.news import NOON, at, lead
from tests.support.waiting import until_done_or_waiting
from tests.support.webhooks import webhook

T = TypeVar("T")
Work = Callable[[], Coroutine[None, None, None]]
WORKSPACES = [WorkspaceKey("main", number) for number in (12, 13, 14)]
EMAILS = [f"lead{n}@molar.example" for n in range(30)]
SENDS, ROUNDS = 200, 8


class Writers:
    """One node's writers, each drawing what it writes in an order of its own."""

    def __init__(self, database: Database, clock: ManualClock, seed: int) -> None:
        self._database, self._clock, self._rng = database, clock, random.Random(seed)
        self._nobody, self._bus = Providers([]), Bus()

    def all(self) -> list[Work]:
        return [self.walk, self.leads, self.accounts, self.names, self.publish]

    async def walk(self) -> None:
        """The end of a walk of an event log."""
        key = self._rng.choice(WORKSPACES)
        before = Before(NOON, None, Watch(key), Toll())
        await LogWalk(self._database, self._bus, key, before, Tempo(), frozenset()).finish()

    async def leads(self) -> None:
        await self.some_leads(self._rng.choice(WORKSPACES))

    async def some_leads(self, key: WorkspaceKey) -> None:
        read = Version(at(self._rng.randrange(99)), SourceRank.READ, 1)
        news = [replace(lead(email), workspace=key, version=read) for email in self._mixed(EMAILS)]
        await Leads(self._database, self._nobody, self._bus)._write(key, news, Meter())

    async def accounts(self) -> None:
        key, read_at = self._rng.choice(WORKSPACES), at(self._rng.randrange(99))
        batch = [account(key, number, read_at) for number in self._mixed(range(60))]
        await Accounts(self._database, self._nobody, self._bus, Labels())._write(batch, Meter())

    async def names(self) -> None:
        """A discovery that renames: the name stands beside every lead."""
        names = {key: f"Desk {self._rng.randrange(1000)}" for key in self._mixed(WORKSPACES)}
        read_at = at(self._rng.randrange(99))
        await Discovery(self._database, self._nobody, self._clock, self._bus)._register(names, read_at)

    async def publish(self) -> None:
        await Publisher(self._database, self._bus, self._clock).once(None)

    def _mixed(self, items: Sequence[T]) -> list[T]:
        return self._rng.sample(items, len(items))


def account(workspace: WorkspaceKey, number: int, read_at: datetime) -> Account:
    email = f"sender{number}@try.example"
    return Account(
        workspace, number, email, None, AccountStatus.CONNECTED, "google", (), 15, None,
        read_at.minute, 0, 0, read_at,
    )  # fmt: skip


def deliveries(seed: int) -> list[Delivery]:
    """Of all workspaces, about few leads, within few minutes."""
    rng = random.Random(seed)
    bodies = [
        webhook(
            "email_sent",
            workspace=rng.choice(WORKSPACES).id,
            name="Desk",
            send=(number, at(-rng.randrange(3))),
            email=rng.choice(EMAILS),
            campaign=rng.randrange(4),
            campaign_name="Wave",
        )
        for number in range(1, SENDS + 1)
    ]
    return [delivery(body(each), at(-rng.randrange(3))) for each in bodies]


async def test_a_walk_of_leads_meets_a_rename(on_postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename between the walk's look at the name and its leads waits for them, and reaches them."""
    key, clock = WORKSPACES[0], ManualClock()
    async with on_postgres.write() as tx:
        await workspaces.see(tx, key, "Northwind Desk", NOON)
    renaming: list[asyncio.Task[None]] = []

    async def rename() -> None:
        async with on_postgres.write() as tx:
            await workspaces.see(tx, key, "Northwind North", at(1))

    async def late(tx: Tx, *given: object) -> None:
        renaming.append(asyncio.create_task(rename()))
        await until_done_or_waiting(on_postgres, renaming[0])
        await write(tx, *given)  # type: ignore[arg-type]

    write = walked_leads.leads.write
    monkeypatch.setattr(walked_leads.leads, "write", late)
    await Writers(on_postgres, clock, 1).some_leads(key)
    await renaming[0]
    async with on_postgres.read() as tx:
        names = await tx.rows(select(tables.client_leads.c.workspace_name).distinct())
    assert [row[0] for row in names] == ["Northwind North"]


async def test_no_two_writers_wait_for_each_other(
    on_postgres: Database, postgres_server: postgres.Server
) -> None:
    """Processors, walks, reads of leads and accounts, renames and published months of two nodes: no deadlock, nothing lost."""
    other = Database(on_postgres.place, SystemClock())
    async with house(on_postgres) as built:
        await built.put(*deliveries(7))

        async def again(work: Work) -> None:
            for _ in range(ROUNDS):
                await work()

        async def process(node: Processor) -> None:
            while await node.once():
                pass

        nodes = (on_postgres, other)
        working = [
            again(work)
            for seed, database in enumerate(nodes)
            for work in Writers(database, built.clock, seed).all()
        ]
        processing = [process(processor(database, built.clock, batch=20)) for database in nodes]
        await asyncio.gather(*working, *processing)
        assert {row.effect for row in await built.all()} == {"applied"}
        assert sum(row.n for row in await built.all(tables.daily_counts) if row.metric == "sent") == SENDS
    async with on_postgres.read() as tx:
        met = await tx.value(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )
    assert met == 0, postgres_server.log.read_text()[-4000:]  # tells who waited for whom
    await other.close()
