"""Months of past, made on demand: what lists, numbers and the oracle say of them is one story."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest

from bisonwatch.domain.metric import Metric
from bisonwatch.simulator.past.archive import Past
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.records import Reply
from bisonwatch.simulator.shelf import EVERYTHING, Window
from bisonwatch.simulator.world import World
from tests.simulator.conftest import START, Lab, opened, small_world

YEAR = History(365, 0.1)


@pytest.fixture(scope="module")
def old() -> World:
    return small_world(past=YEAR, rate=0)


@pytest.fixture(scope="module")
def past(old: World) -> Past:
    return old.pasts[12]


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with opened(small_world(past=YEAR, rate=0)) as made:
        yield made


def facts(past: Past) -> Iterator[tuple[date, Metric]]:
    """What a backfill of everything counts, from rows alone."""
    for send in past.sends.below(None, EVERYTHING):
        yield send.sent_at.date(), Metric.SENT
        if send.status == "unsubscribed":
            yield send.sent_at.date(), Metric.UNSUBSCRIBED
    for reply in past.replies.below(None, EVERYTHING):
        yield from ((reply.received_at.date(), metric) for metric in _metrics(reply))


def _metrics(reply: Reply) -> list[Metric]:
    if reply.folder == "Bounced":
        return [Metric.BOUNCED]
    if reply.folder == "Sent":
        return [Metric.MANUAL_SENT]
    if reply.automated:
        counts = reply.campaign.counts_auto_replies
        return [Metric.REPLIED, Metric.REPLIED_AUTOMATED] if counts else []
    return [Metric.REPLIED, Metric.INTERESTED] if reply.interested else [Metric.REPLIED]


def test_the_rows_are_what_the_oracle_counts(old: World) -> None:
    """Every workspace, every day of a year: rows, oracle and daily series agree to the unit."""
    for workspace_id, past in old.pasts.items():
        assert Counter(facts(past)) == old.truth_of_the_past(workspace_id)
        told = Counter[tuple[date, Metric]]()
        for campaign in past.chronicle.campaigns:
            for day, tally in campaign.days.items():
                if day < START.date():
                    told += Counter({(day, m): tally[m.value] for m in (Metric.SENT, Metric.BOUNCED)})
        wanted = old.truth_of_the_past(workspace_id)
        assert told == {slot: n for slot, n in wanted.items() if slot[1] in (Metric.SENT, Metric.BOUNCED)}


def test_ids_fall_with_time_and_can_be_asked_for(past: Past) -> None:
    """Newest first by id is newest first by date; each id gives the very row; ids between them give none."""
    for archive in (past.sends, past.replies, past.leads):
        rows = list(archive.below(None, EVERYTHING))
        days = [getattr(row, "created_at", None) or row.sent_at for row in rows]
        assert [row.id for row in rows] == sorted({row.id for row in rows}, reverse=True)
        assert all(later.date() >= earlier.date() for later, earlier in pairwise(days))
        assert [archive.get(row.id) for row in rows[::50]] == rows[::50]
        assert archive.get(rows[0].id + 1) is None
        assert archive.count(EVERYTHING) == len(rows)


def test_windows_find_what_they_name_and_nothing_else(past: Past) -> None:
    """By days, campaign and lead; from any place, up and down."""
    rows = list(past.sends.below(None, EVERYTHING))
    middle = rows[len(rows) // 2]
    week = Window(first=START.date() - timedelta(days=20), last=START.date() - timedelta(days=14))
    own = Window(campaigns=frozenset({middle.campaign.id}))
    assert [s.id for s in past.sends.below(middle.id, EVERYTHING)] == [s.id for s in rows if s.id < middle.id]
    assert [s.id for s in past.sends.above(middle.id, EVERYTHING)] == [
        s.id for s in reversed(rows) if s.id > middle.id
    ]
    assert [s.id for s in past.sends.below(None, week)] == [
        s.id for s in rows if week.first <= s.sent_at.date() <= week.last
    ]
    assert [s.id for s in past.sends.after(3, own)] == [s.id for s in rows if s.campaign is middle.campaign][
        3:
    ]
    assert [s.id for s in past.sends.below(None, Window(lead=middle.lead.id))] == [
        s.id for s in rows if s.lead.id == middle.lead.id
    ]


def test_a_leads_life_is_consistent(past: Past) -> None:
    """Its counters are its rows; who bounced or left gets nothing more; every send's lead exists."""
    sends, replies = Counter[int](), Counter[int]()
    for send in past.sends.below(None, EVERYTHING):
        sends[send.lead.id] += 1
    for reply in past.replies.below(None, EVERYTHING):
        counted = reply.folder == "Inbox" and (not reply.automated or reply.campaign.counts_auto_replies)
        replies[reply.lead.id] += counted
    leads = {lead.id: lead for lead in past.leads.below(None, EVERYTHING)}
    assert sends.keys() == leads.keys()
    assert {lead.status for lead in leads.values()} == {"unverified", "bounced", "unsubscribed"}
    for lead in leads.values():
        assert (lead.tally["sent"], lead.tally["replied"]) == (sends[lead.id], replies[lead.id])
        assert lead.status == "unverified" or lead.tally["sent"] == 1


async def test_lists_go_over_from_the_present_into_the_past(lab: Lab) -> None:
    """One walk by cursor sees live rows and archived ones, newest first, each once; a page's total is all of them."""
    lab.world.send(12)
    lead = lab.workspace.recent_sends[-1].id
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while len(seen) < 90:
        page = (await lab.get("/api/scheduled-emails", pagination_type="cursor", **cursor)).json()
        seen += [row["id"] for row in page["data"]]
        cursor = {"cursor": page["meta"]["next_cursor"]}
    total = (await lab.get("/api/scheduled-emails")).json()["meta"]["total"]
    pages = [(await lab.rows("/api/scheduled-emails", page=n))[0]["id"] for n in range(1, 7)]
    assert seen[0] == lead
    assert seen == sorted(set(seen), reverse=True)
    assert pages == seen[::15]
    assert total == len(lab.workspace.sends) + lab.world.pasts[12].sends.count(EVERYTHING)


async def test_a_backfill_by_date_reads_one_day_of_a_year(lab: Lab) -> None:
    """The watermark's filter gives exactly the day, in UTC where that is asked for; detail routes know the rows."""
    day = "2025-12-10"
    query = {"scheduled_date[criteria]": "=", "scheduled_date[value]": day}
    answer = (await lab.get("/api/scheduled-emails", **query)).json()
    row = answer["data"][0]
    sent = lab.world.truth_of_the_past(12)[date(2025, 12, 10), Metric.SENT]
    assert answer["meta"]["total"] == sent
    assert {one["scheduled_date"][:10] for one in answer["data"]} == {day}
    assert (await lab.rows(f"/api/scheduled-emails/{row['id']}"))["id"] == row["id"]
    assert (await lab.rows(f"/api/leads/{row['lead']['id']}"))["email"] == row["lead"]["email"]
    assert (await lab.rows(f"/api/leads/{row['lead']['email']}"))["id"] == row["lead"]["id"]
    assert row["id"] in {one["id"] for one in await lab.rows(f"/api/leads/{row['lead']['id']}/sent-emails")}


@pytest.mark.parametrize(
    ("path", "filters"),
    [
        ("/api/scheduled-emails", {"status": "sent"}),
        ("/api/scheduled-emails", {"status": "bounced"}),
        ("/api/scheduled-emails", {"status": "scheduled"}),
        ("/api/replies", {"folder": "inbox"}),
        ("/api/replies", {"folder": "sent"}),
        ("/api/replies", {"folder": "spam"}),
        ("/api/replies", {"status": "interested"}),
        ("/api/replies", {"folder": "inbox", "status": "automated_reply"}),
        ("/api/campaigns/614/replies", {}),
        ("/api/campaigns/614/replies", {"folder": "bounced"}),
        ("/api/campaigns/614/scheduled-emails", {"status": "unsubscribed"}),
        ("/api/campaigns/614/leads", {}),
    ],
)
async def test_filters_reach_the_past(lab: Lab, path: str, filters: dict) -> None:
    """A page's total and its rows are those of filtering everything by hand; what is not there is found absent."""
    campaign = 614 if "614" in path else None
    if "leads" in path:
        rows = [*lab.workspace.leads.below(), *lab.world.pasts[12].leads.below(None, EVERYTHING)]
        wanted = [lead.id for lead in rows if campaign in lead.memberships]
    elif "scheduled" in path:
        sends = [*lab.workspace.sends.below(), *lab.world.pasts[12].sends.below(None, EVERYTHING)]
        wanted = [s.id for s in sends if s.status == filters["status"] and campaign in (None, s.campaign.id)]
    else:
        replies = [*lab.workspace.replies.below(), *lab.world.pasts[12].replies.below(None, EVERYTHING)]
        wanted = [r.id for r in replies if _fits(r, campaign, **filters)]
    second = (await lab.get(path, page=2, **filters)).json()
    assert second["meta"]["total"] == len(wanted)
    assert [row["id"] for row in second["data"]] == wanted[15:30]
    by_cursor = await lab.rows(path, pagination_type="cursor", **filters)
    assert [row["id"] for row in by_cursor] == wanted[:15]


def _fits(reply: Reply, campaign: int | None, folder: str = "", status: str = "") -> bool:
    return (
        (campaign is None or (reply.campaign is not None and reply.campaign.id == campaign))
        and folder in ("", reply.folder.lower())
        and (status != "interested" or reply.interested)
        and (status != "automated_reply" or reply.automated)
    )


async def test_another_workspaces_past_is_403(lab: Lab) -> None:
    """An archived row is a record like any other."""
    foreign = next(iter(lab.world.pasts[13].sends.below(None, EVERYTHING)))
    assert (await lab.get(f"/api/scheduled-emails/{foreign.id}")).status_code == 403
    assert (await lab.get(f"/api/scheduled-emails/{foreign.id - 1_000_000_000}")).status_code == 404


async def test_the_series_reaches_back_and_the_event_log_does_not(lab: Lab) -> None:
    """A year of series adds up to the oracle; the log holds nothing older than ten days."""
    days = {"start_date": "2025-09-14", "end_date": "2026-09-13"}
    rows = await lab.rows("/api/workspaces/v1.1/line-area-chart-stats", **days)
    told = {row["label"]: sum(count for _, count in row["dates"]) for row in rows}
    truth = lab.world.truth_of_the_past(12)
    for label, metric in (("Sent", Metric.SENT), ("Replied", Metric.REPLIED), ("Bounced", Metric.BOUNCED)):
        assert told[label] == sum(n for (_, one), n in truth.items() if one is metric) > 0
    events = await lab.rows("/api/events", start_date="2020-01-01", end_date="2026-10-01")
    assert min(row["created_at"] for row in events) > "2026-09-04"


SIZE = """
import time
from datetime import UTC, datetime
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.shelf import EVERYTHING
from bisonwatch.simulator.world import World
start = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
begun = time.process_time()
world = World(7, start=start, past=History(365), rate=0)
sends = sum(past.sends.count(EVERYTHING) for past in world.pasts.values())
oldest = [next(past.sends.above(0, EVERYTHING), None) for past in world.pasts.values()]
print(sends, sum(row is None for row in oldest), round(time.process_time() - begun))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)  # what getrusage says is at least the size of the process that started this one
"""


def test_twelve_months_of_27_workspaces_are_cheap() -> None:
    """Seven million messages: counted and reached at both ends in seconds, in a process of less than 150 MB."""
    told = subprocess.run([sys.executable, "-c", SIZE], capture_output=True, text=True, check=True).stdout
    sends, quiet, seconds, megabytes = map(int, told.split())
    assert sends > 5_000_000
    assert quiet == 3
    assert seconds < 20
    assert megabytes < 150
