"""What types do not tell of values that strangers give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import jsonschema_rs
import pytest

from bisonwatch.domain.history import Wish
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Wanted
from bisonwatch.domain.roster import Mark
from bisonwatch.protocol import sound
from bisonwatch.protocol.codec import Unreadable
from bisonwatch.protocol.words import heard, words

KEY, AT = WorkspaceKey("main", 12), datetime(2026, 9, 14, 12, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
WRONG = {
    "a text has no nul character": [
        "a\0b",
        (KEY, Wish(words=("a\0",))),
        {WorkspaceKey("a\0", 1): Mark(1, AT, 1)},
    ],
    "a number has at most 63 bits": [2**63, -(2**63), Wanted(workspace_id=10**30), frozenset((10**30,))],
    "a moment has a time zone": [NAIVE, Wish(since=NAIVE)],
    "a moment lies in the years 2 to 9998": [EARLY, {KEY: Mark(1, EARLY, 1)}],
}


@pytest.mark.parametrize("why", WRONG)
def test_what_no_database_takes_is_found_wherever_it_is(why: str) -> None:
    """In tuples, sets, maps, their keys and dataclasses."""
    assert [sound.wrong(value) for value in WRONG[why]] == [why] * len(WRONG[why])


def test_what_is_sound() -> None:
    """The greatest number, a moment of any zone, nothing at all, a yes and a no."""
    values = [2**63 - 1, AT, None, True, {KEY: Mark(3, AT, -5)}, Wish(since=AT, words=("²",))]
    assert [sound.wrong(value) for value in values] == [None] * len(values)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("account", {"instance": "main", "number": True}),
        ("account", {"instance": "main", "number": "12"}),
        ("account", {"instance": "main", "number": 12.5}),
        ("dataset", {"workspace": "main/12", "name": "kpi", "fresh": 0}),
        ("runs", {"wish": {}, "after": [0, "01998a5e-3c00-7000-8000-000000000001"]}),
        ("runs", {"wish": {"since": "2026-09-14T12:00:00"}, "after": None}),
        ("discard", {"letters": {"workspace_id": False}}),
    ],
)
def test_nothing_stands_for_something_else(name: str, given: object) -> None:
    """No yes for a number, no number for a moment, no moment without a zone."""
    with pytest.raises(Unreadable):
        heard(words()[name], json.dumps(given).encode())


def test_a_whole_number_may_be_written_as_a_fraction() -> None:
    """12.0 is 12, as in JSON schemas; what is no JSON is refused as such, however deep it is."""
    assert heard(words()["account"], b'{"instance": "main", "number": 12.0}') == {
        "instance": "main",
        "number": 12,
    }
    for data in (b"{", b"[" * 100_000, "{}".encode("utf-16"), b'{"instance": "main", "number": 1e999}'):
        with pytest.raises(Unreadable):
            heard(words()["account"], data)


def test_schemas_say_the_same() -> None:
    """Of numbers, texts and moments."""
    number, text, moment = {"type": "integer"}, {"type": "string"}, {"type": "string", "format": "date-time"}
    said = {
        2**63 - 1: (number, True),
        2**63: (number, False),
        -(2**63): (number, False),
        "a\nb": (text, True),
        "a\0b": (text, False),
        "2026-09-14T12:00:00Z": (moment, True),
        "0001-01-01T02:26:54+04:17": (moment, False),
    }
    for schema in (number, text, moment):
        sound.narrow(schema)
    assert {value: jsonschema_rs.is_valid(schema, value) for value, (schema, _) in said.items()} == {
        value: right for value, (_, right) in said.items()
    }
