"""The order of rows, and when it may change."""

from __future__ import annotations

from bisonwatch.domain.health import Health
from bisonwatch.tui.sorting import Order, Rank
from bisonwatch.tui.tables.workspaces import worst_first
from tests.tui.world import NOW, ago, row, rows


def rank(item: tuple[str, int]) -> Rank:
    return (item[1],)


def order() -> Order[tuple[str, int]]:
    return Order(lambda item: item[0])


def names(items: list[tuple[str, int]]) -> str:
    return "".join(name for name, _ in items)


def test_rows_are_sorted_again_at_most_every_two_seconds() -> None:
    """In between they only change in place."""
    shown = order()
    assert names(shown.arrange([("a", 2), ("b", 1)], rank, 0.0)) == "ba"
    assert shown.arrange([("a", 0), ("b", 1)], rank, 1.9) == [("b", 1), ("a", 0)]
    assert names(shown.arrange([("a", 0), ("b", 1)], rank, 2.0)) == "ab"


def test_nothing_moves_in_the_second_after_a_cursor_key() -> None:
    """The row under the eye stays where it is."""
    shown = order()
    shown.arrange([("a", 2), ("b", 1)], rank, 0.0)
    shown.touched(2.5)
    assert names(shown.arrange([("a", 0), ("b", 1)], rank, 3.4)) == "ba"
    assert names(shown.arrange([("a", 0), ("b", 1)], rank, 3.6)) == "ab"


def test_new_rows_join_at_the_end_and_gone_rows_leave_at_once() -> None:
    """Until the next sort."""
    shown = order()
    shown.arrange([("a", 2), ("b", 1)], rank, 0.0)
    assert names(shown.arrange([("n", 0), ("a", 2)], rank, 1.0)) == "an"
    assert names(shown.arrange([("n", 0), ("a", 2)], rank, 1.5)) == "an"


def test_another_order_is_taken_at_once() -> None:
    """The operator asked for it."""
    shown = order()
    shown.arrange([("a", 2), ("b", 1)], rank, 0.0)
    shown.again()
    assert names(shown.arrange([("a", 2), ("b", 1)], lambda item: (-item[1],), 0.1)) == "ab"


def test_words_can_stand_backwards_too() -> None:
    """What is turned round is the order, not the figures in it; nothing moves until it is due."""
    shown, items = order(), [("a", 1), ("c", 1), ("b", 2)]
    assert names(shown.arrange(items, lambda item: (item[0], item[1]), 0.0, backwards=True)) == "cba"
    assert names(shown.arrange(items, lambda item: (item[1], item[0]), 1.0)) == "cba"
    assert names(shown.arrange(items, lambda item: (item[1], item[0]), 2.0, backwards=True)) == "bca"


def test_the_worst_is_first_then_the_latest() -> None:
    """Severity, then lag; what nobody could measure counts as the longest."""
    shown = sorted(rows(), key=lambda item: worst_first(item, NOW))
    assert [item.name for item in shown[:5]] == [
        "acme-outbound",
        "northwind-eu",
        "umbrella-na",
        "initech-sales",
        "globex",
    ]
    late = row(1, "late", Health.WARNING, lag_from=ago(hours=1))
    blind = row(2, "blind", Health.WARNING, lag_known=False)
    assert worst_first(blind, NOW) < worst_first(late, NOW)
