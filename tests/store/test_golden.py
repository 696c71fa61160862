"""The SQL of the hot statements, for review. BISONWATCH_GOLDEN=write rewrites the files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bisonwatch.domain.delivery import Effect
from bisonwatch.domain.metric import Metric
from bisonwatch.store import counts, facts, inbox, leads
from bisonwatch.store.database import Database
from bisonwatch.store.inbox import Done
from bisonwatch.store.tx import Tx
from tests.support.house import delivery
from tests.support.news import NOON, NORTHWIND, at, fact, lead
from tests.support.statements import Work, laid_out, sent

GOLDEN = Path("tests/store/golden")
ONE = delivery(b"{}")


async def _leads(tx: Tx) -> None:
    await leads.write(tx, [lead()], {NORTHWIND: "Desk"}, NOON)


async def _facts(tx: Tx) -> None:
    await facts.add(tx, [fact()])
    await facts.add(tx, [fact(when=at(-1))])


HOT: dict[str, Work] = {
    "leads.write": _leads,
    "facts.add": _facts,
    "facts.known": lambda tx: facts.known(tx, [fact().fact.id]),
    "counts.add": lambda tx: counts.add(tx, {(NORTHWIND, NOON.date(), Metric.SENT): 1}),
    "inbox.put": lambda tx: inbox.put(tx, [ONE]),
    "inbox.due": lambda tx: inbox.due(tx, NOON, 500),
    "inbox.claim": lambda tx: inbox.claim(tx, [ONE.id]),
    "inbox.finish": lambda tx: inbox.finish(tx, [Done(ONE.id, 12, "x", Effect.APPLIED, "")], NOON),
}


@pytest.mark.parametrize("name", HOT)
async def test_hot_statements(database: Database, name: str) -> None:
    """What is sent is what was reviewed."""
    file = GOLDEN / f"{name}.{database.dialect.name}.sql"
    told = "\n".join(laid_out(statement) for statement, _ in await sent(database, HOT[name]))
    if os.environ.get("BISONWATCH_GOLDEN") == "write":
        file.write_text(told)
    assert told == file.read_text()


def test_every_golden_file_has_its_statement() -> None:
    """No file is left over from a statement that is gone."""
    kinds = ("sqlite", "postgresql")
    assert {file.name for file in GOLDEN.iterdir()} == {
        f"{name}.{kind}.sql" for name in HOT for kind in kinds
    }
