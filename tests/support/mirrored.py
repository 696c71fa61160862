"""A small mirror of one workspace, made by the store's own functions, for who reads it by the old names. Its moments are around now:
the views ask the database's own clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from bisonwatch.domain.account import Account, AccountStatus
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Outcome, Run, RunState, Tally
from bisonwatch.domain.totals import Totals
from bisonwatch.store import accounts, nodes, runs, workspaces
from bisonwatch.store.accounts import Labelled
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from bisonwatch.store.tx import Tx
from tests.support import outside
from tests.support.news import NORTHWIND

NAME = "Northwind Desk"
LIMIT = 3


def ago(seconds: float = 0, *, now: datetime | None = None) -> datetime:
    return (now or datetime.now(UTC)) - timedelta(seconds=seconds)


def read(moment: datetime | None, database: Database) -> datetime | str | None:
    """How another program reads a moment."""
    if moment is None or not database.dialect.one_writer:
        return moment
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def registered(tx: Tx, key: WorkspaceKey = NORTHWIND, name: str = NAME) -> None:
    await workspaces.see(tx, key, name, ago(9000))


def account(
    number: int,
    *,
    status: AccountStatus = AccountStatus.CONNECTED,
    provider: str = "google",
    sent: int = 200,
    replied: int = 5,
    known_at: datetime | None = None,
    limit: int = 40,
    workspace: WorkspaceKey = NORTHWIND,
) -> Labelled:
    found = Account(
        workspace,
        number,
        f"desk{number}@northwind.example",
        "Desk",
        status,
        "google_workspace_oauth",
        ("Mailforge", "warm"),
        limit,
        True,
        sent,
        replied,
        3,
        known_at or ago(60),
    )
    return Labelled(found, provider, "Mailforge")


async def put_accounts(database: Database, *items: Labelled) -> None:
    async with database.write() as tx:
        await registered(tx)
        await accounts.write(tx, items)


async def alive(tx: Tx, *, seen_at: datetime | None = None, limit: int | None = LIMIT) -> None:
    """A living engine."""
    seen = seen_at or ago()
    node = Node(uuid7(seen), "sync-1", "0", 1, seen, seen, None, True, None, {"backlog_limit": limit})
    await nodes.beat(tx, node)


async def ran(
    tx: Tx,
    outcome: Outcome | None,
    started: datetime,
    took: float = 2.5,
    workspace: WorkspaceKey | None = None,
    error: str | None = None,
    went: tuple[int | None, int | None] = (None, None),
    met: Mapping[WorkspaceKey, int] | None = None,
) -> UUID:
    """A run over accounts that began; without an outcome it still runs. `went`: over how many workspaces, and in how many it failed."""
    run = Run(
        uuid7(started), Job.ACCOUNTS, workspace, (), "tests", RunState.QUEUED, started - timedelta(seconds=1)
    )
    await runs.queue(tx, [run])
    (taken,) = await runs.take(tx, uuid7(started), started, [run.id])
    if outcome is not None:
        tally = Tally(
            rows_read=433, rows_written=12, rows_unchanged=420, rows_removed=7, requests=30, retries=2
        )
        tally = replace(tally, workspaces=went[0], workspaces_failed=went[1])
        tally = replace(tally, totals=Totals.of(met) if met else None)
        await runs.finish(tx, taken, outcome, tally, error, started + timedelta(seconds=took))
    return run.id


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Exact numbers as floats; JSON text (SQLite) as what it says."""
    values = {key: float(value) if isinstance(value, Decimal) else value for key, value in row.items()}
    for key in ("tags", "account_data", "summary"):
        if isinstance(values.get(key), str):
            values[key] = json.loads(values[key])
    return values


async def view(database: Database, name: str, order: str = "1") -> list[dict[str, Any]]:
    """Its rows as another program reads them."""
    return [plain(row) for row in await outside.reads(database, f"SELECT * FROM {name} ORDER BY {order}")]
