"""What other programs read, row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.delivery import Effect
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome
from bisonwatch.store import accounts, inbox, letters, provider_days, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.inbox import Done, Failure
from tests.support import outside
from tests.support.house import delivery
from tests.support.mirrored import NAME, account, ago, put_accounts, ran, read, registered, view
from tests.support.news import NORTHWIND

OTHER = WorkspaceKey("main", 31)


async def test_accounts_as_a_cache_of_senders(database: Database) -> None:
    """One row per account that is there; a rate is in percent, and unknown while nothing was sent."""
    known = ago(60)
    await put_accounts(
        database,
        account(1, known_at=known),
        account(2, known_at=known, sent=0, replied=0, status=AccountStatus.DISCONNECTED),
        account(3, known_at=known),
    )
    async with database.write() as tx:
        await accounts.gone(tx, NORTHWIND, 3, ago())
    first, second = await view(database, "sender_emails_cache")
    assert first == {
        "email": "desk1@northwind.example",
        "workspace_name": NAME,
        "provider": "google",
        "reseller": "Mailforge",
        "status": "connected",
        "sends": 200,
        "replies": 5,
        "bounces": 3,
        "reply_rate_percentage": 2.5,
        "daily_limit": 40,
        "tags": ["Mailforge", "warm"],
        "updated_at": read(known, database),
    }
    assert (second["email"], second["status"], second["reply_rate_percentage"]) == (
        "desk2@northwind.example",
        "disconnected",
        None,
    )


async def test_accounts_as_they_were_synced(database: Database) -> None:
    """The cache tells read, stale and removed apart; live ones are those read in the last two hours."""
    known, old = ago(60), ago(7300)
    await put_accounts(
        database, account(1, known_at=known), account(2, known_at=old), account(3, known_at=known)
    )
    async with database.write() as tx:
        await accounts.gone(tx, NORTHWIND, 3, ago())
    cache = await view(database, "email_accounts_cache", "bison_id")
    data = {"id": 1, "email": "desk1@northwind.example", "name": "Desk", "status": "connected"}
    data |= {
        "type": "google_workspace_oauth",
        "provider": "google",
        "reseller": "Mailforge",
        "daily_limit": 40,
    }
    data |= {"warmup_enabled": True, "tags": ["Mailforge", "warm"], "sends": 200, "replies": 5, "bounces": 3}
    first = {
        "email_address": "desk1@northwind.example",
        "bison_id": 1,
        "workspace_id": 12,
        "workspace_name": NAME,
        "bison_instance": "main",
        "account_data": data,
        "sync_status": "success",
        "last_synced_at": read(known, database),
    }
    assert cache[0] == first
    assert [(row["sync_status"], row["last_synced_at"]) for row in cache] == [
        ("success", read(known, database)),
        ("stale", read(old, database)),
        ("removed", read(known, database)),
    ]
    assert await view(database, "email_accounts_live") == [first]


async def test_runs_over_accounts(database: Database) -> None:
    """Each run that began is a row; what is not known is NULL, and a stopped run is a failed one."""
    began = datetime(2026, 11, 20, 12, 0, 0, 250_000, UTC)
    async with database.write() as tx:
        await ran(
            tx,
            Outcome.PARTIAL,
            began,
            error="main/13: no answer",
            went=(27, 3),
            met={NORTHWIND: 400, WorkspaceKey("eu", 7): 33},
        )
        await ran(tx, Outcome.FAILED, ago(900), workspace=NORTHWIND, error="no answer")
        await ran(tx, Outcome.CANCELLED, ago(800))
        await ran(tx, Outcome.SUCCESS, ago(700), went=(27, 0))
        await ran(tx, Outcome.SUCCESS, ago(650), workspace=NORTHWIND)
        await ran(tx, None, ago(600))
    first, *others = await view(database, "email_sync_logs")
    summary = {"outcome": "partial", "asked_by": "tests", "rows_written": 12, "rows_unchanged": 420}
    assert first == {
        "started_at": read(began, database),
        "completed_at": read(began.replace(second=2, microsecond=750_000), database),
        "duration_seconds": 2.5,
        "status": "partial",
        "total_accounts_fetched": 433,
        "total_workspaces_processed": 27,
        "workspaces_failed": 3,
        "errors": "main/13: no answer",
        "summary": {
            **summary,
            "rows_removed": 7,
            "requests": 30,
            "retries": 2,
            "share": 0,
            "shares": 1,
            "totals": {"instances": {"eu": 33, "main": 400}, "workspaces": {"main/12": 400, "eu/7": 33}},
        },
    }
    told = ("status", "total_workspaces_processed", "workspaces_failed", "errors")
    assert [tuple(row[name] for name in told) for row in others] == [
        ("failed", 1, 1, "no answer"),
        ("failed", None, None, None),
        ("success", 27, 0, None),
        ("success", 1, 0, None),
        ("running", None, None, None),
    ]
    assert others[0]["summary"]["totals"] is None
    assert (others[1]["summary"]["outcome"], others[4]["duration_seconds"]) == ("cancelled", None)


async def test_the_series_of_providers(database: Database) -> None:
    """A day's rows are what the accounts say now: one whose tag changed leaves nothing behind, earlier days stay."""
    await put_accounts(database, account(1), account(2, sent=100, replied=0), account(3, provider="other"))
    yesterday, today = date(2026, 11, 19), date(2026, 11, 20)
    async with database.write() as tx:
        await provider_days.record(tx, yesterday)
        await provider_days.record(tx, today)
        await accounts.write(tx, [account(3, sent=300, replied=3)])
        await provider_days.record(tx, today, OTHER)
        await provider_days.record(tx, today, NORTHWIND)
    rows = await view(database, "provider_performance_history", "day, provider")
    row = {"workspace_name": NAME, "provider": "google", "total_accounts": 2, "sends": 300, "replies": 5}
    old = str(yesterday) if database.dialect.one_writer else yesterday
    new = str(today) if database.dialect.one_writer else today
    assert rows == [
        {"day": old, **row, "reply_rate": 1.67},
        {"day": old, **row, "provider": "other", "total_accounts": 1, "sends": 200, "reply_rate": 2.5},
        {"day": new, **row, "total_accounts": 3, "sends": 600, "replies": 8, "reply_rate": 1.33},
    ]


async def test_what_a_workspace_may_send(database: Database) -> None:
    """The registry's daily limit is the sum over connected accounts, capped at what the column holds; without any it is unknown."""
    limits = []
    for item in (
        account(1),
        account(2, limit=2**31),
        account(2, status=AccountStatus.DISCONNECTED, known_at=ago()),
    ):
        await put_accounts(database, item)
        async with database.write() as tx:
            await workspaces.set_daily_limit(tx, NORTHWIND)
        limits += [
            row["daily_limit"] for row in await outside.reads(database, "SELECT * FROM client_registry")
        ]
    async with database.write() as tx:
        await accounts.gone(tx, NORTHWIND, 1, ago())
        await workspaces.set_daily_limit(tx, NORTHWIND)
    limits += [row["daily_limit"] for row in await outside.reads(database, "SELECT * FROM client_registry")]
    assert limits == [40, 2**31 - 1, 40, None]


async def test_the_log_of_webhooks(database: Database) -> None:
    """Processed, failed, to be tried again, not yet tried, and put away; the payload as it came, unknown once it is gone."""
    came = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    items = [delivery(b'{"who": "Zo\xc3\xab"}', came.replace(minute=n), workspace_id=12) for n in range(5)]
    done, dead, again, _fresh, away = items
    ended = came.replace(second=1, microsecond=500_000)
    async with database.write() as tx:
        await registered(tx)
        await inbox.put(tx, items)
        await inbox.finish(tx, [Done(done.id, 12, "email_sent", Effect.APPLIED, "Zoë")], ended)
        gone = Failure(dead.id, "no workspace", 5, None)
        await inbox.fail(tx, [gone, Failure(again.id, "deadlock", 1, ended)], came.replace(minute=2))
        await inbox.fail(tx, [Failure(away.id, "no workspace", 5, None)], came.replace(minute=5))
        await letters.discard(tx, [away.id], came.replace(minute=6))
    await outside.does(database, "DELETE FROM bodies WHERE id = :id", id=key(database, dead.id))
    first, *others = await view(database, "webhook_delivery_log", "received_at")
    assert first == {
        "id": str(done.id) if database.dialect.one_writer else done.id,
        "event_type": "email_sent",
        "workspace_name": NAME,
        "payload": '{"who": "Zoë"}',
        "status": "success",
        "success": True,
        "error_message": None,
        "processing_time_ms": 1500,
        "received_at": read(came, database),
        "created_at": read(came, database),
    }
    told = ("status", "success", "error_message", "processing_time_ms", "payload")
    assert [tuple(row[name] for name in told) for row in others] == [
        ("failed", False, "no workspace", 60_000, None),
        ("retry", None, "deadlock", None, '{"who": "Zoë"}'),
        (None, None, None, None, '{"who": "Zoë"}'),
        ("failed", False, "no workspace", 120_000, '{"who": "Zoë"}'),
    ]


def key(database: Database, found: Any) -> Any:
    return found.bytes if database.dialect.one_writer else found
