"""An object a line, exact."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.exports.json_lines import JsonLines
from tests.exports.rows import COLUMNS, FULL, KEY, NULLS, named


def test_a_row_of_each_kind() -> None:
    """Values have JSON's own types, null is null, and a sentence of ours holds no secret."""
    making = JsonLines(COLUMNS)
    lines = making.begin() + making.rows([FULL, (*NULLS[:-1], KEY)]) + making.end()
    first, second, rest = lines.split(b"\n")
    assert json.loads(first) == {
        "name": "Molar",
        "id": "019a4c5e-77b0-7000-8000-000000000001",
        "n": -5,
        "active": True,
        "at": "2026-11-20T12:00:00.000120Z",
        "day": "2026-11-20",
        "tags": ["a", "=b"],
        "error": "said",
    }
    nulls = {column.name: None for column in COLUMNS}
    assert (json.loads(second), rest) == (nulls | {"error": "•••"}, b"")


def test_what_the_quick_way_refuses() -> None:
    """Half a surrogate is replaced, alone or in a list, a number of any size is written, and the rest is as ever."""
    odd = ("a\ud800", FULL[1], 1 << 70, None, FULL[4], FULL[5], ["\udfff"], None)
    told = json.loads(JsonLines(COLUMNS).rows([odd]))
    assert (told["name"], told["n"], told["tags"]) == ("a\ufffd", 1 << 70, ["\ufffd"])
    assert (told["id"], told["at"], told["day"]) == (
        str(FULL[1]),
        "2026-11-20T12:00:00.000120Z",
        "2026-11-20",
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back(text: str) -> None:
    """Nothing is guarded or changed, and no text ends its line."""
    made = JsonLines(COLUMNS).rows(named(text))
    assert json.loads(made)["name"] == text
    assert made.count(b"\n") == 1
