from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest

from bisonwatch.domain.backfill import Order
from bisonwatch.domain.delivery import Bodies
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState
from bisonwatch.engine.upkeep import Upkeep
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import runs
from bisonwatch.store.retention import Keep
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.recorder import SCHEDULE, RunRecorder, Workers
from bisonwatch.sync.settings import Settings
from tests.sync.conftest import House
from tests.sync.provider import Space, lead, minutes


def recorder(house: House) -> RunRecorder:
    workers = Workers(
        house.poller,
        Discovery(house.database, house.providers, house.clock, house.bus),
        house.accounts,
        house.campaigns,
        house.leads,
        house.reports,
        house.resync,
        Upkeep(house.database, house.clock, Keep(), Bodies.TEXT).run,
        house.pushing,
        house.consistency,
        house.resync,
        Settings(house.database, house.providers, house.bus),
        house.backfill,
    )
    return RunRecorder(house.database, house.clock, house.bus, workers)


async def taken(
    house: House,
    job: Job,
    workspace: WorkspaceKey | None = None,
    parts: Sequence[Part] = (),
    by: str = SCHEDULE,
) -> Run:
    now = house.clock.now()
    order = Order(now.date() - timedelta(days=20), now.date()) if job is Job.BACKFILL else None
    run = Run(uuid7(now), job, workspace, tuple(parts), by, RunState.QUEUED, now, order=order)
    async with house.database.write() as tx:
        await runs.queue(tx, [run])
        return (await runs.take(tx, uuid7(now), now, [run.id]))[0]


async def stored(house: House, run: Run) -> Run:
    async with house.database.read() as tx:
        found = await runs.get(tx, run.id)
    assert found is not None
    return found


@pytest.mark.parametrize("job", list(Job))
@pytest.mark.parametrize("alone", [True, False])
async def test_every_job_leaves_a_run(house: House, northwind: Space, job: Job, alone: bool) -> None:
    """Each job, for one workspace and for all, ends with an outcome and its figures."""
    northwind.mailboxes(3)
    northwind.sent(1, house.clock.now() - minutes(10))
    run = await taken(house, job, northwind.key if alone else None)
    await recorder(house).run(run)
    found = await stored(house, run)
    assert (found.state, found.outcome, found.error) == (RunState.DONE, Outcome.SUCCESS, None)
    unasked = (Job.DISCOVER, Job.UPKEEP, Job.CANARY, Job.SETTINGS)
    assert found.tally.requests + (job in unasked) > 0


async def test_a_failure_is_one_line(house: House, northwind: Space) -> None:
    """A run over one workspace that fails has failed, and says why; nothing is raised."""
    house.provider.fault = lambda _request: httpx.Response(503, text="<html>\n</html>")
    run = await taken(house, Job.ACCOUNTS, northwind.key)
    await recorder(house).run(run)
    found = await stored(house, run)
    assert (found.outcome, found.error) == (
        Outcome.FAILED,
        "send.example GET /api/users: answered 503",
    )


async def test_one_failing_workspace_is_partial(house: House, cobalt: Space) -> None:
    """The others were done."""
    house.provider.keys.pop("key-of-12")
    run = await taken(house, Job.POLL)
    await recorder(house).run(run)
    found = await stored(house, run)
    assert (found.outcome, found.tally.done, found.tally.total) == (Outcome.PARTIAL, 1, 2)


async def test_a_poll_that_a_person_asked_walks_all(house: House) -> None:
    """The schedule's poll walks what is due; a person's walks everything."""
    worker = recorder(house)
    for by, expected in ((SCHEDULE, 2), (SCHEDULE, 0), ("ops", 2)):
        run = await taken(house, Job.POLL, by=by)
        done = await worker.run(run)
        assert done is not None
        assert done.tally.done == expected


async def test_a_stop_ends_the_run_at_its_next_page(house: House, northwind: Space) -> None:
    """Whoever asks a running resync to stop sees it end as cancelled, with what it had read."""
    northwind.leads = [lead(n) for n in range(600, 0, -1)]
    run = await taken(house, Job.RESYNC, northwind.key, [Part.LEADS])
    async with house.database.write() as tx:
        await runs.ask_cancel(tx, run.id, house.clock.now())
    await recorder(house).run(run)
    found = await stored(house, run)
    assert found.outcome is Outcome.CANCELLED
    assert 0 < found.tally.done < 600
    assert found.tally.total == 600


async def test_a_run_that_we_leave_is_left_to_others(house: House, northwind: Space) -> None:
    """When the process stops, the run stays taken, so that the next start or another node does it."""
    waiting = asyncio.Event()

    async def never(_run: Run, _writer: object) -> None:
        waiting.set()
        await asyncio.Event().wait()

    worker = recorder(house)
    worker._jobs = {Job.POLL: never}  # type: ignore[dict-item]
    run = await taken(house, Job.POLL)
    task = asyncio.create_task(worker.run(run))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await stored(house, run)).state is RunState.RUNNING


async def test_a_run_that_another_node_took_is_left_to_it(
    house: House, northwind: Space, caplog: pytest.LogCaptureFixture
) -> None:
    """It stops at its next step, writes nothing more of the run, and says so once."""
    northwind.leads = [lead(n) for n in range(600, 0, -1)]
    run = await taken(house, Job.RESYNC, northwind.key, [Part.LEADS])
    now = house.clock.now()
    async with house.database.write() as tx:
        await runs.rescue(tx, now, uuid7(now))
        (other,) = await runs.take(tx, uuid7(now), now, [run.id])
    assert await recorder(house).run(run) is None
    assert await stored(house, run) == other
    assert caplog.text.count("was given to another node") == 1


async def test_the_end_is_written_however_long_the_database_is_away(
    house: House, northwind: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run without an end would keep its job busy for ever."""
    plain, refusals = runs.finish, iter(range(20))

    async def late(*given):  # type: ignore[no-untyped-def]
        if next(refusals, None) is not None:
            raise StoreUnavailable
        await plain(*given)

    monkeypatch.setattr(runs, "finish", late)
    run = await taken(house, Job.POLL, northwind.key)
    await recorder(house).run(run)
    assert (await stored(house, run)).outcome is Outcome.SUCCESS


async def test_progress_is_written_twice_a_second_at_most(house: House, northwind: Space) -> None:
    """A thousand pages are not a thousand writes."""
    northwind.leads = [lead(n) for n in range(600, 0, -1)]
    written: list[int] = []
    plain = runs.progress

    async def counted(tx, run_id, tally):  # type: ignore[no-untyped-def]
        written.append(tally.done)
        return await plain(tx, run_id, tally)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "progress", counted)
        await recorder(house).run(await taken(house, Job.RESYNC, northwind.key, [Part.LEADS]))
    assert 1 <= len(written) <= 3
