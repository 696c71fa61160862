"""The filter's language."""

from __future__ import annotations

import pytest

from bisonwatch.tui.filter import parse
from tests.tui.world import NOW, rows


def found(source: str) -> list[str]:
    test = parse(source)
    return [row.name for row in rows() if test.keeps(row, NOW)]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("ACME", ["acme-outbound"]),
        ("lag>10s", ["acme-outbound", "northwind-eu", "umbrella-na"]),
        ("lag>2m", ["acme-outbound"]),
        ("lag>1m lag<2m", ["northwind-eu"]),
        ("state:crit", ["acme-outbound", "northwind-eu"]),
        ("state:crit !acme", ["northwind-eu"]),
        ("state:unknown", ["globex"]),
        ("state:w", ["initech-sales", "umbrella-na"]),
        ("state:bad umb", ["umbrella-na"]),
        ("@eu state:paused", [rows()[-1].name]),
        ("main/12", ["globex"]),
        ("nobody", []),
    ],
)
def test_all_terms_must_hold(source: str, names: list[str]) -> None:
    """Text, its absence, lag, state, instance."""
    assert found(source) == names


def test_an_unknown_lag_is_neither_more_nor_less() -> None:
    """globex could not be asked."""
    assert "globex" not in found("lag>0s") + found("lag<9d")


def test_nothing_typed_keeps_everything() -> None:
    """And a bare `!` is text."""
    assert len(found("  ")) == 27
    assert not parse("")


@pytest.mark.parametrize("source", ["lag>fast", "lag>", "state:", "state:purple"])
def test_what_is_not_understood_is_told_and_left_out(source: str) -> None:
    """It runs at every key, so it never raises."""
    assert parse(source).error
    assert parse(f"{source} acme").keeps(rows()[0], NOW)
