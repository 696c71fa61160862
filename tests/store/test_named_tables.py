"""The three tables that other programs rely on, whole rows: no two neighbours hold the same, so that none can take another's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bisonwatch.domain.changes import Answer, Changes, Contact, LeadNews
from bisonwatch.domain.event import Lead
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.snapshot import Figures
from bisonwatch.domain.stage import Marks
from bisonwatch.store import leads, metrics, mirror, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.metrics import MonthRow
from bisonwatch.store.tx import Tx
from tests.support import outside
from tests.support.mirrored import account, put_accounts
from tests.support.news import NOON, NORTHWIND, at, sighting

KEY = {"instance": "main", "workspace_id": 12}


def stored(database: Database, moment: datetime) -> object:
    """A moment as the table holds it."""
    return round(moment.timestamp() * 1_000_000) if database.dialect.one_writer else moment


async def whole(database: Database, table: str) -> list[dict[str, Any]]:
    return await outside.reads(database, f"SELECT * FROM {table} ORDER BY workspace_id")


async def test_a_row_of_the_registry(database: Database) -> None:
    """Our name and the provider's, when it was said, the target, the limit of all accounts, and when it was first seen."""
    await put_accounts(database, account(1, limit=30), account(2, limit=25))
    await outside.does(database, "DELETE FROM client_registry")
    async with database.write() as tx:
        await workspaces.see(tx, WorkspaceKey("main", 31), "Desk", NOON)
        await workspaces.see(tx, NORTHWIND, "Old Desk", at(1), seen_at=at(2))
        await workspaces.see(tx, NORTHWIND, "Desk", at(3), seen_at=at(4))
        await workspaces.set_target(tx, NORTHWIND, 40)
        await workspaces.set_daily_limit(tx, NORTHWIND)
    row, _other = await whole(database, "client_registry")
    assert row == KEY | {
        "workspace_name": "Desk (main/12)",
        "provider_name": "Desk",
        "name_known_at": stored(database, at(3)),
        "active": True,
        "kpi_target": 40,
        "daily_limit": 55,
        "first_seen_at": stored(database, at(2)),
    }


WHO = Lead(
    *(870052, "palle@molar.example", "Palle", "Stenmark", "Bright Molar", "Owner", "unverified"),
    (("Phone", "+45 0000"), ("State", "NY")),
)
MARKS = Marks(
    contacted_at=at(1), replied_at=at(2), interested_at=at(3), bounced_at=at(4), unsubscribed_at=at(5)
)
FULL = LeadNews(
    NORTHWIND,
    WHO,
    Version(at(6), SourceRank.READ, 77),
    MARKS,
    Contact(Version(at(7), SourceRank.EVENT, 78), 44, 55),
    Answer(Version(at(8), SourceRank.EVENT, 79), 553),
)
BARE = LeadNews(
    NORTHWIND,
    Lead(None, WHO.email, None, None, None, None, None, ()),
    Version(NOON, SourceRank.EVENT, 1),
    Marks(),
)


@pytest.mark.parametrize("before", [(), (BARE,)], ids=["new", "known"])
async def test_a_row_of_a_lead(database: Database, before: tuple[LeadNews, ...]) -> None:
    """Who it is, its stages, when it turned, the last that wrote and answered, and how new all that is; new or known before."""
    for news in (*before, FULL):
        async with database.write() as tx:
            await mirror.write(tx, Changes(sightings=(sighting(),), leads=(news,)), at(9))
    async with database.write() as tx:
        await leads.set_stage(tx, NORTHWIND, WHO.email, "won")
    (row,) = await whole(database, "client_leads")
    moments = {name: stored(database, getattr(MARKS, name)) for name in MARKS.__dataclass_fields__}
    assert row == KEY | moments | {
        "lead_email": "palle@molar.example",
        "workspace_name": "Northwind Desk",
        "lead_id": 870052,
        "first_name": "Palle",
        "last_name": "Stenmark",
        "company": "Bright Molar",
        "title": "Owner",
        "phone": "+45 0000",
        "state": "NY",
        "status": "unverified",
        "pipeline_stage": "won",
        "stage_author": "person",
        "auto_stage": "interested",
        "campaign_id": 44,
        "sender_email_id": 55,
        "contact_known_at": stored(database, at(7)),
        "contact_sequence": 78,
        "reply_id": 553,
        "date_received": stored(database, at(8)),
        "known_at": stored(database, at(6)),
        "known_rank": int(SourceRank.READ),
        "known_sequence": 77,
        "updated_at": stored(database, at(9)),
    }


async def publish(tx: Tx, name: str, row: MonthRow, minute: float) -> None:
    await metrics.publish(tx, [row], {NORTHWIND: name}, at(minute))


@pytest.mark.parametrize("before", [None, Figures(), Figures(91, 92, 93, 94, 95, 96, 97)])
async def test_a_row_of_the_month(database: Database, before: Figures | None) -> None:
    """Each figure under each of its names, whatever the row said before; an older reading changes none of them."""
    month = MonthRow(NORTHWIND, Figures(20, 7, 6, 5, 4, 3, 2), at(1), at(2), "poll")
    async with database.write() as tx:
        if before is not None:
            await publish(tx, "Old", MonthRow(NORTHWIND, before, None, None, "webhook"), 3)
        await publish(tx, "Desk", month, 4)
        await publish(tx, "Late", replace(month, figures=Figures(9, 9, 9, 9, 9, 9, 9)), 3.9)
    (row,) = await whole(database, "client_metrics")
    assert row == KEY | {
        "metric_type": "mtd",
        "workspace_name": "Desk",
        "emails_sent_mtd": 20,
        "opens_mtd": 7,
        "replies_mtd": 6,
        "interested_mtd": 4,
        "positive_replies_mtd": 4,
        "bounces_mtd": 3,
        "bounced_mtd": 3,
        "unsubscribes_mtd": 2,
        "unsubscribed_mtd": 2,
        "last_webhook_update_at": stored(database, at(1)),
        "last_poll_update_at": stored(database, at(2)),
        "update_source": "poll",
        "updated_at": stored(database, at(4)),
    }
