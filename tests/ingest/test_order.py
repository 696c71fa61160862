"""Any order, repetition and mixture of doors gives the same mirror (G2, G3, G5)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.ingest.fold import fold
from bisonwatch.ingest.understand import understand
from bisonwatch.store import leads, tables
from tests.support.house import House, body, delivery
from tests.support.news import NOON, at
from tests.support.webhooks import EMAIL, webhook

LIFE = [
    webhook("email_sent", happened=(1, at(-90)), send=(5, at(-90)), campaign=44, account=3, first_name="Old"),
    webhook("email_sent", send=(5, None), campaign=44, campaign_name="Autumn"),
    webhook("lead_first_contacted", happened=(2, at(-90)), campaign=44, account=3, first_name="First"),
    webhook("email_opened", happened=(3, at(-60)), send=(5, at(-90)), first_name="Opened"),
    webhook("lead_replied", happened=(4, at(-50)), reply=(70, at(-51)), campaign=44, first_name="Replied"),
    webhook("lead_replied", reply=(71, at(-51)), automated=True, first_name="Automated"),
    webhook("lead_interested", reply=(71, at(-51)), campaign=44, first_name="Same moment, same id"),
    webhook("lead_interested", reply=(71, at(-51)), campaign=44, first_name="And another name", account=9),
    webhook("email_bounced", happened=(6, at(-40)), send=(5, at(-90)), campaign=45, campaign_name="A"),
    webhook("email_bounced", happened=(6, at(-40)), send=(6, at(-800)), campaign=45, campaign_name="B"),
    webhook("lead_unsubscribed", first_name="Undated"),
    webhook("lead_unsubscribed", happened=(8, at(-40)), campaign=46, first_name="Last"),
    webhook("manual_email_sent", reply=(90, at(-1200)), email="second@molar.example", account=2),
]


def tellings(workspace: int) -> list[Delivery]:
    """Each event once by a webhook and once by a poll, at moments that do not change with the order."""
    found = []
    for number, raw in enumerate(LIFE):
        event = {key: value for key, value in raw["event"].items() if key != "workspace_id"}
        content = body({**raw, "event": event})
        heard = delivery(content, at(number), workspace_id=workspace)
        log = delivery(
            content, at(60 + number), source=Source.POLL, logged_at=at(number - 5), workspace_id=workspace
        )
        found += [heard, log]
    return found


def shuffled(seed: int, workspace: int) -> list[Delivery]:
    """Every telling one to three times, in any order."""
    rng = random.Random(seed)
    repeated = [item for item in tellings(workspace) for _ in range(rng.choice((1, 1, 2, 3)))]
    rng.shuffle(repeated)
    return [replace(item, id=uuid7(item.received_at)) for item in repeated]


def chunks(items: Sequence[Delivery], seed: int) -> list[Sequence[Delivery]]:
    rng, found, rest = random.Random(seed), [], items
    while rest:
        size = rng.choice((1, 2, 7, 30))
        found.append(rest[:size])
        rest = rest[size:]
    return found


UNSTABLE = {"instance", "workspace_id", "workspace_name", "updated_at"}
"""Columns that name the workspace of a try, or say when the row was written."""
WATCHED = {
    tables.client_leads: None,
    tables.daily_counts: None,
    tables.campaigns: None,
    tables.facts: {"type", "key", "at", "rank", "webhook_at", "logged_at"},
}


async def mirror(house: House) -> dict[int, list[dict[str, object]]]:
    """All that must not depend on order, per workspace."""
    found: dict[int, list[dict[str, object]]] = {}
    for table, columns in WATCHED.items():
        for row in await house.all(table):
            kept = {
                name: value
                for name, value in row._mapping.items()
                if name not in UNSTABLE and (columns is None or name in columns) and value != 0
            }
            if "n" in kept or table is not tables.daily_counts:
                found.setdefault(row.workspace_id, []).append({"table": table.name, **kept})
    return found


async def test_every_order_gives_one_mirror(house: House) -> None:
    """Twelve shuffles with repetitions, cut into batches of any size, leave twelve equal mirrors."""
    for seed in range(12):
        for chunk in chunks(shuffled(seed, workspace=100 + seed), seed):
            await house.put(*chunk)
            await house.clock.advance(4000)
            await house.drain()
    first, *others = (await mirror(house)).values()
    assert len(others) == 11
    for other in others:
        assert other == first


@pytest.mark.parametrize("seed", range(40))
def test_folding_does_not_see_the_order(seed: int) -> None:
    """One batch folds to the same leads, campaigns and dated facts, however it is sorted."""
    items = tellings(12)
    mixed = random.Random(seed).sample(items, len(items))
    straight, crooked = (fold([understand(item) for item in some]) for some in (items, mixed))
    assert (crooked.leads, crooked.campaigns, crooked.hints) == (
        straight.leads,
        straight.campaigns,
        straight.hints,
    )
    assert [news.fact for news in crooked.facts] == [news.fact for news in straight.facts]
    assert (crooked.sightings, crooked.traffic, crooked.types) == (
        straight.sightings,
        straight.traffic,
        straight.types,
    )


async def test_a_persons_stage_survives_every_event(house: House) -> None:
    """What a person set stays through any order of a lead's whole life; the automatic stage goes on beside it."""
    key = WorkspaceKey("main", 12)
    stages = set()
    for seed in range(6):
        parts = chunks(shuffled(seed, 12), seed)
        for number, chunk in enumerate(parts):
            await house.put(*chunk)
            await house.clock.advance(4000)
            await house.drain()
            if number == seed % len(parts):
                async with house.database.write() as tx:
                    await leads.set_stage(tx, key, EMAIL, "qualified")
        async with house.database.write() as tx:
            found = await leads.get(tx, key, EMAIL)
            assert found is not None
            stages.add((found.pipeline_stage, found.stage_author))
            await leads.set_stage(tx, key, EMAIL, None)
    assert stages <= {("qualified", "person"), ("interested", "auto")}
    assert ("qualified", "person") in stages


async def test_a_day_does_not_depend_on_the_door(house: House) -> None:
    """A webhook without dates counts on its receipt's day until the log tells a better one."""
    undated = body(webhook("lead_unsubscribed", email=None))
    await house.put(delivery(undated, NOON))
    await house.drain()
    await house.put(delivery(undated, NOON, source=Source.POLL, logged_at=at(-1440)))
    await house.drain()
    counts = {str(row.day): row.n for row in await house.all(tables.daily_counts)}
    assert counts == {"2026-11-19": 1, "2026-11-20": 0}
