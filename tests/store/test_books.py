"""The small nouns: reports, workspaces, watch, cursors, hints, transitions, traffic, month rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bisonwatch.domain.changes import CampaignNews, Hint, HintKind, Sighting, Traffic, TypeCount
from bisonwatch.domain.health import Finding, Health, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.snapshot import Figures
from bisonwatch.domain.workspace import Workspace
from bisonwatch.store import (
    campaigns,
    counts,
    cursors,
    hints,
    metrics,
    tables,
    traffic,
    transitions,
    watch,
    workspaces,
)
from bisonwatch.store.counts import Reported
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.database import Database
from bisonwatch.store.hints import Asked
from bisonwatch.store.metrics import MonthRow
from bisonwatch.store.traffic import Day
from bisonwatch.store.watch import Watch
from tests.support.house import everything
from tests.support.news import NOON, NORTHWIND, at

OTHER = WorkspaceKey("main", 31)
DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)


async def test_counts_add_up(database: Database) -> None:
    """Deltas are added, below and above; sums are over all days, windows over theirs."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
        await counts.add(tx, {(NORTHWIND, DAY, Metric.SENT): 5, (OTHER, DAY, Metric.SENT): 1})
        await counts.add(tx, {(NORTHWIND, DAY, Metric.SENT): -2, (NORTHWIND, NEXT, Metric.SENT): 4})
        await counts.add(tx, {})
        assert await counts.counted(tx, DAY, DAY) == {
            (NORTHWIND, DAY, Metric.SENT): 3,
            (OTHER, DAY, Metric.SENT): 1,
        }
        assert await counts.total(tx, NORTHWIND, Metric.SENT) == 7
        assert await counts.total(tx, NORTHWIND, Metric.OPENED) == 0


async def test_an_older_report_never_overwrites_a_newer(database: Database) -> None:
    """Each day and metric keeps the report of the latest request; equal moments take the later answer."""
    async with database.write() as tx:
        await counts.report(tx, NORTHWIND, {Metric.SENT: {DAY: 7, NEXT: 1}}, at(5))
        await counts.report(tx, NORTHWIND, {Metric.SENT: {DAY: 6}, Metric.BOUNCED: {DAY: 2}}, at(3))
        await counts.report(tx, NORTHWIND, {Metric.SENT: {NEXT: 2}}, at(5))
        assert await counts.report(tx, NORTHWIND, {}, at(9)) == 0
        assert await counts.reported(tx, DAY, NEXT) == {
            (NORTHWIND, DAY, Metric.SENT): Reported(7, at(5)),
            (NORTHWIND, NEXT, Metric.SENT): Reported(2, at(5)),
            (NORTHWIND, DAY, Metric.BOUNCED): Reported(2, at(3)),
        }


async def test_workspaces_and_their_names(database: Database) -> None:
    """Registered once; a newer name is taken, an older one not; the name of another gets the key behind it."""
    async with database.write() as tx:
        assert await workspaces.see(tx, NORTHWIND, "Desk", NOON) == "Desk"
        assert await workspaces.see(tx, OTHER, None, NOON) == "workspace 31"
        assert await workspaces.see(tx, NORTHWIND, "Older", at(-1)) == "Desk"
        assert await workspaces.see(tx, NORTHWIND, None, at(1)) == "Desk"
        assert await workspaces.see(tx, OTHER, "Desk", at(1)) == "Desk (main/31)"
        assert await workspaces.see(tx, NORTHWIND, "North", at(2)) == "North"
        await workspaces.set_target(tx, NORTHWIND, 40)
        assert await workspaces.all_of(tx, {"main": "https://send.example"}) == [
            Workspace(NORTHWIND, "North", "North", "https://send.example", True, 40, NOON),
            Workspace(OTHER, "Desk (main/31)", "Desk", "https://send.example", True, None, NOON),
        ]
        assert await workspaces.names_of(tx, [OTHER, WorkspaceKey("x", 1)]) == {
            OTHER: ("Desk (main/31)", "Desk")
        }
        assert await workspaces.names_of(tx, []) == {}


async def test_what_is_known_of_a_workspace_s_news(database: Database) -> None:
    """The later moment stays; a walk's end clears its failure; the first failure's moment lasts."""
    async with database.write() as tx:
        await watch.saw(
            tx, [Sighting(NORTHWIND, None, NOON, at(5), at(4)), Sighting(OTHER, None, NOON, None, NOON)]
        )
        await watch.saw(
            tx, [Sighting(NORTHWIND, None, NOON, at(3), None), Sighting(OTHER, None, NOON, at(1), None)]
        )
        await watch.saw(tx, [])
        await watch.walk_failed(tx, NORTHWIND, at(6), "no route")
        await watch.walk_failed(tx, NORTHWIND, at(7), "still none")
        failing = await watch.get(tx, NORTHWIND)
        await watch.walked(tx, NORTHWIND, at(8), 3, at(2))
        await watch.subscribed(tx, OTHER, at(-9))
        assert await watch.everything(tx) == {
            NORTHWIND: Watch(NORTHWIND, at(5), at(4), at(8), at(8), 3, at(2), None, None, at(5)),
            OTHER: Watch(OTHER, at(1), NOON, subscribed_at=at(-9)),
        }
    assert failing is not None
    assert (failing.poll_failed_since, failing.poll_error) == (at(6), "still none")


async def test_a_cursor_never_goes_back(database: Database) -> None:
    """Only a further walk moves it; each stream of each workspace has its own."""
    async with database.write() as tx:
        assert await cursors.get(tx, NORTHWIND, "events") is None
        await cursors.move(tx, NORTHWIND, "events", Cursor(10, at(1), at(2)))
        await cursors.move(tx, NORTHWIND, "events", Cursor(9, at(5), at(6)))
        await cursors.move(tx, OTHER, "events", Cursor(1, at(0), at(0)))
        assert await cursors.get(tx, NORTHWIND, "events") == Cursor(10, at(1), at(2))
        await cursors.move(tx, NORTHWIND, "events", Cursor(10, at(1), at(7)))
        assert await cursors.get(tx, NORTHWIND, "events") == Cursor(10, at(1), at(7))
        assert await cursors.get(tx, NORTHWIND, "replies") is None


def hint(number: int, minute: float = 0) -> Hint:
    return Hint(NORTHWIND, HintKind.ACCOUNT, number, at(minute))


async def test_hints_for_one_object_are_one(database: Database) -> None:
    """Any number of askings is one reading; asked again meanwhile, an answer does not end it."""
    async with database.write() as tx:
        await hints.ask(tx, [hint(1, 5), hint(2)], at(6))
        await hints.ask(tx, [hint(1, 3)], at(7))
        first = Asked(hint(1, 5), at(7), 0)
        assert await hints.due(tx, at(7), 9) == [Asked(hint(2), at(6), 0), first]
        await hints.ask(tx, [hint(1, 8)], at(8))
        await hints.answered(tx, first)
        await hints.answered(tx, Asked(hint(2), at(6), 0))
        assert await hints.due(tx, at(8), 9) == [Asked(hint(1, 8), at(8), 0)]


async def test_a_hint_can_be_put_off(database: Database) -> None:
    """After a failed reading it waits, until it is asked again."""
    async with database.write() as tx:
        await hints.ask(tx, [hint(1)], NOON)
        await hints.put_off(tx, Asked(hint(1), NOON, 0), at(5))
        assert await hints.due(tx, at(4), 9) == []
        assert await hints.due(tx, at(5), 9) == [Asked(hint(1), NOON, 1)]
        await hints.ask(tx, [hint(1)], at(1))
        assert await hints.due(tx, at(1), 9) == [Asked(hint(1), at(1), 0)]


async def test_transitions(database: Database) -> None:
    """One is in force per workspace and rule, also when two follow in one moment; rewording keeps its start."""
    late, bad = Finding(Health.WARNING, "3 missed"), Finding(Health.CRITICAL, "9 missed")
    async with database.write() as tx:
        await transitions.change(tx, NORTHWIND, late, NOON)
        await transitions.change(tx, NORTHWIND, bad, at(5))
        await transitions.reword(tx, NORTHWIND, "12 missed")
        await transitions.change(tx, OTHER, bad, at(5))
        await transitions.change(tx, OTHER, late, at(5))
        assert await transitions.standing(tx) == {
            NORTHWIND: Standing(Health.CRITICAL, "12 missed", at(5)),
            OTHER: Standing(Health.WARNING, "3 missed", at(5)),
        }
        assert await transitions.standing(tx, "drift") == {}
    ended = {
        (row.workspace_id, row.at): row.ended_at for row in await everything(database, tables.transitions)
    }
    assert ended == {(12, NOON): at(5), (12, at(5)): None, (31, at(5)): None}


async def test_traffic(database: Database) -> None:
    """Minutes and types are summed, the latest moment of a type stays, old minutes go."""
    async with database.write() as tx:
        await traffic.add(
            tx, [Traffic(NORTHWIND, NOON, 2, 1)], [TypeCount(NORTHWIND, "email_sent", 3, at(5))]
        )
        await traffic.add(
            tx, [Traffic(NORTHWIND, NOON, 1, 0)], [TypeCount(NORTHWIND, "email_sent", 1, at(2))]
        )
        await traffic.add(tx, [Traffic(NORTHWIND, at(1), 1, 0), Traffic(OTHER, at(1), 0, 4)], [])
        await traffic.walked(tx, NORTHWIND, at(1.5), missed=2)
        assert await traffic.since(tx, NOON) == {NORTHWIND: Day(4, 1, 1, 2), OTHER: Day(0, 4, 0, 0)}
        assert await traffic.minutes(tx, NOON) == {NORTHWIND: {NOON: 4, at(1): 1}, OTHER: {at(1): 4}}
        assert await traffic.processed(tx) == 4
        await traffic.prune(tx, at(1))
        assert await traffic.since(tx, NOON) == {NORTHWIND: Day(1, 0, 1, 2), OTHER: Day(0, 4, 0, 0)}
    (kind,) = await everything(database, tables.event_types)
    assert (kind.n, kind.last_at) == (4, at(5))


async def test_campaigns_keep_their_newest_name(database: Database) -> None:
    """Older news never overwrites newer, and a read outranks an event of the same moment."""

    def named(
        name: str, minute: float, rank: SourceRank = SourceRank.EVENT, sequence: int = 0
    ) -> CampaignNews:
        return CampaignNews(NORTHWIND, 44, name, Version(at(minute), rank, sequence))

    async with database.write() as tx:
        await campaigns.write(tx, [])
        for news in (
            named("B", 2),
            named("A", 1, SourceRank.READ),
            named("Read", 2, SourceRank.READ),
            named("C", 2, sequence=9),
        ):
            await campaigns.write(tx, [news])
    (row,) = await everything(database, tables.campaigns)
    assert (row.name, row.known_at, row.known_rank, row.known_sequence) == ("Read", at(2), 1, 0)


async def test_the_month_as_others_read_it(database: Database) -> None:
    """`client_metrics` holds each registered workspace's month, as read last by any node, under the names other programs use."""
    month = MonthRow(NORTHWIND, Figures(20, 1, 5, 2, 3, 4, None), at(1), at(2), "webhook")
    async with database.write() as tx:
        await metrics.publish(tx, [month, replace(month, workspace=OTHER)], {NORTHWIND: "Desk"}, at(3))
        await metrics.publish(tx, [replace(month, figures=Figures(sent=21))], {NORTHWIND: "North"}, at(4))
        await metrics.publish(tx, [replace(month, figures=Figures(sent=1))], {NORTHWIND: "Old"}, at(3.9))
        await metrics.publish(tx, [], {}, at(5))
    (row,) = await everything(database, tables.client_metrics)
    assert {name: value for name, value in row._mapping.items() if value is not None} == {
        "instance": "main",
        "workspace_id": 12,
        "metric_type": "mtd",
        "workspace_name": "North",
        "emails_sent_mtd": 21,
        "last_webhook_update_at": at(1),
        "last_poll_update_at": at(2),
        "update_source": "webhook",
        "updated_at": at(4),
    }


async def test_sums_cover_each_day_once(database: Database) -> None:
    """A day that has a report counts as covered, one without does not; both witnesses are summed per metric."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
        await counts.add(tx, {(NORTHWIND, DAY, Metric.SENT): 5, (NORTHWIND, NEXT, Metric.SENT): 7})
        await counts.report(tx, NORTHWIND, {Metric.SENT: {DAY: 6}, Metric.OPENED: {DAY: 2}}, NOON)
    async with database.read() as tx:
        found = await counts.sums(tx, DAY, NEXT)
    assert found == {
        NORTHWIND: counts.Sums({Metric.SENT: 12}, {Metric.SENT: 7}, {Metric.SENT: 6, Metric.OPENED: 2}, NOON)
    }
