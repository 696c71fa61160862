"""The functions that people call, on Postgres."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.ids import uuid7
from bisonwatch.domain.run import Job, Outcome, Run, RunState
from bisonwatch.store import runs, tables
from bisonwatch.store.database import Database
from tests.support import outside
from tests.support.mirrored import account, ago, alive, plain, put_accounts, ran

TODAY = date(2026, 11, 20)


async def call(database: Database, function: str) -> list[dict[str, Any]]:
    return [plain(row) for row in await outside.reads(database, f"SELECT * FROM {function}()")]


async def test_accounts_by_provider_and_by_state(on_postgres: Database) -> None:
    """Accounts that are there, added up over all workspaces."""
    await put_accounts(
        on_postgres,
        account(1),
        account(2, sent=0, replied=0, status=AccountStatus.DISCONNECTED),
        account(3, provider="other", sent=0, replied=0),
        account(4, status=AccountStatus.REMOVED),
    )
    google = {"provider": "google", "total_accounts": 2, "connected_accounts": 1, "sends": 200, "replies": 5}
    other = {"provider": "other", "total_accounts": 1, "connected_accounts": 1, "sends": 0, "replies": 0}
    assert await call(on_postgres, "aggregate_provider_stats") == [
        google | {"bounces": 6, "reply_rate_percentage": 2.5},
        other | {"bounces": 3, "reply_rate_percentage": None},
    ]
    assert await call(on_postgres, "get_account_status_stats") == [
        {"status": "connected", "total_accounts": 2, "percentage": 66.67},
        {"status": "disconnected", "total_accounts": 1, "percentage": 33.33},
    ]


def day(back: int, workspace: int, provider: str, sent: int, replied: int) -> dict[str, object]:
    row = {"instance": "main", "workspace_id": workspace, "provider": provider, "accounts": 1}
    return row | {"day": TODAY - timedelta(days=back), "sent": sent, "replied": replied}


async def test_a_drop_of_the_reply_rate(on_postgres: Database) -> None:
    """A week's rate is that of what was sent in it; workspaces that came or lost accounts in a week do not disturb it."""
    series = [
        *[day(14, 12, "google", 1000, 100), day(7, 12, "google", 2000, 150), day(0, 12, "google", 3000, 180)],
        *[day(7, 13, "google", 900, 0), day(0, 13, "google", 100, 0)],
        *[day(0, 14, "google", 50_000, 50_000)],
        *[day(14, 12, "other", 0, 0), day(7, 12, "other", 100, 4), day(0, 12, "other", 200, 8)],
        *[day(0, 12, "microsoft", 10, 1)],
        *[day(14, 12, "fifth", 0, 0), day(7, 12, "fifth", 100, 10), day(0, 12, "fifth", 200, 18)],
    ]
    async with on_postgres.write() as tx:
        await tx.run(insert(tables.provider_days), series)
    told = ("current_reply_rate", "previous_reply_rate", "drop_percentage", "dropped")
    assert {
        row["provider"]: tuple(row[name] for name in told)
        for row in await call(on_postgres, "check_provider_reply_rate_drop")
    } == {
        "google": (3.0, 5.0, 40.0, True),
        "microsoft": (None,) * 4,
        "other": (4.0, 4.0, 0.0, False),
        "fifth": (8.0, 10.0, 20.0, False),
    }


def queued(number: int) -> Run:
    return Run(uuid7(ago(number)), Job.ACCOUNTS, None, (), "tests", RunState.QUEUED, ago(number))


async def test_how_the_accounts_job_does(on_postgres: Database) -> None:
    """Healthy is a run that ended well within the last hour; what never was is unknown."""
    (before,) = await call(on_postgres, "get_email_sync_health")
    assert before == dict.fromkeys(before) | {"runs_24h": 0, "failed_24h": 0, "is_healthy": False}
    async with on_postgres.write() as tx:
        await alive(tx)
        for outcome, started in (
            (Outcome.FAILED, ago(90_000)),
            (Outcome.SUCCESS, ago(3500)),
            (Outcome.FAILED, ago(60)),
        ):
            await ran(tx, outcome, started, error="no answer" if outcome is Outcome.FAILED else None)
    (health,) = await call(on_postgres, "get_email_sync_health")
    assert 58 < health.pop("minutes_since_success") < 59
    assert health.pop("last_success_at") < ago(3400)
    assert health == {"last_status": "failed", "runs_24h": 2, "failed_24h": 1, "is_healthy": True}
    async with on_postgres.write() as tx:
        await ran(tx, None, ago(30))
        await runs.queue(tx, [queued(n) for n in range(2)])
    (rhythm,) = await call(on_postgres, "get_email_cache_cron_status")
    assert rhythm.pop("last_finished_at") - rhythm.pop("last_started_at") == timedelta(seconds=2.5)
    assert rhythm == {
        "job": "accounts",
        "engine_running": True,
        "queued": 2,
        "running": 1,
        "last_status": "failed",
        "last_error": "no answer",
    }


async def ask(database: Database) -> UUID:
    async with database.write() as tx:
        found: UUID = await tx.value(text(f'SELECT "{tx.schema}".trigger_email_cache_sync()'))
    return found


async def test_asking_for_a_run_twice_queues_one(on_postgres: Database) -> None:
    """The run is over all workspaces; a second call gives the one that waits, a call while it runs queues the next."""
    first = await ask(on_postgres)
    assert await ask(on_postgres) == first
    async with on_postgres.write() as tx:
        (taken,) = await runs.take(tx, first, ago(), [first])
    assert (taken.id, taken.job, taken.workspace, taken.state) == (
        first,
        Job.ACCOUNTS,
        None,
        RunState.RUNNING,
    )
    assert await ask(on_postgres) != first
