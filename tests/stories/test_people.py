"""What a person sets or asks for."""

from __future__ import annotations

import asyncio
from uuid import UUID

from bisonwatch.domain.run import Job, Outcome, Part, Tally
from bisonwatch.simulator.faults import NONE, ApiFaults
from bisonwatch.store import leads
from bisonwatch.store.leads import StoredLead
from tests.support.story import Story

SLOW = NONE.with_api(ApiFaults(latency=0.4))
"""Every answer moves the clock, so that progress is written on the way."""


async def lead_of(told: Story, number: int, email: str) -> StoredLead:
    async with told.engine.database.read() as tx:
        found = await leads.get(tx, told.key(number), email)
    assert found is not None
    return found


async def test_a_qualified_lead_stays_qualified(told: Story) -> None:
    """Its stage survives an event that would mean another, a poll and a resync; the marks move on."""
    number = told.busiest
    email = min(await told.marks(number))
    async with told.engine.database.write() as tx:
        assert await leads.set_stage(tx, told.key(number), email, "qualified")
    told.world.interested(number, email)
    await told.pass_time(360)
    await told.ask(Job.RESYNC, number)
    await told.quiet_down()
    lead = await lead_of(told, number, email)
    assert (lead.pipeline_stage, lead.stage_author) == ("qualified", "person")
    assert lead.marks.interested_at is not None


async def progress(told: Story, run: UUID, cancel_at: int | None = None) -> list[Tally]:
    """Every tally the run's row shows until it is over."""
    assert await told.engine.runner.take() >= 1
    seen: list[Tally] = []
    while not (now := await told.run_of(run)).over:
        if now.tally != Tally() and now.tally not in seen:
            seen.append(now.tally)
        if cancel_at is not None and now.tally.done >= cancel_at and not now.cancel_asked:
            assert await told.engine.requests.cancel(run)
    await told.engine.runner.idle()
    return [*seen, now.tally]


async def test_a_resync_tells_how_far_it_is(told: Story) -> None:
    """Its row grows towards a total, and the screen names it while it runs."""
    told.world.rate = 0.0
    told.faults.set(SLOW)
    [run] = await told.ask(Job.RESYNC, told.busiest)
    tallies = await progress(told, run)
    assert len(tallies) > 3
    assert [t.done for t in tallies] == sorted(t.done for t in tallies)
    ended = await told.run_of(run)
    assert ended.outcome is Outcome.SUCCESS
    assert ended.tally.done == ended.tally.total
    assert ended.tally.rows_read >= len(told.world.workspaces[told.busiest].leads)
    await told.look()
    assert "a person" in {shown.run.asked_by for shown in told.picture.runs}


async def test_a_resync_can_be_stopped(told: Story) -> None:
    """It ends as cancelled, short of its total, and what it read stays."""
    told.faults.set(SLOW)
    [run] = await told.ask(Job.RESYNC, told.busiest)
    await progress(told, run, cancel_at=1)
    ended = await told.run_of(run)
    assert ended.outcome is Outcome.CANCELLED
    assert 0 < ended.tally.done < (ended.tally.total or 0)
    assert not await told.engine.requests.cancel(run)


async def test_a_queued_run_is_cancelled_at_once(told: Story) -> None:
    """Nobody has to take it first."""
    [run] = await told.ask(Job.RESYNC, told.busiest)
    assert await told.engine.requests.cancel(run)
    assert (await told.run_of(run)).outcome is Outcome.CANCELLED
    assert await asyncio.wait_for(told.engine.runner.take(), 5) == 0


async def test_a_preview_says_what_a_resync_costs(told: Story) -> None:
    """Rows from the mirror's own counts, requests and seconds from them; the provider is not asked."""
    key = told.key(told.busiest)
    cost = await told.engine.requests.preview((key,), (Part.ACCOUNTS,))
    accounts = told.row(told.busiest).accounts
    assert accounts is not None
    assert (cost.workspaces, cost.rows) == (1, accounts.total)
    assert cost.requests >= 2
