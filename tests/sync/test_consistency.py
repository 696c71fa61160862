"""The hourly comparison: what it asks, what it finds, what it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from bisonwatch.cache.comparisons import Comparisons
from bisonwatch.domain.changes import FactNews
from bisonwatch.domain.comparison import Leeway
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.facts import Fact, FactKey, count_deltas
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.metric import REPORTED, Metric
from bisonwatch.domain.run import Job, Outcome, Run, RunState, Tally
from bisonwatch.store import consistency, counts, facts, inbox, runs, watch, witness
from bisonwatch.store.consistency import Report, Standing
from bisonwatch.sync.meter import Meter, StopAsked
from tests.sync.conftest import House
from tests.sync.provider import Row, Space, lead, mailbox, minutes

LABELS = {
    Metric.SENT: "Sent",
    Metric.REPLIED: "Replied",
    Metric.OPENED: "Total Opens",
    Metric.BOUNCED: "Bounced",
    Metric.INTERESTED: "Interested",
    Metric.UNSUBSCRIBED: "Unsubscribed",
}
COUNTED = "/api/sender-emails", "/api/leads", "/api/campaigns"
SERIES = "/api/workspaces/v1.1/line-area-chart-stats"


def series(days: Mapping[date, Mapping[Metric, int]]) -> list[Row]:
    """The provider's answer, zero-filled."""
    return [
        {"label": LABELS[m], "dates": [[day.isoformat(), told.get(m, 0)] for day, told in days.items()]}
        for m in REPORTED
    ]


class Desk:
    """One workspace, first seen a week ago; facts are given by hand, and the provider reports what it is told to."""

    def __init__(self, house: House, workspace: WorkspaceKey) -> None:
        self.house, self.key = house, workspace
        self.told: dict[date, dict[Metric, int]] = {day: dict.fromkeys(REPORTED, 100) for day in self.days}

    @property
    def days(self) -> list[date]:
        today = self.house.clock.now().date()
        return [today - timedelta(days=back) for back in (2, 1, 0)]

    async def facts(
        self, metric: Metric, number: int, start: datetime, source: Source = Source.WEBHOOK, every: float = 1
    ) -> None:
        """So many facts, one each minute; what a poll brought was seen five minutes later."""
        news = []
        for place in range(number):
            at = start + minutes(place * every)
            key = FactKey(self.key, metric, f"{source}:{at.timestamp()}")
            seen = at + minutes(5) if source is Source.POLL else at
            logged = at if source is Source.POLL else None
            news.append(FactNews(Fact(key, at, 0), uuid7(seen), source, seen, logged))
        async with self.house.database.write() as tx:
            added = await facts.add(tx, news)
            await counts.add(tx, count_deltas([item.fact for item in added.new], added.moved))

    async def counted(self, *, sent: int = 100) -> None:
        """Each day a hundred of everything, from six o'clock on."""
        for day in self.days:
            start = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
            for metric in REPORTED:
                await self.facts(metric, sent if metric is Metric.SENT else 100, start)

    async def check(self) -> Tally:
        self.house.provider.series = series(self.told)
        done = await self.house.consistency.check([self.key])
        assert (done.outcome, done.error) == (Outcome.SUCCESS, None)
        return done.tally

    async def standing(self) -> Standing:
        async with self.house.database.read() as tx:
            found = await consistency.standing_of(tx, self.key)
        assert found is not None
        return found

    async def reports(self) -> dict[tuple[date, str], Report]:
        async with self.house.database.read() as tx:
            return {(r.day, r.metric): r for r in await consistency.of(tx, self.key, self.days[0])}

    async def resyncs(self) -> list[Run]:
        async with self.house.database.read() as tx:
            return [run for run in await runs.open_runs(tx) if run.job is Job.RESYNC]

    async def end_resyncs(self) -> None:
        async with self.house.database.write() as tx:
            for run in await runs.open_runs(tx):
                await runs.ask_cancel(tx, run.id, self.house.clock.now())


@pytest.fixture
async def desk(house: House, northwind: Space) -> Desk:
    await house.clock.advance(7 * 86_400)
    return Desk(house, northwind.key)


async def test_what_agrees_costs_three_requests(house: House, desk: Desk) -> None:
    """The series that the reports read is looked at again, and each list is asked for its total: P6."""
    await desk.counted()
    house.provider.series = series(desk.told)
    await house.reports.read(desk.key)
    await house.clock.advance(300)
    house.provider.asked.clear()
    tally = await desk.check()
    assert tally.requests == 3
    assert [path for _, path in house.provider.asked] == list(COUNTED)
    assert (await desk.standing()).drift == 0.0


async def test_without_a_report_it_still_costs_three(house: House, desk: Desk) -> None:
    """An old report is asked for anew, and the list that is read every minute anyway is left out."""
    await desk.counted()
    await desk.check()
    await house.clock.advance(1200)
    house.provider.asked.clear()
    assert (await desk.check()).requests == 3
    assert [path for _, path in house.provider.asked] == [SERIES, *COUNTED[:2]]


async def test_history_costs_nothing(house: House, desk: Desk, northwind: Space) -> None:
    """However many leads and accounts there are."""
    await desk.counted()
    northwind.leads = [lead(n) for n in range(1500, 0, -1)]
    northwind.mailboxes(433)
    assert (await desk.check()).requests == 3


async def test_what_is_under_way_is_waited_for(house: House, desk: Desk) -> None:
    """Compared two minutes after the report, and what happened after it is left out."""
    await desk.counted()
    before = house.clock.now()
    await desk.facts(Metric.SENT, 50, before + minutes(0.5), every=0.01)
    await desk.check()
    assert house.clock.now() - before >= timedelta(minutes=2)
    assert (await desk.standing()).drift == 0.0
    assert (await desk.reports())[desk.days[-1], "sent"].counted == 100


async def test_a_report_that_has_settled_is_not_waited_for(house: House, desk: Desk) -> None:
    """Five minutes old: compared at once."""
    await desk.counted()
    house.provider.series = series(desk.told)
    await house.reports.read(desk.key)
    await house.clock.advance(300)
    house.clock.slept.clear()
    await desk.check()
    assert house.clock.slept == []


async def test_a_stop_is_heard_while_it_waits(house: House, desk: Desk) -> None:
    """Within seconds."""
    house.provider.series = series(desk.told)

    async def stop(_tally: Tally) -> bool:
        return bool(house.clock.slept)

    before = house.clock.now()
    with pytest.raises(StopAsked):
        await house.consistency.check([desk.key], Meter(stop))
    assert house.clock.now() - before <= timedelta(seconds=5)


async def test_missing_mail_is_drift_and_starts_a_resync(desk: Desk) -> None:
    """Over the threshold: the verdict says how much, the reports which day, and a run is queued."""
    await desk.counted()
    desk.told[desk.days[1]][Metric.SENT] = 400
    await desk.check()
    standing = await desk.standing()
    assert (standing.drift, standing.metric) == (0.5, "sent")
    assert standing.reason == "300 sent mails fewer than the provider reports"
    [run] = await desk.resyncs()
    assert (run.workspace, run.asked_by, run.parts) == (desk.key, "consistency", ())
    assert (standing.resync_id, standing.resync_gaps) == (run.id, {"sent": -300})
    found = await desk.reports()
    assert found[desk.days[1], "sent"].resync_id == run.id
    assert (found[desk.days[1], "sent"].drift, found[desk.days[0], "sent"].drift) == (0.75, 0.0)
    assert found[desk.days[1], "replied"].resync_id is None


@pytest.mark.parametrize("metric", [Metric.OPENED, Metric.INTERESTED])
async def test_opened_and_interested_are_shown_only(desk: Desk, metric: Metric) -> None:
    """The report tells the gap; nobody is alarmed, nothing starts."""
    await desk.counted()
    for day in desk.days:
        desk.told[day][metric] = 1_000
    await desk.check()
    assert (await desk.standing()).drift == 0.0
    assert (await desk.reports())[desk.days[0], metric.value].drift == 0.9
    assert await desk.resyncs() == []


async def test_under_the_threshold_nothing_starts(desk: Desk) -> None:
    """Four of a hundred missing each day are told, and no more."""
    await desk.counted(sent=96)
    await desk.check()
    assert (await desk.standing()).drift == pytest.approx(0.04)
    assert await desk.resyncs() == []


async def test_one_drift_one_resync(house: House, desk: Desk) -> None:
    """While it lasts no other starts for a day; then one more is tried."""
    await desk.counted()
    desk.told[desk.days[1]][Metric.SENT] = 400
    started = []
    for _ in range(30):
        await desk.check()
        found = await desk.resyncs()
        started += [house.clock.now()] if found else []
        await desk.end_resyncs()
        await house.clock.advance(3600)
        desk.told.setdefault(house.clock.now().date(), {})
    assert len(started) == 2
    assert started[1] - started[0] >= timedelta(days=1)


async def test_the_same_numbers_do_not_start_it_again(house: House, desk: Desk) -> None:
    """Healed and back within a day: with the same gap nothing starts, with another one a resync does."""
    await desk.counted()
    day = desk.days[1]
    for reported, expected in ((400, 1), (100, 0), (400, 0), (100, 0), (500, 1)):
        desk.told[day][Metric.SENT] = reported
        await desk.check()
        assert len(await desk.resyncs()) == expected, reported
        await desk.end_resyncs()
        await house.clock.advance(1200)


async def test_none_starts_beside_another(house: House, desk: Desk) -> None:
    """Where the workspace is being read anew already, or all of them are; when that is over and it still drifts, one does."""
    await desk.counted()
    desk.told[desk.days[1]][Metric.SENT] = 400
    now = house.clock.now()
    async with house.database.write() as tx:
        await runs.queue(tx, [Run(uuid7(now), Job.FULL, None, (), "schedule", RunState.QUEUED, now)])
    await desk.check()
    assert await desk.resyncs() == []
    await desk.end_resyncs()
    await desk.check()
    assert len(await desk.resyncs()) == 1


async def test_two_nodes_start_one(house: House, desk: Desk) -> None:
    """Whoever judges second sees what the first started."""
    await desk.counted()
    desk.told[desk.days[1]][Metric.SENT] = 400
    await desk.check()
    await desk.check()
    assert len(await desk.resyncs()) == 1


async def test_a_report_is_healed(house: House, desk: Desk) -> None:
    """The check that first finds nothing wrong is remembered with what was wrong; a relapse opens it again."""
    await desk.counted()
    day = desk.days[1]
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    desk.told[day][Metric.SENT] = 130
    await desk.check()
    broken = (await desk.reports())[day, "sent"]
    assert (broken.healed_at, broken.reason) == (None, "30 sent mails fewer than the provider reports")
    await desk.facts(Metric.SENT, 30, start, Source.READ)
    await desk.check()
    healed = (await desk.reports())[day, "sent"]
    assert (healed.drift, healed.healed_at, healed.reason) == (0.0, healed.checked_at, broken.reason)
    await house.clock.advance(1200)
    await desk.check()
    assert (await desk.reports())[day, "sent"].healed_at == healed.healed_at
    desk.told[day][Metric.SENT] = 200
    await house.clock.advance(1200)
    await desk.check()
    assert (await desk.reports())[day, "sent"].healed_at is None


async def test_what_webhooks_missed_is_told_with_its_hours(house: House, desk: Desk) -> None:
    """Filled by poll before anybody compared: no drift, and yet the reason stands in the report, healed."""
    await desk.counted()
    day = desk.days[1]
    start = datetime(day.year, day.month, day.day, 10, 2, tzinfo=UTC)
    await desk.facts(Metric.REPLIED, 14, start + minutes(0.5), Source.POLL, every=2.9)
    await desk.facts(Metric.SENT, 3, start + minutes(0.5), Source.READ)
    desk.told[day][Metric.REPLIED] = 114
    desk.told[day][Metric.SENT] = 103
    async with house.database.write() as tx:
        await watch.subscribed(tx, desk.key, start - timedelta(days=1))
    await desk.check()
    found = (await desk.reports())[day, "replied"]
    assert found.reason == "webhooks missed 14 replies between 10:02 and 10:40, filled by poll"
    assert (found.drift, found.healed_at) == (0.0, found.checked_at)
    assert (await desk.reports())[day, "sent"].reason is None


async def test_before_the_subscription_nothing_is_missed(desk: Desk, house: House) -> None:
    """The fixture subscribed a day before its clock began: what a poll found of an older day was never ours to bring."""
    await desk.counted()
    day = desk.days[1]
    await desk.facts(Metric.REPLIED, 14, datetime(day.year, day.month, day.day, 10, tzinfo=UTC), Source.POLL)
    await house.subscribed(desk.key, minutes_ago=1)
    await desk.check()
    assert (await desk.reports())[day, "replied"].reason == "14 replies more than the provider reports"


async def test_a_zone_is_no_drift(desk: Desk) -> None:
    """A workspace whose days begin two hours before ours, and whose people work into the night."""
    for back, number in ((3, 30), (2, 60), (1, 90)):
        day = desk.days[-1] - timedelta(days=back)
        start = datetime(day.year, day.month, day.day, 22, 5, tzinfo=UTC)
        await desk.facts(Metric.SENT, number, start)
    desk.told = {day: {Metric.SENT: number} for day, number in zip(desk.days, (30, 60, 90), strict=True)}
    await desk.check()
    standing = await desk.standing()
    assert (standing.drift, standing.shift) == (0.0, -2)
    assert standing.reason == (
        "the provider's days begin 2 h earlier than in UTC, which explains it: nothing is missing"
    )
    assert await desk.resyncs() == []
    assert {report.drift for report in (await desk.reports()).values()} == {0.0}


async def test_the_day_of_the_installation_is_no_witness(house: House, northwind: Space) -> None:
    """Until the first full day has begun nothing can be told; then that day alone is looked at."""
    desk = Desk(house, northwind.key)
    northwind.leads = [lead(n) for n in range(300, 0, -1)]
    await desk.check()
    assert (await desk.standing()).drift is None
    assert await desk.resyncs() == []
    assert {metric for _, metric in await desk.reports()} == {"accounts", "leads"}
    await house.clock.advance(86_400)
    tomorrow = Desk(house, northwind.key)
    await tomorrow.check()
    days = {day for day, metric in await tomorrow.reports() if metric == "sent"}
    assert days == {tomorrow.days[-1]}
    assert (await tomorrow.standing()).drift == 1.0


async def test_a_backfill_moves_the_witness_back(house: House, northwind: Space) -> None:
    """For what has a history; it never moves forward again."""
    desk = Desk(house, northwind.key)
    first, second, _ = desk.days
    async with house.database.write() as tx:
        await witness.reaches_back(tx, desk.key, second)
        await witness.reaches_back(tx, desk.key, first)
        await witness.reaches_back(tx, desk.key, second)
        found = await witness.first_days(tx, desk.key)
    tomorrow = house.clock.now().date() + timedelta(days=1)
    back = {Metric.SENT, Metric.REPLIED, Metric.BOUNCED}
    assert found == {metric: first if metric in back else tomorrow for metric in REPORTED}


async def test_rows_that_are_not_here_start_a_resync(desk: Desk, northwind: Space) -> None:
    """Accounts and leads; rows too many are only told, and the verdict on the numbers stands as it is."""
    await desk.counted()
    northwind.leads = [lead(n) for n in range(300, 0, -1)]
    await desk.check()
    [run] = await desk.resyncs()
    standing = await desk.standing()
    assert (standing.drift, standing.resync_gaps) == (0.0, {"leads": -300})
    assert standing.reason == "300 leads are not here"
    report = (await desk.reports())[desk.days[-1], "leads"]
    assert (report.counted, report.reported, report.drift, report.resync_id) == (0, 300, 1.0, run.id)
    assert report.reason == "300 fewer here than at the provider"


async def test_rows_too_many_are_only_told(house: House, desk: Desk, northwind: Space) -> None:
    """What the provider forgot."""
    await desk.counted()
    northwind.accounts = {n: mailbox(n) for n in range(1, 32)}
    await house.accounts.walk(desk.key)
    northwind.accounts = {}
    await desk.check()
    report = (await desk.reports())[desk.days[-1], "accounts"]
    assert (report.reason, report.resync_id) == ("31 more here than at the provider", None)
    assert await desk.resyncs() == []


async def test_what_waits_to_be_processed_is_no_drift(house: House, desk: Desk) -> None:
    """While deliveries from before the report wait, nobody can tell; and nothing starts."""
    await desk.counted()
    desk.told[desk.days[1]][Metric.SENT] = 400
    at = house.clock.now() - minutes(10)
    waiting = Delivery(uuid7(at), "main", desk.key.id, "x", Source.WEBHOOK, at, b"{}", b"h" * 16)
    async with house.database.write() as tx:
        await inbox.put(tx, [waiting])
    await desk.check()
    standing = await desk.standing()
    assert (standing.drift, standing.reason) == (
        None,
        f"deliveries wait to be processed since {at:%H:%M} UTC",
    )
    assert await desk.resyncs() == []


async def test_one_failing_workspace_does_not_stop_the_others(
    house: House, northwind: Space, cobalt: Space
) -> None:
    """It is named, and the run is partial."""

    def fault(request: httpx.Request) -> httpx.Response | None:
        broken = request.headers["authorization"].endswith("13")
        return httpx.Response(500, json={"message": "Server Error"}) if broken else None

    house.provider.fault = fault
    done = await house.consistency.once()
    assert done.outcome is Outcome.PARTIAL
    assert (done.error or "").startswith(f"{cobalt.key}: ")
    async with house.database.read() as tx:
        assert set(await consistency.standing(tx)) == {northwind.key}


async def test_an_older_check_changes_nothing(house: House, desk: Desk) -> None:
    """A node that was slow does not write over a newer comparison."""
    await desk.counted()
    await desk.check()
    newest = await desk.reports()
    old = [
        replace(report, counted=1, reason="old", checked_at=report.checked_at - minutes(1))
        for report in newest.values()
    ]
    async with house.database.write() as tx:
        await consistency.write(tx, desk.key, old)
    assert await desk.reports() == newest


async def test_a_provider_that_counts_nothing(house: House, desk: Desk) -> None:
    """No series, no totals: nothing is told, and nothing looks well."""

    def fault(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json={"data": []}) if request.url.path in COUNTED else None

    house.provider.fault = fault
    desk.told = {}
    done = await house.consistency.check([desk.key])
    assert done.outcome is Outcome.SUCCESS
    assert (await desk.standing()).drift is None
    assert await desk.reports() == {}


async def test_what_a_view_is_told_of_a_drift_and_its_end(house: House, desk: Desk) -> None:
    """From the comparison that starts a resync to the one that finds nothing wrong any more: the reason and the run stay."""
    comparisons = Comparisons(house.database, house.clock, Leeway())
    await desk.counted(sent=60)
    await desk.check()
    (resync,) = await desk.resyncs()
    over = await comparisons.history(desk.key)
    assert (over.judged.resync, over.resyncs) == (resync, {resync.id: resync})
    assert over.judged.standing is not None
    assert over.judged.standing.over_since is not None
    assert {r.metric for r in over.reports if r.resync_id == resync.id} == {"sent"}
    assert (await comparisons.books()).judged == {desk.key: over.judged}
    for day in desk.days:
        await desk.facts(Metric.SENT, 40, datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    await house.clock.advance(3600)
    await desk.end_resyncs()
    await desk.check()
    well = await comparisons.history(desk.key)
    assert well.judged.standing is not None
    assert (well.judged.standing.drift, well.judged.standing.over_since) == (0.0, None)
    assert well.judged.resync is not None
    assert well.judged.resync.outcome is Outcome.CANCELLED
    healed = [r for r in well.reports if r.metric == "sent"]
    assert [(bool(r.reason), r.healed_at is not None, r.resync_id) for r in healed] == [
        (True, True, resync.id)
    ] * 3
