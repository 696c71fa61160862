"""The words of a Feed as they travel."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import CarriedFeed, Feed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Part
from bisonwatch.protocol.codec import decode, encode
from bisonwatch.protocol.words import ACTS, READS, spoken, words
from tests.tui.support import FakeFeed


def test_every_word_of_a_feed_is_known_to_read_or_to_act() -> None:
    """A new one is decided about; and it is carried as it is given."""
    known = set(words())
    assert (known, set()) == (READS | ACTS, READS & ACTS)
    assert {name for name, word in words().items() if word.acts} == ACTS
    for name in known:
        assert inspect.signature(getattr(CarriedFeed, name)) == inspect.signature(getattr(Feed, name))


@pytest.mark.parametrize("name", sorted(READS | ACTS))
async def test_what_is_given_and_answered_comes_back_as_it_was(name: str) -> None:
    """For every word, with a value of each type that is given to it."""
    word = words()[name]
    given = tuple(SAMPLES[name])
    told = json.loads(spoken(word, given))
    assert list(told) == list(word.given)
    again = [decode(json.dumps(told[key]), hint) for key, hint in word.given.items()]
    assert again == list(given)
    answer = await getattr(FakeFeed(), name)(*given)
    assert decode(encode(answer, word.answer), word.answer) == answer


def test_text_of_strangers_is_only_text() -> None:
    """Half a character, which no encoding has, does not stop an answer."""
    assert json.loads(encode("a\ud800\u202e\x1b<script>", str)) == "a?\u202e\x1b<script>"


def _samples() -> dict[str, list[Any]]:
    from bisonwatch.domain.absence import Absence
    from bisonwatch.domain.backfill import Order
    from bisonwatch.domain.history import Wish
    from bisonwatch.domain.letter import Wanted
    from bisonwatch.domain.roster import Mark
    from bisonwatch.domain.run import Job, Outcome, RunState
    from bisonwatch.domain.span import Span
    from tests.tui.letters import letter_rows
    from tests.tui.world import run_rows

    key, at = WorkspaceKey("main", 10), datetime(2026, 9, 14, 12, 0, 0, 123456, tzinfo=UTC)
    letter, run = letter_rows()[0], run_rows()[0].run.id
    return {
        "preview": [(key,), (Part.LEADS,)],
        "resync": [(key, WorkspaceKey("a/b", 2)), ()],
        "poll": [(key,)],
        "run_job": [Job.FULL],
        "letters": [],
        "letter": [letter.id],
        "replay": [(letter.id,)],
        "discard": [Wanted(letter.group)],
        "accounts": [{key: Mark(3, at, 2**62, at)}],
        "account": ["main", 1],
        "confirm_absent": [key, Absence(frozenset((1, 2)), at, 9)],
        "runs": [
            Wish(frozenset((Job.POLL,)), frozenset((Outcome.FAILED, RunState.QUEUED)), key, "ma", at, ("a",)),
            (at, run),
        ],
        "run": [run],
        "again": [run],
        "cancel_queued": [],
        "books": [],
        "history": [key],
        "compare": [(key,)],
        "hooks": [],
        "look": [key],
        "mend": [key],
        "fly": [key],
        "cancel": [run],
        "datasets": [key],
        "dataset": [key, DatasetName.KPI, True],
        "cache_stats": [],
        "refresh_datasets": [(key,), (DatasetName.VOLUME,)],
        "clear_datasets": [()],
        "api_log": [Span.DAY],
        "api_hours": ["main", "GET /api/leads"],
        "validation_log": [Span.HOUR],
        "backfill": [(key,), Order(at.date(), at.date()), (Part.LEADS,), True],
        "set_stage": [key, "mara@fernhollow.example", None],
    }


SAMPLES = _samples()
