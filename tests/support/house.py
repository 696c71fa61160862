"""The listener, the inbox and the processor around one database, with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Table, select

from bisonwatch.bus import Bus
from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.translate import parse, route
from bisonwatch.domain.delivery import Bodies, Delivery, Source
from bisonwatch.domain.ids import uuid7
from bisonwatch.ingest.inbox import Bounds, Inbox
from bisonwatch.ingest.listener import Door, Listener
from bisonwatch.ingest.processor import Processor
from bisonwatch.metrics import Listening, Processing
from bisonwatch.store import inbox as inbox_store
from bisonwatch.store.database import Database
from bisonwatch.store.tables import bodies as bodies_table
from bisonwatch.store.tables import inbox as inbox_table
from bisonwatch.store.tx import AnyRow
from tests.support import door
from tests.support.clock import ManualClock
from tests.support.news import NOON

FIXTURES = Path("tests/fixtures/webhooks")
MAX_BODY = 300_000


def fixture(name: str) -> bytes:
    """A webhook body as the provider sends it."""
    return (FIXTURES / f"{name}.json").read_bytes()


def body(raw: object) -> bytes:
    return json.dumps(raw).encode()


@dataclass
class House:
    """What a test may touch of a running ingest."""

    database: Database
    clock: ManualClock
    bus: Bus
    inbox: Inbox
    listener: Listener
    processor: Processor
    listening: Listening
    processing: Processing
    missed: list[str] = field(default_factory=list)

    async def post(
        self, content: bytes | dict[str, object] = b"{}", *args: str, **more: object
    ) -> door.Answer:
        return await door.post(self.listener, content, *args, **more)  # type: ignore[arg-type]

    async def put(self, *deliveries: Delivery) -> None:
        """Straight into the inbox, as a poll does."""
        async with self.database.write() as tx:
            await inbox_store.put(tx, deliveries)

    async def drain(self) -> None:
        """Process until nothing is due."""
        while await self.processor.once():
            pass

    async def all(self, table: Table = inbox_table) -> list[AnyRow]:
        return await everything(self.database, table)

    async def states(self) -> list[tuple[object, ...]]:
        """(state, type, effect, error) of each delivery, oldest first."""
        rows = await self.all()
        return [(row.state, row.type, row.effect, row.error) for row in rows]


async def everything(database: Database, table: Table) -> list[AnyRow]:
    """A whole table, by its key; deliveries with their bodies."""
    whole = select(table)
    if table is inbox_table:
        whole = select(table, bodies_table.c.body)
        whole = whole.join_from(table, bodies_table, bodies_table.c.id == table.c.id, isouter=True)
    async with database.read() as tx:
        return list(await tx.rows(whole.order_by(*table.primary_key.columns)))


def processor(database: Database, clock: ManualClock, *, batch: int = 500) -> Processor:
    return Processor(database, Bus(), clock, Processing(), batch=batch)


@asynccontextmanager
async def house(
    database: Database,
    *,
    doors: dict[str, Door] | None = None,
    bounds: Bounds | None = None,
    batch: int = 500,
    bodies: Bodies = Bodies.FULL,
) -> AsyncIterator[House]:
    """Everything running but the processor, which tests step by hand."""
    clock, bus, listening, processing = ManualClock(NOON, auto=True), Bus(), Listening(), Processing()
    inbox, missed = Inbox(database, bus, clock, bounds), []
    listener = Listener(
        doors or {"main": Door(door.TOKEN)},
        inbox,
        clock,
        listening,
        max_body=MAX_BODY,
        missed=missed.append,
    )
    worker = Processor(database, bus, clock, processing, bodies=bodies, batch=batch)
    writer = asyncio.create_task(inbox.run())
    try:
        yield House(database, clock, bus, inbox, listener, worker, listening, processing, missed)
    finally:
        inbox.close()
        await asyncio.gather(writer, return_exceptions=True)


def delivery(
    content: bytes,
    received_at: datetime = NOON,
    *,
    source: Source = Source.WEBHOOK,
    logged_at: datetime | None = None,
    workspace_id: int | None = None,
    canary: str | None = None,
) -> Delivery:
    """A delivery as a door would make it."""
    raw = parse(content)
    told = route(raw)
    return Delivery(
        uuid7(received_at),
        "main",
        told.workspace_id or workspace_id,
        told.type,
        source,
        received_at,
        content,
        content_hash(raw),
        logged_at,
        canary,
    )
