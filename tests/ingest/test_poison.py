"""One bad delivery never blocks others: whatever it breaks, wherever it stands, whoever else is at work."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.event import LeadEvent
from bisonwatch.domain.facts import Fact
from bisonwatch.domain.understood import Understood
from bisonwatch.ingest import batch as batches
from bisonwatch.ingest import processor as module
from bisonwatch.ingest.fold import fold
from bisonwatch.ingest.processor import Processor
from bisonwatch.store import mirror, tables
from bisonwatch.store.database import Database
from bisonwatch.store.tx import AnyRow
from tests.support.house import House, body, delivery, house, processor
from tests.support.news import NOON, at
from tests.support.webhooks import webhook

POISON = "poison@molar.example"
Change = Callable[[Understood], Understood]


def sent(number: int, email: str = "palle@molar.example") -> bytes:
    return body(webhook("email_sent", send=(number, NOON), email=email))


def tampered(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """As if our own reading had let something through: the poison's event is changed after it was understood."""
    real = batches.understand
    monkeypatch.setattr(
        batches,
        "understand",
        lambda item: change(real(item)) if POISON.encode() in item.body else real(item),
    )


def lead_with(**values: object) -> Change:
    def change(item: Understood) -> Understood:
        assert isinstance(item.event, LeadEvent)
        assert item.event.lead is not None
        return replace(item, event=replace(item.event, lead=replace(item.event.lead, **values)))  # type: ignore[arg-type]

    return change


def fact_at(moment: datetime) -> Change:
    def moved(fact: Fact) -> Fact:
        return replace(fact, at=moment)

    return lambda item: replace(item, facts=tuple(map(moved, item.facts)))


BROKEN: dict[str, Change] = {
    "a number beyond its column": lead_with(id=2**63),
    "half a character": lead_with(first_name="a\ud800b"),
    "no text where text must be": lead_with(email=None),
    "a moment without a zone": fact_at(datetime(2026, 9, 14)),  # noqa: DTZ001  what must not be
    "a number where a moment must be": fact_at(5),  # type: ignore[arg-type]  what must not be
}


async def put_500_with_poison_in_the_middle(house: House) -> None:
    items = [delivery(sent(n, f"lead{n % 40}@molar.example"), at(n / 60 - 20)) for n in range(500)]
    items[250] = delivery(sent(250, POISON), at(-16))
    await house.put(*items)


async def the_poison(house: House) -> AnyRow:
    (row,) = [row for row in await house.all() if POISON.encode() in row.body]
    return row


async def good_ones(house: House) -> Counter[str]:
    return Counter(row.effect for row in await house.all() if POISON.encode() not in row.body)


@pytest.mark.parametrize("case", BROKEN)
async def test_poison_in_the_middle_of_500(house: House, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """One pass applies the 499 others, in few transactions; the poison waits with its reason."""
    tampered(monkeypatch, BROKEN[case])
    real, calls = mirror.write, 0

    async def counting(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        return await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(mirror, "write", counting)
    await put_500_with_poison_in_the_middle(house)
    assert await house.processor.once() == 500
    assert await good_ones(house) == {"applied": 499}
    poison = await the_poison(house)
    assert (poison.state, poison.attempts) == ("pending", 1)
    assert poison.error.startswith(("the database refused it: ", "a fault in bisonwatch: "))
    assert calls <= 20
    assert len(await house.all(tables.client_leads)) == 40


@pytest.mark.parametrize("value", ["a\x00b", "ß" * 5000], ids=["NUL", "5 kB"])
async def test_text_a_database_may_take(house: House, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """NUL is refused by Postgres only, a long name by nobody; the others are applied either way."""
    tampered(monkeypatch, lead_with(first_name=value))
    await house.put(delivery(sent(1), at(-3)), delivery(sent(2, POISON), at(-2)), delivery(sent(3), at(-1)))
    await house.processor.once()
    refused = value == "a\x00b" and not house.database.dialect.one_writer
    assert (await the_poison(house)).state == ("pending" if refused else "done")
    assert await good_ones(house) == {"applied": 2}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"])
async def test_the_first_and_the_last_moment_are_stored(
    house: House, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """No date that Python can hold is poison on either database."""
    tampered(monkeypatch, fact_at(datetime.fromisoformat(moment)))
    await house.put(delivery(sent(1, POISON)), delivery(sent(2)))
    await house.processor.once()
    assert [row.state for row in await house.all()] == ["done", "done"]


async def test_poison_that_breaks_our_reading(
    door: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of our own in one delivery is logged with its trace and tried again; the others are applied."""

    def broken(item: Understood) -> Understood:
        raise KeyError("a bug of ours")

    tampered(monkeypatch, broken)
    await put_500_with_poison_in_the_middle(door)
    await door.processor.once()
    assert await good_ones(door) == {"applied": 499}
    poison = await the_poison(door)
    assert (poison.state, poison.attempts, poison.error) == (
        "pending",
        1,
        "a fault in bisonwatch: KeyError: 'a bug of ours'",
    )
    assert [bool(record.exc_info) for record in caplog.records] == [True]
    await door.clock.advance(60)
    await door.processor.once()
    assert [bool(record.exc_info) for record in caplog.records] == [True, False]


async def test_poison_that_breaks_our_folding(
    door: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Found by splitting, like what the database refuses; one trace, not one for each half."""

    def folding(items: list[Understood]) -> Changes:
        if any(POISON.encode() in item.delivery.body for item in items):
            raise ZeroDivisionError("a bug of ours")
        return fold(items)

    monkeypatch.setattr(module, "fold", folding)
    await put_500_with_poison_in_the_middle(door)
    await door.processor.once()
    assert await good_ones(door) == {"applied": 499}
    assert (await the_poison(door)).error == "a fault in bisonwatch: ZeroDivisionError: a bug of ours"
    assert sum(bool(record.exc_info) for record in caplog.records) == 1


async def test_fresh_ones_never_wait_for_what_failed_before(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poison whose next try is due does not stand in the batch of what came since: that is written as one."""
    tampered(monkeypatch, lead_with(id=2**63))
    await house.put(delivery(sent(1, POISON), at(-5)))
    await house.processor.once()
    await house.clock.advance(60)
    sizes: list[int] = []
    real = batches.apply

    async def noting(*arguments: object, **more: object) -> object:
        sizes.append(len(more["batch"]))  # type: ignore[arg-type]
        return await real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "apply", noting)
    await house.put(*(delivery(sent(n), at(n / 60)) for n in range(2, 50)))
    assert await house.processor.once() == 49
    assert sizes == [48, 1]
    assert (await the_poison(house)).attempts == 2


async def test_what_waits_for_its_next_try_is_pending_and_the_rest_goes_by(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown as pending until its time; deliveries that come meanwhile are not held up by it."""
    tampered(monkeypatch, lead_with(id=2**63))
    await house.put(delivery(sent(1, POISON), at(-5)))
    for _ in batches.AGAIN.seconds[:4]:
        await house.processor.once()
        wait = (await the_poison(house)).next_try_at - house.clock.now()
        await house.clock.advance(wait.total_seconds() - 0.001)
        await house.put(delivery(sent(round(house.clock.monotonic()) + 7), house.clock.now()))
        assert await house.processor.once() == 1
        await house.clock.advance(0.002)
    assert ((await the_poison(house)).state, (await the_poison(house)).attempts) == ("pending", 4)
    assert await good_ones(house) == {"applied": 4}


async def test_poison_with_two_processors_at_work(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Both meet it: every other delivery is applied once, and the poison has one try behind it, not two."""
    caplog.set_level(logging.CRITICAL)
    tampered(monkeypatch, lead_with(id=2**63))
    other = database if database.dialect.one_writer else Database(database.place, SystemClock())
    async with house(database) as built:
        items = [delivery(sent(n, f"lead{n % 7}@molar.example"), at(-n)) for n in range(1, 200)]
        poison = [delivery(sent(900 + n, POISON), at(-40 * n)) for n in range(5)]
        await built.put(*items, *poison)

        async def work(node: Processor) -> None:
            while await node.once():
                pass

        await asyncio.gather(*(work(processor(one, built.clock, batch=25)) for one in (database, other)))
        assert await good_ones(built) == {"applied": 199}
        assert {(row.state, row.attempts) for row in await built.all() if POISON.encode() in row.body} == {
            ("pending", 1)
        }
        assert sum(row.n for row in await built.all(tables.daily_counts) if row.metric == "sent") == 199
    if other is not database:
        await other.close()


async def test_a_test_event_that_fails_blames_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A canary that cannot be recorded is set back itself; the events beside it are applied."""
    canary = delivery(sent(9), at(-4), canary="n0nce")
    await house.put(canary, *(delivery(sent(n, f"l{n}@molar.example"), at(-n)) for n in range(3)))
    real = batches._proof

    def unstorable(item: object) -> object:
        return replace(real(item), subject="half \ud800")  # type: ignore[arg-type, type-var]

    monkeypatch.setattr(batches, "_proof", unstorable)
    await house.processor.once()
    states = Counter((row.state, row.effect, row.attempts, bool(row.canary)) for row in await house.all())
    assert states == {("done", "applied", 0, False): 3, ("pending", None, 1, True): 1}
