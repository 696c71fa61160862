"""The world: sizes, determinism, the oracle."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from bisonwatch.domain.metric import Metric
from bisonwatch.errors import CallError
from bisonwatch.simulator.records import LoggedEvent
from bisonwatch.simulator.world import World
from tests.simulator.conftest import START, small_world


def test_the_default_world_has_27_workspaces_and_4000_accounts_one_with_433() -> None:
    """27 workspaces from id 12 on, exactly 4,000 accounts, exactly one workspace with 433, all hosts on .example."""
    world = World(7, start=START)
    sizes = [len(workspace.accounts) for workspace in world.workspaces.values()]
    assert list(world.workspaces) == list(range(12, 39))
    assert (sum(sizes), sizes.count(433), max(sizes)) == (4000, 1, 433)
    assert sum(workspace.weight == 0 for workspace in world.workspaces.values()) in (3, 4)
    assert all(a.email.endswith(".example") for w in world.workspaces.values() for a in w.accounts)
    assert any(not workspace.name.isascii() for workspace in world.workspaces.values())


@pytest.mark.parametrize(("workspaces", "accounts"), [(1, 1), (2, 9), (9, 9), (40, 2000)])
def test_any_size_adds_up(workspaces: int, accounts: int) -> None:
    """Whatever the size, the accounts add up, every workspace has one, and things happen."""
    world = World(3, workspaces, accounts, start=START, rate=50.0)
    sizes = [len(workspace.accounts) for workspace in world.workspaces.values()]
    assert (len(sizes), sum(sizes), min(sizes) > 0) == (workspaces, accounts, True)
    assert len(world.advance(START + timedelta(seconds=2))) >= 99


def test_too_few_accounts_are_refused() -> None:
    """Fewer accounts than workspaces is an error of the call."""
    with pytest.raises(CallError):
        World(3, 5, 4, start=START)


def test_the_same_seed_and_calls_give_the_same_bytes() -> None:
    """Two worlds of one seed, moved alike, log equal bytes, ids and moments; another seed does not."""

    def story(seed: int) -> list[tuple[int, str, bytes, datetime]]:
        world = World(seed, 4, 90, start=START, rate=50.0)
        events = world.advance(START + timedelta(seconds=7)) + world.bounce(12)
        return [(event.id, event.uuid, event.body, event.created_at) for event in events]

    assert story(7) == story(7)
    assert story(7) != story(8)


def test_it_happens_at_the_given_rate(world: World) -> None:
    """20 events a second for ten seconds are 200 events, in order, none later than now."""
    events = world.advance(START + timedelta(seconds=10))
    assert len(events) in (199, 200, 201)
    assert [event.id for event in events] == sorted(event.id for event in events)
    assert max(event.created_at for event in events) <= START + timedelta(seconds=10)


def test_quiet_workspaces_have_no_events() -> None:
    """A quiet workspace stays silent whatever happens elsewhere, until a test makes it speak."""
    world = World(7, start=START, rate=500.0)
    world.advance(START + timedelta(seconds=4))
    quiet = next(w for w in world.workspaces.values() if w.weight == 0)
    assert len(quiet.log) == 0
    assert world.send(quiet.id)[0].type == "EMAIL_SENT"


def test_the_truth_equals_what_the_event_log_says() -> None:
    """Counted from the payloads of the log alone, every day, metric and lead's moment is the oracle's."""
    world = small_world(rate=400.0, start=datetime(2026, 9, 14, 23, 59, 56, tzinfo=UTC))
    events = world.advance(world.started_at + timedelta(seconds=8))
    for workspace_id in world.workspaces:
        own = [event for event in events if event.workspace_id == workspace_id]
        truth = world.truth(workspace_id)
        assert truth.days == counts_of(own)
        assert {email: _moments(marks) for email, marks in truth.leads.items()} == moments_of(own)
    assert len({day for day, _ in truth.days}) == 2


METRICS = {
    "EMAIL_SENT": Metric.SENT,
    "EMAIL_SEND_FAILED": Metric.SEND_FAILED,
    "EMAIL_OPENED": Metric.OPENED,
    "LEAD_REPLIED": Metric.REPLIED,
    "UNTRACKED_REPLY_RECEIVED": Metric.UNTRACKED,
    "MANUAL_EMAIL_SENT": Metric.MANUAL_SENT,
    "EMAIL_BOUNCED": Metric.BOUNCED,
    "LEAD_INTERESTED": Metric.INTERESTED,
    "LEAD_UNSUBSCRIBED": Metric.UNSUBSCRIBED,
}
TURNS = {
    "EMAIL_SENT": "contacted_at",
    "LEAD_REPLIED": "replied_at",
    "LEAD_INTERESTED": "interested_at",
    "EMAIL_BOUNCED": "bounced_at",
    "LEAD_UNSUBSCRIBED": "unsubscribed_at",
}


def counts_of(events: list[LoggedEvent]) -> dict:
    counted: Counter = Counter()
    for event in events:
        data = orjson.loads(event.body)["data"]
        if event.type in METRICS:
            counted[_moment(data).date(), METRICS[event.type]] += 1
        if event.type == "LEAD_REPLIED" and data["reply"]["automated_reply"]:
            counted[_moment(data).date(), Metric.REPLIED_AUTOMATED] += 1
    return dict(counted)


def moments_of(events: list[LoggedEvent]) -> dict[str, dict[str, datetime]]:
    found: dict[str, dict[str, datetime]] = {}
    for event in events:
        if event.type in TURNS:
            data = orjson.loads(event.body)["data"]
            turns = found.setdefault(data["lead"]["email"], {})
            turns.setdefault(TURNS[event.type], _moment(data))
    return found


def _moment(data: dict) -> datetime:
    block = data.get("campaign_event")
    return datetime.fromisoformat(block["created_at"] if block else data["reply"]["date_received"])


def _moments(marks: object) -> dict[str, datetime]:
    return {turn: at for turn in TURNS.values() if (at := getattr(marks, turn))}


def test_first_contact_comes_beside_the_send(world: World) -> None:
    """The first message to a lead makes EMAIL_SENT and LEAD_FIRST_CONTACTED of one scheduled e-mail; the second only EMAIL_SENT."""
    lead = next(lead for lead in world.workspaces[12].leads if not lead.memberships)
    first, second = world.send(12, lead.email), world.send(12, lead.email)
    ids = {orjson.loads(event.body)["data"]["scheduled_email"]["id"] for event in first}
    assert [event.type for event in first] == ["EMAIL_SENT", "LEAD_FIRST_CONTACTED"]
    assert len(ids) == 1
    assert [event.type for event in second] == ["EMAIL_SENT"]


def test_a_lead_sticks_to_its_mailbox(world: World) -> None:
    """Later messages of a campaign come from the mailbox that mailed the lead first, as long as it is connected."""
    lead = next(lead for lead in world.workspaces[12].leads if not lead.memberships)

    def mailbox() -> int:
        return orjson.loads(world.send(12, lead.email)[0].body)["data"]["sender_email"]["id"]

    first = mailbox()
    assert {mailbox() for _ in range(5)} == {first}
    world.disconnect(first)
    assert mailbox() != first


def test_interested_is_told_once_per_lead_and_campaign(world: World) -> None:
    """Marking the same lead's next reply interested is silent."""
    lead = world.workspaces[12].leads[-1].email
    assert [event.type for event in world.interested(12, lead)] == ["LEAD_INTERESTED"]
    assert world.interested(12, lead) == []
    assert world.truth(12).leads[lead].interested_at == START


def test_an_uncounted_automated_reply_makes_no_event(world: World) -> None:
    """Where the campaign does not count automated replies, an out-of-office is only a row of the inbox."""
    for campaign in world.workspaces[12].campaigns:
        campaign.counts_auto_replies = False
    rows = len(world.workspaces[12].replies)
    assert world.reply(12, automated=True) == []
    assert len(world.workspaces[12].replies) == rows + 1
    assert not world.truth(12).days.get((START.date(), Metric.REPLIED))


def test_who_bounced_or_left_is_not_written_to_again(world: World) -> None:
    """A bounced lead bounces once; a second bounce or unsubscribe of it is nothing."""
    lead = world.workspaces[12].leads[-1].email
    assert [event.type for event in world.bounce(12, lead)] == ["EMAIL_BOUNCED"]
    assert world.bounce(12, lead) == world.unsubscribe(12, lead) == []


def test_the_log_is_bounded_in_rows_and_days() -> None:
    """The log keeps about so many rows over all workspaces (two in a hundred more), and nothing older than ten days."""
    world = small_world(rate=200.0, log_rows=150)
    world.advance(START + timedelta(seconds=5))
    assert 150 <= sum(len(workspace.log) for workspace in world.workspaces.values()) <= 153
    world.rate = 0.0
    world.advance(START + timedelta(days=11))
    assert sum(len(workspace.log) for workspace in world.workspaces.values()) == 0


def test_strangers_are_refused(world: World) -> None:
    """An unknown workspace, lead or account raises CallError."""
    with pytest.raises(CallError):
        world.send(99)
    with pytest.raises(CallError):
        world.send(12, "nobody@nowhere.example")
    with pytest.raises(CallError):
        world.disconnect(1)
