"""CSV that every reader understands, and that no spreadsheet executes."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain.formula import unguarded
from bisonwatch.exports.csv_file import BOM, Csv
from tests.exports.rows import COLUMNS, FULL, KEY, NULLS, named

HEADER = b"name,id,n,active,at,day,tags,error\r\n"


def test_a_row_of_each_kind() -> None:
    """Numbers stay numbers, moments are UTC with a Z, a list is JSON, and null is an empty field."""
    made = Csv(COLUMNS).rows([FULL, NULLS])
    assert made.decode().split("\r\n") == [
        "Molar,019a4c5e-77b0-7000-8000-000000000001,-5,true,2026-11-20T12:00:00.000120Z,2026-11-20,"
        '"[""a"",""=b""]",said',
        ",,,,,,,",
        "",
    ]


def test_the_header_and_the_mark() -> None:
    """The columns' names come first, and before them the mark where it was asked for."""
    assert Csv(COLUMNS).begin() == HEADER
    assert Csv(COLUMNS, bom=True).begin() == BOM + HEADER


def test_formulas_are_guarded_unless_they_are_wanted() -> None:
    """An apostrophe makes it text; without the guard every character is as it was."""
    rows = named("=1+1")
    assert Csv(COLUMNS).rows(rows) == b"'=1+1,,,,,,,\r\n"
    assert Csv(COLUMNS, guarded=False).rows(rows) == b"=1+1,,,,,,,\r\n"


def test_a_list_begins_no_formula_where_a_spreadsheet_cuts_at_semicolons() -> None:
    """Its quotes do not count there, since the line does not begin with them; it is the same JSON but for an apostrophe in its text."""
    row = [*NULLS]
    row[6] = ["a;=1+1", "b"]
    assert Csv(COLUMNS).rows([row]) == b',,,,,,"[""a;\'=1+1"",""b""]",\r\n'
    assert Csv(COLUMNS, guarded=False).rows([row]) == b',,,,,,"[""a;=1+1"",""b""]",\r\n'


def test_half_a_surrogate_stops_nothing() -> None:
    """What no file can hold is the replacement character, and the rows beside it are whole."""
    made = Csv(COLUMNS).rows(named("a\ud800b", "🦬")).decode()
    assert made == "a\ufffdb,,,,,,,\r\n🦬,,,,,,,\r\n"


def test_a_sentence_of_ours_holds_no_secret() -> None:
    """An error that quotes a key is masked as in a log; what strangers wrote is data and stays."""
    row = [KEY, *NULLS[1:-1], f"refused {KEY}"]
    assert Csv(COLUMNS).rows([row]).decode() == f"{KEY},,,,,,,refused •••\r\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3))
def test_every_text_comes_back(texts: list[str]) -> None:
    """Whatever quotes, commas, line ends and NUL are in it: Python's own reader and the guard taken away give it back."""
    making = Csv(COLUMNS)
    told = (making.begin() + making.rows(named(*texts)) + making.end()).decode()
    header, *rows = csv.reader(io.StringIO(told, newline=""))
    assert header == [column.name for column in COLUMNS]
    assert [unguarded(row[0]) for row in rows] == texts
    assert {len(row) for row in rows} == {len(COLUMNS)}
