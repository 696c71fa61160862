from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import date
from itertools import pairwise

import httpx
import pytest

from bisonwatch.clients.bison.pace import Pace, Priority
from bisonwatch.domain.feed import Preview
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Outcome, Part, Tally
from bisonwatch.domain.share import Share
from bisonwatch.store import accounts, counts, leads
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.campaigns import Campaigns
from bisonwatch.sync.leads import Leads
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.replies import Replies
from bisonwatch.sync.reports import Reports, window
from bisonwatch.sync.resync import NIGHTLY, Readers, Resync
from bisonwatch.sync.sends import Sends
from bisonwatch.sync.stint import Restraint
from tests.sync.conftest import LABELS, House
from tests.sync.provider import Space, campaign, inbox_row, lead, minutes, send_row


async def test_a_resync_reads_everything_anew(house: House, northwind: Space) -> None:
    """Accounts, leads, the series and the event log, in one run that adds up."""
    northwind.mailboxes(31)
    northwind.leads = [lead(n) for n in range(450, 0, -1)]
    northwind.sent(9001, house.clock.now() - minutes(30))
    house.provider.series = [{"label": "Sent", "dates": [["2026-09-14", 7]]}]
    done = await house.resync.run(northwind.key)
    await house.process()
    assert (done.outcome, done.error) == (Outcome.SUCCESS, None)
    assert (done.tally.done, done.tally.total) == (482, 482)
    async with house.database.read() as tx:
        assert await accounts.count(tx, northwind.key) == 31
        assert await leads.count(tx, northwind.key) == 451
        assert await counts.total(tx, northwind.key, Metric.SENT) == 1
        day = house.clock.now().date()
        reported = await counts.reported(tx, day, day)
    assert reported[(northwind.key, day, Metric.SENT)].n == 7


async def test_a_persons_stage_survives(house: House, northwind: Space) -> None:
    """What a person set, and what events proved, stays; the description is renewed."""
    northwind.leads = [lead(1)]
    await house.resync.run(northwind.key, [Part.LEADS])
    async with house.database.write() as tx:
        await leads.set_stage(tx, northwind.key, "lead1@molar.example", "qualified")
    northwind.leads = [lead(1, name="Pelle")]
    await house.clock.advance(60)
    await house.resync.run(northwind.key, [Part.LEADS])
    async with house.database.read() as tx:
        found = await leads.get(tx, northwind.key, "lead1@molar.example")
    assert found is not None
    assert (found.pipeline_stage, found.stage_author, found.first_name) == ("qualified", "person", "Pelle")


async def test_progress_grows_and_a_stop_is_heard(house: House, northwind: Space) -> None:
    """Progress never goes back; asked to stop, the run ends at the next page as cancelled and keeps the batches it wrote."""
    northwind.leads = [lead(n) for n in range(600, 0, -1)]
    told: list[Tally] = []

    async def progress(tally: Tally) -> bool:
        told.append(tally)
        return tally.done >= 300

    done = await house.resync.run(northwind.key, [Part.LEADS], progress)
    assert done.outcome is Outcome.CANCELLED
    assert [tally.done for tally in told] == sorted(tally.done for tally in told)
    assert {tally.total for tally in told} == {600}
    assert 300 <= done.tally.done < 330
    assert house.provider.count("/api/events") == 0
    async with house.database.read() as tx:
        assert await leads.count(tx, northwind.key) == 200


async def test_a_part_that_fails_does_not_stop_the_others(house: House, northwind: Space) -> None:
    """The leads route is broken: the accounts are read all the same, and the run is partial and says why."""
    northwind.mailboxes(5)
    house.provider.fault = lambda request: (
        httpx.Response(422, json={"message": "no"}) if request.url.path == "/api/leads" else None
    )
    done = await house.resync.run(northwind.key)
    assert done.outcome is Outcome.PARTIAL
    assert done.error == "leads: send.example GET /api/leads: 422: no"
    async with house.database.read() as tx:
        assert await accounts.count(tx, northwind.key) == 5


async def test_all_workspaces(house: House, northwind: Space, cobalt: Space) -> None:
    """A resync of everything names those that failed."""
    cobalt.mailboxes(4)
    house.provider.keys.pop("key-of-12")
    done = await house.resync.all()
    assert done.outcome is Outcome.PARTIAL
    assert done.error is not None
    assert done.error.startswith("main/12: accounts: ")


async def test_the_preview_asks_nobody(house: House, northwind: Space) -> None:
    """Rows, requests and seconds come from the mirror's own counts and the key's pace."""
    northwind.mailboxes(31)
    northwind.leads = [lead(870_000 + n) for n in range(45, 0, -1)]
    northwind.campaigns = {n: campaign(n) for n in range(1, 19)}
    northwind.sends = [send_row(n, house.clock.now() - minutes(60 * 24 * 9)) for n in range(1, 32)]
    northwind.replies = [inbox_row(n, house.clock.now() - minutes(60 * 24 * 9)) for n in range(1, 32)]
    await house.resync.run(northwind.key)
    asked = len(house.provider.asked)
    preview = await house.resync.preview([northwind.key])
    assert len(house.provider.asked) == asked
    done = await house.resync.run(northwind.key)
    requests = done.tally.requests
    assert preview == Preview(1, 31 + 45 + 18 + 31 + 31, requests, requests / 40, None, 0)
    assert (done.tally.done, done.tally.total) == (157, 157)
    assert (await house.resync.preview([northwind.key], [Part.METRICS])).requests == 3


@pytest.mark.parametrize(
    ("today", "first"),
    [("2026-09-14", "2026-09-01"), ("2026-09-02", "2026-08-31"), ("2026-09-03", "2026-09-01")],
)
def test_the_series_window(today: str, first: str) -> None:
    """This month, and never less than three days."""
    assert window(date.fromisoformat(today)) == (date.fromisoformat(first), date.fromisoformat(today))


async def test_all_leads_are_there_though_an_import_goes_on(house: House, northwind: Space) -> None:
    """Rows move under the walk, page after page: afterwards every lead that was there when it began is in the mirror."""
    northwind.leads = [lead(n) for n in range(300, 0, -1)]

    def imported(request: httpx.Request) -> None:
        if request.url.path == "/api/leads":
            northwind.leads.insert(0, lead(len(northwind.leads) + 1))

    house.provider.fault = imported
    done = await house.resync.run(northwind.key, (Part.LEADS,))
    assert done.outcome is Outcome.SUCCESS
    async with house.database.read() as tx:
        found = {row.email for row in await leads.page(tx, northwind.key, None, 10_000)}
    assert {f"lead{n}@molar.example" for n in range(1, 301)} <= found
    house.provider.fault = lambda _request: None
    await house.leads.newest(northwind.key)
    async with house.database.read() as tx:
        assert await leads.count(tx, northwind.key) == len(northwind.leads)


async def test_the_full_sync_stands_behind_everything(house: House, northwind: Space, cobalt: Space) -> None:
    """One workspace after another, each request with the lowest priority, and all parts of all of them."""
    northwind.mailboxes(31)
    cobalt.leads = [lead(n) for n in range(40, 0, -1)]
    asked: list[tuple[int, Priority]] = []
    plain = Pace.turn

    def turn(self: Pace, priority: Priority) -> AbstractAsyncContextManager[None]:
        asked.append((id(self), priority))
        return plain(self, priority)

    behind = house.providers.behind(Priority.BACKFILL)
    full = Resync(
        house.database,
        behind,
        Readers(
            Accounts(house.database, behind, house.bus, LABELS, concurrency=1),
            Campaigns(house.database, behind, house.bus),
            Leads(house.database, behind, house.bus),
            Replies(house.database, behind, house.bus),
            Sends(house.database, behind, house.bus),
            Reports(house.database, behind, house.clock, house.bus, concurrency=1),
        ),
        Poller(house.database, behind, house.clock, house.bus),
        concurrency=1,
        depth=NIGHTLY,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pace, "turn", turn)
        done = await full.all()
    assert (done.outcome, done.tally.workspaces) == (Outcome.SUCCESS, 2)
    keys = [key for key, priority in asked if priority is Priority.BACKFILL]
    assert len(keys) >= 10
    assert sum(before != after for before, after in pairwise(keys)) == 1
    async with house.database.read() as tx:
        assert (await accounts.count(tx, northwind.key), await leads.count(tx, cobalt.key)) == (31, 40)


async def test_the_full_sync_takes_its_time(house: House, northwind: Space, cobalt: Space) -> None:
    """Hours of as many requests as a key allows end in a 429 for everybody: it asks no more often than backfills may, whatever there is."""
    northwind.leads = [lead(n) for n in range(1500, 0, -1)]
    cobalt.mailboxes(433)
    restraint = Restraint(house.clock, 5.0)
    full = Resync(
        house.database, house.providers, house.readers, house.poller, depth=NIGHTLY, restraint=restraint
    )
    asked_at: list[float] = []

    async def note(_request: httpx.Request) -> None:
        asked_at.append(house.clock.monotonic())

    house.provider.after = note
    began = house.clock.monotonic()
    done = await full.all()
    assert done.outcome is Outcome.SUCCESS
    assert done.tally.requests > 150
    assert house.clock.monotonic() - began >= done.tally.requests / 5 - 5
    most = max(sum(at <= other < at + 10 for other in asked_at) for at in asked_at)
    assert most <= 10 * 5 + 15


async def test_nodes_share_the_full_sync(house: House, northwind: Space, cobalt: Space) -> None:
    """Each workspace is read by one of them."""
    shares = [await house.resync.all(share=Share(number, 2)) for number in range(2)]
    assert sum(done.tally.workspaces or 0 for done in shares) == 2
    assert house.provider.count("/api/leads") == 2
