from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bisonwatch.domain.ids import WorkspaceKey, parse_key, polled_delivery_id, resolve, uuid7
from bisonwatch.errors import CallError, UnknownWorkspace
from tests.support.news import NOON

KNOWN = [
    (WorkspaceKey("main", 12), "Northwind Desk"),
    (WorkspaceKey("main", 13), "Harbor"),
    (WorkspaceKey("eu", 12), "Southwind"),
    (WorkspaceKey("eu", 14), "Harbor"),
    (WorkspaceKey("eu", 15), "13"),
]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("main/12", KNOWN[0][0]),
        ("eu/12", KNOWN[2][0]),
        ("14", KNOWN[3][0]),
        ("Northwind Desk", KNOWN[0][0]),
        ("  southWIND ", KNOWN[2][0]),
    ],
)
def test_a_word_names_one_workspace(word: str, expected: WorkspaceKey) -> None:
    """`instance/id` always, an id or a name where it is unique, whatever its case."""
    assert resolve(word, KNOWN) == expected


REFUSED = {
    "12": "'12' is the name of 2 workspaces: main/12 (Northwind Desk), eu/12 (Southwind) (write instance/id)",
    "harbor": "'harbor' is the name of 2 workspaces: main/13 (Harbor), eu/14 (Harbor) (write instance/id)",
    "13": "'13' is the name of 2 workspaces: main/13 (Harbor), eu/15 (13) (write instance/id)",
    "wind": "no workspace answers to 'wind' (did you mean main/12 (Northwind Desk), eu/12 (Southwind)?)",
    "main/99": "no workspace answers to 'main/99' (`bisonwatch status` lists them)",
}


@pytest.mark.parametrize("word", REFUSED)
def test_a_word_that_names_several_or_none(word: str) -> None:
    """The error names the candidates, and what to write instead."""
    with pytest.raises(UnknownWorkspace) as refused:
        resolve(word, KNOWN)
    assert str(refused.value) == REFUSED[word]


def test_a_key_as_people_write_it() -> None:
    """`instance/id` and back; an instance's own name may hold a slash."""
    assert parse_key("main/12") == WorkspaceKey("main", 12)
    assert parse_key("a/b/12") == WorkspaceKey("a/b", 12)
    assert str(parse_key("main/12")) == "main/12"


@pytest.mark.parametrize(
    "text", ["", "main", "main/", "/12", "main/x", "main/-1", "main/²", "main/١", "main/" + "9" * 5000]
)
def test_what_is_no_key(text: str) -> None:
    """Anything else is refused with an example of what to write."""
    with pytest.raises(CallError, match="write instance/id, such as main/12"):
        parse_key(text)


def test_uuid7_sorts_by_time() -> None:
    """Ids made later sort later, carry version 7 and the variant, and hold their millisecond."""
    moments = [NOON + timedelta(milliseconds=n) for n in range(50)]
    ids = [uuid7(moment) for moment in moments]
    assert ids == sorted(ids)
    assert {(each.version, each.variant) for each in ids} == {(7, UUID(int=0x8 << 60).variant)}
    assert [each.int >> 80 for each in ids] == [round(moment.timestamp() * 1000) for moment in moments]


def test_uuid7_of_one_moment_differ() -> None:
    """74 bits of noise keep them apart."""
    assert len({uuid7(NOON) for _ in range(10_000)}) == 10_000


def test_a_polled_row_has_one_id() -> None:
    """However often it is polled; another instance's row of the same uuid is another."""
    assert polled_delivery_id("main", "u-1") == UUID("18b15168-9b3c-5717-a61e-ccec9328f268")
    assert polled_delivery_id("main", "u-1").version == 5
    assert len({polled_delivery_id(i, u) for i in ("main", "eu") for u in ("u-1", "u-2")}) == 4
