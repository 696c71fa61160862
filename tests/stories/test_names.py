"""Other programs at the mirror's database, on Postgres, where a portal works."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bisonwatch.domain.run import Job
from bisonwatch.store.place import Place
from tests.support import outside
from tests.support.story import START, Story, story


@pytest.fixture
async def served(postgres_place: Place) -> AsyncIterator[Story]:
    async with story(postgres_place) as begun:
        yield begun


async def test_a_run_asked_for_in_sql_is_done(served: Story) -> None:
    """A living engine takes it; it walks every workspace with a sweep, and the names tell of it."""
    database = served.engine.database
    await outside.does(database, "SELECT trigger_email_cache_sync()")
    await served.pass_time(60)
    (log,) = await outside.reads(
        database, "SELECT * FROM email_sync_logs WHERE summary ->> 'asked_by' = 'trigger_email_cache_sync()'"
    )
    accounts = await outside.reads(database, "SELECT count(*) AS n FROM email_accounts_cache")
    assert (log["status"], [{"n": log["total_accounts_fetched"]}]) == ("success", accounts)
    assert (log["total_workspaces_processed"], log["workspaces_failed"]) == (len(served.world.workspaces), 0)
    series = "SELECT DISTINCT day, sum(total_accounts) OVER () AS n FROM provider_performance_history"
    assert await outside.reads(database, series) == [{"day": START.date(), **accounts[0]}]


async def test_a_portals_stages_stay(served: Story) -> None:
    """Leads that a portal updates or inserts by name keep its stages through events, polls and a resync."""
    number = served.busiest
    marked = await served.marks(number)
    known, other = sorted(marked)[:2]
    fresh = min(email for email in served.world.workspaces[number].lead_by_email if email not in marked)
    database = served.engine.database
    (registered,) = await outside.reads(
        database, "SELECT workspace_name FROM client_registry WHERE workspace_id = :id", id=number
    )
    await outside.does(
        database, "UPDATE client_leads SET pipeline_stage = 'won' WHERE lead_email = :email", email=known
    )
    for email in (other, fresh):
        await outside.does(
            database,
            "INSERT INTO client_leads (workspace_name, lead_email, pipeline_stage) VALUES (:name, :email, 'won')"
            " ON CONFLICT (workspace_name, lead_email) DO UPDATE SET pipeline_stage = excluded.pipeline_stage",
            name=registered["workspace_name"],
            email=email,
        )
    for email in (known, other, fresh):
        served.world.interested(number, email)
    await served.pass_time(360)
    await served.ask(Job.RESYNC, number)
    await served.quiet_down()
    rows = await outside.reads(database, "SELECT * FROM client_leads WHERE pipeline_stage = 'won'")
    assert {row["lead_email"] for row in rows} == {known, other, fresh}
    assert {row["stage_author"] for row in rows} == {"person"}
    assert all(row["lead_id"] and row["interested_at"] for row in rows)


async def test_only_the_leader_keeps_the_series_going(told: Story) -> None:
    """On a day on which nobody can read accounts the leader writes the day's rows, and its capacity; another node writes nothing."""
    engine = told.engine
    await told.pass_time(60)
    await told.clock.advance(86_400)
    assert not await engine.days.once()
    await engine.leadership.once()
    assert await engine.days.once()
    days = await outside.reads(
        engine.database, "SELECT DISTINCT day FROM provider_performance_history ORDER BY day"
    )
    assert [row["day"] for row in days] == ["2026-09-14", "2026-09-15"]
    kept = await outside.reads(
        engine.database, "SELECT DISTINCT day FROM daily_reports WHERE metric = 'capacity' ORDER BY day"
    )
    assert kept == days
