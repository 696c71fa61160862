from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import text

from bisonwatch.domain.changes import Changes, LeadNews, fold_leads
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.promptness import Due
from bisonwatch.domain.stage import Marks, automatic
from bisonwatch.store import counts, facts, leads, mirror, traffic, workspaces
from bisonwatch.store.database import Database
from tests.support.news import NOON, NORTHWIND, at, fact, lead, sighting

DAY = date(2026, 11, 20)


async def write(database: Database, changes: Changes) -> mirror.Written:
    async with database.write() as tx:
        return await mirror.write(tx, replace(changes, sightings=changes.sightings or (sighting(),)), NOON)


async def sent(database: Database) -> dict[date, int]:
    async with database.read() as tx:
        found = await counts.counted(tx, date(2026, 1, 1), date(2026, 12, 31))
    return {day: n for (_, day, metric), n in found.items() if metric is Metric.SENT and n}


async def stored(database: Database, email: str = "palle@molar.example") -> leads.StoredLead:
    async with database.read() as tx:
        found = await leads.get(tx, NORTHWIND, email)
    assert found is not None
    return found


async def test_a_fact_is_counted_once(database: Database) -> None:
    """A repeated fact, from whatever door, changes no count; only its first delivery brought news."""
    first, again = fact(), fact(source=Source.POLL)
    written = await write(database, Changes(facts=(first,)))
    repeated = await write(database, Changes(facts=(again,)))
    assert written.news_from == {first.delivery}
    assert repeated.news_from == frozenset()
    assert await sent(database) == {DAY: 1}


async def test_a_better_date_moves_the_count(database: Database) -> None:
    """The count lies on the day of the best-ranked, then earliest, date, whichever door came first."""
    yesterday = at(-60 * 13)
    await write(database, Changes(facts=(fact(when=NOON, rank=1),)))
    await write(database, Changes(facts=(fact(when=yesterday, rank=0),)))
    await write(database, Changes(facts=(fact(when=NOON, rank=1),)))
    assert await sent(database) == {date(2026, 11, 19): 1}


async def test_the_webhook_that_comes_after_the_poll_is_remembered(database: Database) -> None:
    """A fact a poll brought first still learns when its webhook arrived, so that the delivery rate is fair."""
    await write(database, Changes(facts=(fact(source=Source.POLL, seen_at=at(1)),)))
    await write(database, Changes(facts=(fact(source=Source.WEBHOOK, seen_at=at(2)),)))
    async with database.read() as tx:
        assert await traffic.arrivals(tx, NOON, at(5)) == {NORTHWIND: Due(1, 1)}


async def test_what_was_read_with_its_history_says_nothing_of_webhooks(database: Database) -> None:
    """A resync's facts do not count for the delivery rate, until a webhook or a poll tells them too; failures never do."""
    read = [fact(f"s:{n}", source=Source.READ, seen_at=at(1)) for n in (1, 2, 3)]
    failed = fact("s:9", Metric.SEND_FAILED, source=Source.POLL, seen_at=at(1))
    await write(database, Changes(facts=(*read, failed)))
    arrived = []
    for source, key in ((Source.READ, "s:1"), (Source.WEBHOOK, "s:2"), (Source.POLL, "s:3")):
        written = await write(database, Changes(facts=(fact(key, source=source, seen_at=at(2)),)))
        assert written.new == ()
        assert len(written.proven) == (source is not Source.READ)
        async with database.read() as tx:
            arrived.append((await traffic.arrivals(tx, NOON, at(5))).get(NORTHWIND))
            told = await facts.known(tx, [item.fact.id for item in read])
    assert arrived == [Due(0, 0), Due(1, 1), Due(2, 1)]
    assert {key.key for key in told} == {"s:2", "s:3"}
    assert await sent(database) == {DAY: 3}


def turns() -> list[LeadNews]:
    """A lead's life, with two descriptions of one moment."""
    return [
        lead(name="Old", known=at(-30), sequence=9, contacted_at=at(-30)),
        lead(name="Tie A", known=at(0), sequence=5, replied_at=at(0)),
        lead(name="Tie B", known=at(0), sequence=6, bounced_at=at(3)),
        lead(name="Late", known=at(-5), sequence=50, unsubscribed_at=at(2)),
        lead(name="Older", known=at(-50), sequence=1, contacted_at=at(-50)),
    ]


async def test_any_order_of_news_gives_one_lead(database: Database) -> None:
    """Newer news wins, marks are the earliest, the stage follows: for every order, and for batches as for single writes."""
    seeded = random.Random(7)
    results = set()
    for number, order in enumerate(seeded.sample(list(itertools.permutations(turns())), 12)):
        email = f"lead{number}@molar.example"
        news = [replace(item, lead=replace(item.lead, email=email)) for item in order]
        cut = number % len(news)
        await write(database, Changes(leads=fold_leads(news[:cut])))
        for item in news[cut:]:
            await write(database, Changes(leads=(item,)))
        found = await stored(database, email)
        results.add((found.first_name, found.pipeline_stage, found.marks))
    assert results == {("Tie B", "unsubscribed", Marks(at(-50), at(0), None, at(3), at(2)))}


async def test_stage_in_sql_is_the_stage_in_python(database: Database) -> None:
    """The CASE in the upsert and `domain.stage.automatic` are one rule, for every set of marks."""
    names = ("contacted_at", "replied_at", "interested_at", "bounced_at", "unsubscribed_at")
    every: dict[str, dict[str, datetime]] = {
        f"lead{bits:02}@molar.example": {name: at(5 - i) for i, name in enumerate(names) if bits >> i & 1}
        for bits in range(32)
    }
    await write(database, Changes(leads=tuple(lead(email) for email in every)))
    await write(database, Changes(leads=tuple(lead(email, **marks) for email, marks in every.items())))
    async with database.read() as tx:
        found = {item.email: item.pipeline_stage for item in await leads.page(tx, NORTHWIND, None, 50)}
    assert found == {email: automatic(Marks(**marks)).value for email, marks in every.items()}


async def test_a_persons_stage_stays(database: Database) -> None:
    """What a person set survives every event, and is handed back only when a person clears it."""
    await write(database, Changes(leads=(lead(contacted_at=NOON),)))
    async with database.write() as tx:
        assert await leads.set_stage(tx, NORTHWIND, "palle@molar.example", "qualified")
    await write(database, Changes(leads=(lead(known=at(9), interested_at=at(9)),)))
    kept = await stored(database)
    assert (kept.pipeline_stage, kept.stage_author, kept.marks.interested_at) == (
        "qualified",
        "person",
        at(9),
    )
    async with database.write() as tx:
        await leads.set_stage(tx, NORTHWIND, "palle@molar.example", None)
    assert (await stored(database)).pipeline_stage == "interested"


async def test_a_stage_written_from_outside_is_a_persons(database: Database) -> None:
    """Another program's plain UPDATE of client_leads is a person's word; NULL hands the lead back."""
    await write(database, Changes(leads=(lead(contacted_at=NOON),)))
    table = "client_leads" if database.dialect.one_writer else f'"{database.place.schema}".client_leads'
    for word, expected in (("closed", ("closed", "person")), (None, ("contacted", "auto"))):
        async with database.write() as tx:
            await tx.run(text(f"UPDATE {table} SET pipeline_stage = :word"), {"word": word})
        await write(database, Changes(leads=(lead(known=at(3)),)))
        found = await stored(database)
        assert (found.pipeline_stage, found.stage_author) == expected


async def test_two_workspaces_may_share_a_name(database: Database) -> None:
    """The second gets its key behind the name; a rename is recorded everywhere and never makes a new workspace."""
    other = WorkspaceKey("main", 13)
    await write(database, Changes(sightings=(sighting(), sighting(other)), leads=(lead(),)))
    async with database.read() as tx:
        assert await workspaces.names(tx) == {NORTHWIND: "Northwind Desk", other: "Northwind Desk (main/13)"}
    await write(database, Changes(sightings=(sighting(name="Northwind North", when=at(1)),)))
    async with database.read() as tx:
        assert (await workspaces.names(tx))[NORTHWIND] == "Northwind North"
        rows = await tx.rows(
            text(
                "SELECT workspace_name FROM client_leads"
                if database.dialect.one_writer
                else f'SELECT workspace_name FROM "{database.place.schema}".client_leads'
            )
        )
    assert [row[0] for row in rows] == ["Northwind North"]
