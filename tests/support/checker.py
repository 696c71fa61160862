"""What was answered against what is in the mirror, exactly. Reads an SQLite file or a Postgres database, from outside the product."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from tests.support import postgres
from tests.support.events import WORKSPACES, Effect
from tests.support.load import Answer, eventually

SCHEMA = "bisonwatch"
OURS = f"workspace_id IN {WORKSPACES}"
"""What the load is about; a provider may tell of other workspaces."""
QUERIES = (
    f"SELECT content_hash, count(*) FROM inbox WHERE {OURS} GROUP BY content_hash",
    f"SELECT state, count(*) FROM inbox WHERE {OURS} GROUP BY state",
    f"SELECT workspace_id, type, key, count(*) FROM facts WHERE {OURS} GROUP BY workspace_id, type, key",
    f"SELECT workspace_id, day, metric, n FROM daily_counts WHERE {OURS}",
    f"SELECT workspace_id, lead_email FROM client_leads WHERE {OURS}",
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """What is there: deliveries by content and by state, facts, counters, leads."""

    deliveries: Counter[bytes]
    states: dict[str, int]
    facts: Counter[tuple[int, str, str]]
    counters: dict[tuple[int, date, str], int]
    leads: frozenset[tuple[int, str]]


def rows(url: str, *queries: str) -> list[list[Any]]:
    """What each query gives. The file or server must be there."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as file:
            return [file.execute(query).fetchall() for query in queries]
    return asyncio.run(_fetched(url, queries))


async def _fetched(url: str, queries: Sequence[str]) -> list[list[Any]]:
    connection = await asyncpg.connect(url, server_settings={"search_path": SCHEMA}, timeout=10)
    try:
        return [[tuple(row) for row in await connection.fetch(query)] for query in queries]
    finally:
        await connection.close(timeout=5)


def administer(server: postgres.Server, *statements: str) -> None:
    """Run statements on a server, one after the other, outside of transactions."""

    async def run() -> None:
        connection = await asyncpg.connect(server.url(), timeout=10)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close(timeout=5)

    asyncio.run(run())


def mirror(url: str) -> Mirror:
    contents, states, facts, counters, leads = rows(url, *QUERIES)
    return Mirror(
        Counter({bytes(row[0]): row[1] for row in contents}),
        {str(row[0]): row[1] for row in states},
        Counter({tuple(row[:3]): row[3] for row in facts}),
        {(row[0], _day(row[1]), row[2]): row[3] for row in counters if row[3]},
        frozenset((row[0], row[1]) for row in leads),
    )


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def settled(url: str, answers: Iterable[Answer], within: float = 60.0) -> None:
    """Wait until everything that was acknowledged is in the log (spools drain meanwhile), and nothing is pending.

    By content: a delivery that got no answer may be there as well, and makes up for none that is not.
    """
    acked = Counter(answer.event.content for answer in answers if answer.status == 200)
    pending = f"SELECT count(*) FROM inbox WHERE state = 'pending' AND {OURS}"

    def quiet() -> bool:
        stored, waiting = rows(url, QUERIES[0], pending)
        return waiting[0][0] == 0 and not acked - Counter({bytes(row[0]): row[1] for row in stored})

    eventually(quiet, f"{acked.total()} deliveries are in the log and processed", within)


def is_exact(url: str, answers: Iterable[Answer]) -> Mirror:
    """Every delivery answered 200 is in the log once, nothing is there that was not sent, and the mirror is the set of its facts.

    A delivery that got no 200 may be there or not: its sender would come again.
    """
    answers = tuple(answers)
    found = mirror(url)
    events = {answer.event.content: answer.event for answer in answers}
    acked = Counter(answer.event.content for answer in answers if answer.status == 200)
    sent = Counter(answer.event.content for answer in answers)
    assert acked, "nothing was answered 200: the attack shows nothing"
    lost = acked - found.deliveries
    assert not lost, f"{lost.total()} deliveries were answered 200 and are not in the log"
    doubled = found.deliveries - sent
    assert not doubled, f"{doubled.total()} deliveries are in the log oftener than they were sent"
    assert set(found.states) == {"done"}, f"not everything is processed: {found.states}"
    there = [events[content] for content in found.deliveries]
    effects = {effect for event in there for effect in event.effects}
    assert found.facts == Counter((effect.workspace, effect.metric, effect.key) for effect in effects)
    assert found.counters == _counted(effects)
    assert found.leads == {event.lead for event in there}
    return found


def _counted(effects: Iterable[Effect]) -> Counter[tuple[int, date, str]]:
    return Counter((effect.workspace, effect.day, effect.metric) for effect in effects)


def is_sound(url: str) -> None:
    """The file is whole, as SQLite itself sees it."""
    assert rows(url, "PRAGMA integrity_check") == [[("ok",)]]
