"""The API's own document, asked with whatever it allows and forbids: no 5xx, and no answer that it does not describe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.engine import Status, events

from bisonwatch.domain import attempts
from bisonwatch.store import inbox
from bisonwatch.store.inbox import Failure
from tests.api.conftest import OPERATOR, VIEWER
from tests.support import places
from tests.support.house import body, delivery
from tests.support.length import LONG
from tests.support.served import served
from tests.support.story import Story

OUT_OF_REACH = [
    {"include-name": name, "checks": {"positive_data_acceptance": {"enabled": False}}}
    for name in (
        "POST /api/v1/backfill",
        "POST /api/v1/feed/backfill",
        "POST /api/v1/feed/set_stage",
        "GET /api/v1/export/{name}",
    )
]
"""Days may lie before what is kept, or in the future: no schema knows today. Nor does one know that leads have no date, or parquet no gzip;
nor do types that a stage is no blank word."""
BRIEFLY = {
    "include-path-regex": "/feed/",
    "generation": {"max-examples": 1},
    "phases": {"coverage": {"enabled": False}},
}
"""What the words are given is checked by one function, which has tests of its own; only the long form tries it with each."""
ENDLESS = {"include-name": "GET /api/v1/stream", "enabled": False}
"""It has tests of its own."""
METHODS = {} if LONG else {"unexpected-methods": ["DELETE"]}
"""One that no route takes stands for all of them."""
OPERATIONS = [*OUT_OF_REACH, ENDLESS, *([] if LONG else [BRIEFLY])]


async def given(told: Story) -> None:
    now = told.clock.now()
    items = [delivery(body({"event": {"workspace_id": 12}, "n": n}), now) for n in range(5)]
    async with told.engine.database.write() as tx:
        await inbox.put(tx, items)
        await inbox.fail(tx, [Failure(item.id, "the body has no event type", 1, None) for item in items], now)


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Wrong tokens are part of it, and time stands still: they are not refused for their number here."""
    place = places.sqlite_copy(sqlite_template, tmp_path_factory.mktemp("fuzz"))
    tokens = [("ops", "operator", OPERATOR), ("eye", "viewer", VIEWER)]
    with pytest.MonkeyPatch.context() as patched, served(place, tokens, given) as url:
        patched.setattr(attempts, "ALLOWED", 1_000_000)
        yield url


def asked(address: str, token: str | None, examples: int, *, thoroughly: bool) -> tuple[int, dict[str, str]]:
    """How many requests were sent, and what was wrong with the answers, by operation."""
    chosen: dict[str, Any] = {
        "seed": 20261122,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "generation": {"max-examples": examples, "database": "none", "deterministic": True},
        "suppress-health-check": ["all"],
        "phases": {"coverage": {"enabled": thoroughly, **METHODS}, "stateful": {"enabled": LONG}},
        "operations": OPERATIONS,
    }
    config = schemathesis.Config.from_dict(chosen)
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)
    sent, wrong = 0, dict[str, str]()
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            sent += len(event.recorder.interactions)
            wrong |= {f"{event.label}: {name}": why for name, why in _failed(event)}
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong[type(event).__name__] = repr(event)
    return sent, wrong


def _failed(event: events.ScenarioFinished) -> Iterator[tuple[str, str]]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.status is Status.FAILURE:
                yield check.name, f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"


@pytest.mark.timeout(1800 if LONG else 300)
@pytest.mark.parametrize(
    ("token", "examples", "thoroughly"), [(OPERATOR, 2, True), (VIEWER, 1, LONG), (None, 1, LONG)]
)
def test_whatever_is_asked_the_answer_is_one_that_the_document_tells(
    address: str, token: str | None, examples: int, thoroughly: bool
) -> None:
    """Status, content type, headers and shape; never a 5xx; nothing without a token; what is not allowed is refused."""
    sent, wrong = asked(address, token, examples * (25 if LONG else 1), thoroughly=thoroughly)
    assert wrong == {}
    assert sent >= 50
