"""Everything the provider's news may come through, in any mixture, and what must hold at every moment meanwhile."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count
from random import Random
from typing import Any

import httpx
from sqlalchemy import select

from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import account_row, lead_row, log_row, reply_row, send_row
from bisonwatch.config.instances import Instance
from bisonwatch.domain.changes import fold_leads
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.stage import Marks, automatic
from bisonwatch.store import accounts, counts, leads, mirror, tables, watch, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.evidence import read
from bisonwatch.sync.hints import Hints
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.leads import Leads, news_of
from bisonwatch.sync.listed import Reading, of_replies, of_sends
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.providers import Providers, connected
from bisonwatch.sync.replies import Replies
from bisonwatch.sync.sends import Sends
from tests.properties.model import Happened, Model
from tests.support.house import House, delivery, house
from tests.sync.provider import URL, Provider, Row, Space

LABELS = Labels({"google": ["Google"]})
MARKS = ("contacted_at", "replied_at", "interested_at", "bounced_at", "unsubscribed_at")
_BASES = count(1)
Late = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Weather:
    """How bad the way is. `skew`: the provider's clock minus ours, in seconds."""

    drop: float = 0.2
    repeat: float = 0.3
    delays: tuple[int, ...] = (0, 0, 0, 30, 400, 4000)
    skew: int = 0
    door: float = 0.05
    """How many webhooks go through the real listener; the others straight into the inbox, for speed."""


@dataclass
class Way:
    """A model, the mirror beside it, and what is still on its way; `delivered` counts deliveries."""

    model: Model
    house: House
    providers: Providers
    weather: Weather
    rng: Random
    delivered: int = 0
    late: list[tuple[datetime, int, Late]] = field(default_factory=list)
    before: dict[object, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        database, clock = self.house.database, self.house.clock
        self.poller = Poller(database, self.providers, clock, self.house.bus)
        self.accounts = Accounts(database, self.providers, self.house.bus, LABELS)
        self.leads = Leads(database, self.providers, self.house.bus)
        self.replies = Replies(database, self.providers, self.house.bus)
        self.sends = Sends(database, self.providers, self.house.bus)
        self.hints = Hints(database, self.providers, clock, self.house.bus, LABELS)
        self._order = count()

    @property
    def skew(self) -> timedelta:
        return timedelta(seconds=self.weather.skew)

    async def live(self, things: int) -> None:
        """So many things happen at once, each told through some doors, now or later."""
        for _ in range(things):
            told = self.model.happen()
            if told is not None:
                self._send(told)
        if self.rng.random() < 0.7:
            self._stale_pages(self.rng.choice(self.model.spaces))
        if self.rng.random() < 0.7:
            self._stale_lists(self.rng.choice(self.model.spaces))
        await self.house.clock.advance(
            max(0.0, (self.model.now - self.skew - self.house.clock.now()).total_seconds())
        )
        await self.arrive()

    def _send(self, told: Happened) -> None:
        copies = 0 if self.rng.random() < self.weather.drop else 1
        while 0 < copies < 5 and self.rng.random() < self.weather.repeat:
            copies += 1
        for _ in range(copies):
            self._later(self._webhook(told))
        if self.rng.random() < 0.2:
            self._later(self._polled(told))

    def _later(self, thing: Late) -> None:
        due = self.model.now - self.skew + timedelta(seconds=self.rng.choice(self.weather.delays))
        heapq.heappush(self.late, (due, next(self._order), thing))

    def _webhook(self, told: Happened) -> Late:
        body = told.body

        async def come() -> None:
            self.delivered += 1
            if self.rng.random() < self.weather.door:
                assert (await self.house.post(body)).status == 200
            else:
                await self._put(delivery(body, self.house.clock.now()))

        return come

    def _polled(self, told: Happened) -> Late:
        async def come() -> None:
            self.delivered += 1
            await self._put(self.from_log(told.space, told.row))

        return come

    def from_log(self, space: Space, row: Row) -> Delivery:
        """A row of the event log as a walk puts it into the inbox."""
        now = self.house.clock.now()
        return read(log_row(row), self.model.key(space), now).delivery(now)

    async def _put(self, item: Delivery) -> None:
        self._waiting.append(item)

    def _stale_lists(self, space: Space) -> None:
        """As `_stale_pages`, of the inbox and the send ledger: a part of them, for its history or as a poll."""
        key, at = self.model.key(space), self.model.now
        source = self.rng.choice((Source.READ, Source.POLL))
        cut = self.rng.randrange(1, 60)
        replies = [reply_row(dict(row)) for row in space.replies[-cut:]]
        sends = [send_row(dict(row)) for row in space.sends[-cut:]]

        async def come() -> None:
            reading = Reading(key, at, self.house.clock.now(), source)
            for changes in (of_replies(replies, reading, {}), of_sends(sends, reading)):
                await self.house.database.again(
                    Lane.JOBS, partial(mirror.write, changes=changes, now=self.house.clock.now())
                )

        self._later(come)

    def _stale_pages(self, space: Space) -> None:
        """What a slow walk has read just now, and writes whenever it comes to it."""
        key, at = self.model.key(space), self.model.now
        mailboxes = [LABELS.of(account_row(dict(row), key, at)) for row in space.accounts.values()]
        rows = tuple(lead_row(dict(row)) for row in space.leads)
        page, name = Page(rows, (), (), None, None, at), space.name

        async def come() -> None:
            async with self.house.database.write() as tx:
                shown = await workspaces.see(tx, key, name, at)
                await accounts.write(tx, mailboxes)
                await leads.write(tx, fold_leads(news_of(page, key)), {key: shown}, self.house.clock.now())

        self._later(come)

    async def arrive(self) -> None:
        """What is due arrives, in any order within the moment; then everybody who looks, looks."""
        self._waiting: list[Delivery] = []
        due = []
        while self.late and self.late[0][0] <= self.house.clock.now():
            due.append(heapq.heappop(self.late)[2])
        self.rng.shuffle(due)
        for thing in due:
            await thing()
        for first in range(0, len(self._waiting), 500):
            await self.house.put(*self._waiting[first : first + 500])
        await self.house.drain()
        if self.rng.random() < 0.3:
            await self.hints.once()
        if self.rng.random() < 0.1:
            space = self.rng.choice(self.model.spaces)
            key, lists = self.model.key(space), (self.replies.walk, self.sends.walk)
            pages = (self.poller.walk, self.accounts.walk, self.leads.walk)
            walks: list[Callable[..., Coroutine[Any, Any, object]]] = [*pages, *lists]
            await self.rng.choice(walks)(key)
            await self.house.drain()
        await self.never_back()

    async def quiet(self) -> None:
        """Nothing happens any more; what is late arrives, every log is walked, and everything is read once."""
        await self._pass(timedelta(hours=2))
        await self.arrive()
        for space in self.model.spaces:
            rows = [self.from_log(space, row) for row in space.log]
            self.delivered += len(rows)
            for first in range(0, len(rows), 500):
                await self.house.put(*rows[first : first + 500])
                await self.house.drain()
            await self.poller.walk(self.model.key(space))
            await self.house.drain()
        while (await self.hints.once()) and await self.house.all(tables.hints):
            await self._pass(timedelta(minutes=20))
        for space in self.model.spaces:
            await self._read(space)
        await self.never_back()

    async def _read(self, space: Space) -> None:
        """One reconcile. Twice, since a drop of more than a tenth waits for a second walk that agrees."""
        key = self.model.key(space)
        for _ in range(2):
            await self._pass(timedelta(minutes=5))
            await self.accounts.walk(key)
        await self.leads.walk(key)
        await self.replies.walk(key)
        await self.sends.walk(key)
        async with self.house.database.write() as tx:
            await workspaces.see(tx, key, space.name, self.model.now)

    async def _pass(self, span: timedelta) -> None:
        self.model.now += span
        await self.house.clock.advance(span.total_seconds())

    # at every moment

    async def never_back(self) -> None:
        """Compared with the last look: no version is lower, no mark is lost or later, no count of a kind is less."""
        now = await self._look()
        for key, old in self.before.items():
            assert key in now, f"{key} is gone; it was {old}"
            assert now[key] >= old, f"{key} went back from {old} to {now[key]}"
        self.before = now

    async def _look(self) -> dict[object, tuple[Any, ...]]:
        found: dict[object, tuple[Any, ...]] = {}
        for row in await self._rows(tables.client_leads):
            key = (row.workspace_id, row.lead_email)
            found["lead", key] = (row.known_at, row.known_rank, row.known_sequence)
            for name in MARKS:
                if (at := getattr(row, name)) is not None:
                    found[name, key] = (-at.timestamp(),)  # only ever earlier
            assert row.auto_stage == automatic(_marks(row)).value
        for row in await self._rows(tables.accounts):
            found["account", row.id] = (row.known_at,)
            # each version has a greater counter, and none follows a removal: its id is not given again
            found["version of account", row.id] = (row.status == "removed", row.sent)
        for row in await self._rows(tables.campaigns):
            found["campaign", row.workspace_id, row.id] = (row.known_at, row.known_rank, row.known_sequence)
        for row in await self._rows(tables.client_registry):
            found["name", row.workspace_id] = (row.name_known_at,)
        for (space, _, metric), n in (await self.counted()).items():
            known = found.get(("count", space, metric), (0,))
            found["count", space, metric] = (known[0] + n,)
        return found

    async def _rows(self, table: Any) -> list[Any]:
        mine = table.c.workspace_id.in_([space.id for space in self.model.spaces])
        async with self.house.database.read() as tx:
            return list(await tx.rows(select(table).where(mine)))

    async def counted(self) -> dict[tuple[int, date, str], int]:
        async with self.house.database.read() as tx:
            found = await counts.counted(tx, date(2026, 1, 1), date(2028, 1, 1))
        mine = {space.id for space in self.model.spaces}
        return {
            (key.id, day, metric.value): n for (key, day, metric), n in found.items() if key.id in mine and n
        }

    # at the end

    async def is_true(self) -> None:
        """The mirror equals the model: days, facts, marks, stages, leads, accounts, names."""
        assert await self.counted() == self.model.days
        facts = await self._rows(tables.facts)
        assert sorted((row.workspace_id, row.type, row.at) for row in facts) == sorted(
            (space, metric, at) for (space, metric, _), at in self.model.facts.items()
        )
        await self._leads_are_true()
        await self._accounts_are_true()
        names = {row.workspace_id: row.provider_name for row in await self._rows(tables.client_registry)}
        assert names == {space.id: space.name for space in self.model.spaces}

    async def _leads_are_true(self) -> None:
        told = {(row.workspace_id, row.lead_email): row for row in await self._rows(tables.client_leads)}
        true = {
            (space.id, row["email"]): row["first_name"] for space in self.model.spaces for row in space.leads
        }
        assert {key: row.first_name for key, row in told.items()} == true
        for key, row in told.items():
            marks, wanted = _marks(row), self.model.marks.get(key, Marks())
            if key in self.model.undated and marks.unsubscribed_at and wanted.unsubscribed_at:
                # without a date of its own the receipt by our clock may be the earliest known
                assert (
                    wanted.unsubscribed_at - abs(self.skew) <= marks.unsubscribed_at <= wanted.unsubscribed_at
                )
                marks = replace(marks, unsubscribed_at=wanted.unsubscribed_at)
            assert marks == wanted, key

    async def _accounts_are_true(self) -> None:
        rows = await self._rows(tables.accounts)
        alive = {row.id: (row.status, row.sent) for row in rows if row.status != "removed"}
        assert alive == {
            number: (
                "connected" if row["status"] == "Connected" else "disconnected",
                row["emails_sent_count"],
            )
            for space in self.model.spaces
            for number, row in space.accounts.items()
        }


def _marks(row: Any) -> Marks:
    return Marks(**{name: getattr(row, name) for name in MARKS})


@asynccontextmanager
async def way(database: Database, rng: Random, weather: Weather, people: int = 8) -> AsyncIterator[Way]:
    """A model with ids that no other has used on this database, and everything that mirrors it."""
    async with house(database) as mirrored:
        start = mirrored.clock.now()
        database.clock = mirrored.clock
        skew = timedelta(seconds=weather.skew)
        model = Model(rng, start + skew, next(_BASES) * 100, people)
        provider = Provider(*model.spaces)

        def answer(request: httpx.Request) -> httpx.Response:
            found = provider._answer(request)
            found.headers["date"] = format_datetime(
                (mirrored.clock.now() + skew).astimezone(UTC), usegmt=True
            )
            return found

        chosen = [{"id": space.id, "api_key": f"key-of-{space.id}"} for space in model.spaces]
        instance = Instance.model_validate({"name": "main", "url": URL, "workspaces": chosen})
        transports = {"main": httpx.MockTransport(answer)}
        providers = connected([instance], mirrored.clock, transports=transports, environ={})
        try:
            async with database.write() as tx:
                for space in model.spaces:
                    await workspaces.see(tx, model.key(space), space.name, model.now)
                    await watch.subscribed(tx, model.key(space), start - timedelta(days=1))
            yield Way(model, mirrored, providers, weather, rng)
        finally:
            await providers.close()
