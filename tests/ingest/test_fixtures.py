"""Every known webhook through the door and the processor, and the whole mirror that follows."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bisonwatch.store import tables
from tests.support.house import FIXTURES, House, fixture
from tests.support.news import at

NAMES = sorted(file.stem for file in FIXTURES.glob("*.json"))
DAY, NEXT = date(2026, 9, 14), date(2026, 9, 15)


def clock(hour: int, minute: int, second: int, day: int = 14) -> datetime:
    return datetime(2026, 9, day, hour, minute, second, tzinfo=UTC)


COUNTS = {
    (DAY, "bounced"): 1,
    (DAY, "interested"): 1,
    (DAY, "manual_sent"): 2,
    (DAY, "opened"): 1,
    (DAY, "replied"): 2,
    (DAY, "replied_automated"): 1,
    (DAY, "send_failed"): 1,
    (DAY, "sent"): 1,
    (DAY, "untracked"): 1,
    (NEXT, "unsubscribed"): 1,
}
FACTS = {
    ("bounced", "s:55210417", clock(16, 25, 40), 0),
    ("interested", "lc:870052:614", clock(17, 31, 45), 0),
    ("manual_sent", "r:3400260", clock(17, 40, 0), 0),
    ("manual_sent", "r:3400261", clock(17, 40, 0), 0),
    ("opened", "se:55210417:99181290", clock(16, 58, 3), 0),
    ("replied", "r:3400175", clock(17, 2, 11), 0),
    ("replied", "r:3400190", clock(16, 25, 1), 0),
    ("replied_automated", "r:3400190", clock(16, 25, 1), 0),
    ("send_failed", "s:55210417", clock(16, 24, 33), 0),
    ("sent", "s:55210417", clock(16, 24, 20), 0),
    ("unsubscribed", "lc:870052:614", clock(7, 10, 0, day=15), 0),
    ("untracked", "r:3400222", clock(18, 40, 0), 0),
}
LEAD = {
    "instance": "main",
    "workspace_id": 12,
    "lead_email": "palle.stenmark@brightmolar.example",
    "workspace_name": "Northwind Desk",
    "lead_id": 870052,
    "first_name": "Palle",
    "last_name": "Stenmark",
    "company": "Bright Molar Clinic",
    "title": "Practice Owner",
    "phone": None,
    "state": None,
    "status": "unsubscribed",
    "pipeline_stage": "interested",
    "stage_author": "auto",
    "auto_stage": "interested",
    "contacted_at": clock(16, 24, 20),
    "replied_at": clock(16, 25, 1),
    "interested_at": clock(17, 2, 11),
    "bounced_at": clock(16, 25, 40),
    "unsubscribed_at": clock(7, 10, 0, day=15),
    "campaign_id": 614,
    "sender_email_id": 3301,
    "contact_known_at": clock(7, 10, 0, day=15),
    "reply_id": 3400175,
    "date_received": clock(17, 2, 11),
    "known_at": clock(7, 10, 0, day=15),
    "known_rank": 0,
    "updated_at": at(35 / 60),
}
TYPES = {
    "blacklisted_domain_added": 1,
    "blacklisted_domain_removed": 1,
    "blacklisted_email_added": 1,
    "blacklisted_email_removed": 1,
    "email_account_added": 1,
    "email_account_disconnected": 2,
    "email_account_reconnected": 1,
    "email_account_removed": 1,
    "email_bounced": 1,
    "email_opened": 1,
    "email_send_failed": 1,
    "email_sent": 4,
    "lead_first_contacted": 1,
    "lead_interested": 3,
    "lead_replied": 4,
    "lead_unsubscribed": 1,
    "manual_email_send_failed": 1,
    "manual_email_sent": 2,
    "something_new": 1,
    "tag_attached": 2,
    "tag_removed": 1,
    "untracked_reply_received": 1,
    "warmup_disabled_causing_bounces": 1,
    "warmup_disabled_receiving_bounces": 1,
}
DUPLICATES = {
    "email_sent.legacy-2024",
    "variant.events-envelope.lead_replied",
    "variant.flat-string-event.lead_interested",
    "variant.local-equals-utc.email_sent",
    "variant.lowercase-type.lead_interested",
    "variant.string-ids.email_sent",
    "variant.wrapped-in-data.lead_replied",
}


async def tell(house: House) -> None:
    """Every fixture, a second apart."""
    for name in NAMES:
        assert (await house.post(fixture(name), query="workspace=12")).status == 200
        await house.clock.advance(1)


async def test_facts_and_counts(house: House) -> None:
    """Each fact once with its best date, and each day's counts, whatever variants told it."""
    await tell(house)
    await house.drain()
    facts = {(row.type, row.key, row.at, row.rank) for row in await house.all(tables.facts)}
    counts = {(row.day, row.metric): row.n for row in await house.all(tables.daily_counts)}
    assert (facts, counts) == (FACTS, COUNTS)


async def test_the_lead(house: House) -> None:
    """One lead: the newest description, the earliest of every turn, the newest contact and answer."""
    await tell(house)
    await house.drain()
    (row,) = await house.all(tables.client_leads)
    told = dict(row._mapping)
    assert told.pop("known_sequence") == told.pop("contact_sequence")
    assert told == LEAD


async def test_what_else_is_known(house: House) -> None:
    """The workspace, its campaign, its types, the accounts to read again, when it was last heard."""
    await tell(house)
    await house.drain()
    assert [row[:4] for row in await house.all(tables.client_registry)] == [
        ("main", 12, "Northwind Desk", "Northwind Desk")
    ]
    assert [row[:4] for row in await house.all(tables.campaigns)] == [
        ("main", 12, 614, "Dentists Nordics - wave 3")
    ]
    assert {row.type: row.n for row in await house.all(tables.event_types)} == TYPES
    assert [(row.kind, row.object_id) for row in await house.all(tables.hints)] == [
        ("account", 3301),
        ("account", 3302),
    ]
    (watch,) = await house.all(tables.workspace_watch)
    assert (watch.last_webhook_at, watch.missed) == (at(34 / 60), 0)
    assert [(row.minute, row.webhooks, row.polled) for row in await house.all(tables.traffic)] == [
        (at(0), 35, 0)
    ]


async def test_effects(house: House) -> None:
    """Each delivery is done and says what it did: the first teller of a fact applied it."""
    await tell(house)
    await house.drain()
    rows = sorted(await house.all(), key=lambda row: row.received_at)
    effects = {name: (row.state, row.effect, row.error) for name, row in zip(NAMES, rows, strict=True)}
    word = {name: "duplicate" if name in DUPLICATES else "applied" for name in NAMES}
    word["variant.unknown-type"] = "unknown"
    assert effects == {name: ("done", effect, None) for name, effect in word.items()}
    assert (house.processing.processed, house.processing.dead) == (35, 0)


async def test_told_one_by_one_or_at_once(house: House) -> None:
    """Batches of one and one batch of all leave the same mirror."""
    for name in NAMES:
        await house.post(fixture(name), query="workspace=12")
        await house.clock.advance(1)
        await house.drain()
    facts = {(row.type, row.key, row.at, row.rank) for row in await house.all(tables.facts)}
    counts = {(row.day, row.metric): row.n for row in await house.all(tables.daily_counts)}
    (row,) = await house.all(tables.client_leads)
    told = {name: value for name, value in row._mapping.items() if name in LEAD}
    assert (facts, counts, told) == (FACTS, COUNTS, LEAD | {"updated_at": at(33 / 60)})
