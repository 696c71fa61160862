"""The filter of the accounts, and the order they are kept in: both off the widget."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import RosterRow, Standing, standing, within
from bisonwatch.tui.account_filter import parse
from bisonwatch.tui.sheet import Entry, Sheet
from bisonwatch.tui.tables.accounts import COLUMNS
from tests.tui.accounts import HELD, HELD_IN, account_row, account_rows, roster_of
from tests.tui.workspaces import NOW

ROWS = (
    *account_rows(60),
    account_row(
        100, email="Ångström@Orbit.example", tags=("two words", "A:B"), workspace=WorkspaceKey("eu", 7)
    ),
)
SORTS = {column.name: column.sort for column in COLUMNS}


def sheet(rows: tuple[RosterRow, ...] = ROWS) -> Sheet:
    made = Sheet()
    made.take(roster_of(rows, {}, {HELD_IN: HELD}, {WorkspaceKey("eu", 7): "Orbit Labs"}))
    return made


def shown(made: Sheet, words: str = "", by: str = "state", *, reverse: bool = False) -> list[Entry]:
    sort = SORTS[by]
    assert sort is not None
    return made.shown(parse(words).tests, sort, NOW, reverse=reverse)


def found(words: str) -> set[int]:
    return {one.row.id for one in shown(sheet(), words)}


LIVING = {row.id for row in ROWS if row.status is not AccountStatus.REMOVED}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", LIVING),
        ("state:disc", {7, 20, 33, 46, 59}),
        ("STATE:DISCONNECTED", {7, 20, 33, 46, 59}),
        ("state:held", {2, 27, 52}),
        ("state:bad", {2, 27, 52, 7, 20, 33, 46, 59}),
        ("state:removed", {30}),
        ("state:all", {row.id for row in ROWS}),
        ("!state:removed", LIVING),
        ("!state:bad", LIVING - {2, 27, 52, 7, 20, 33, 46, 59}),
        ("provider:micro", {row.id for row in ROWS if row.provider == "microsoft"}),
        ("reseller:none", {row.id for row in ROWS if row.reseller is None} - {30}),
        ("tag:none", {row.id for row in ROWS if not row.tags}),
        ("tag:warm", {row.id for row in ROWS if "warm up" in row.tags} - {30}),
        ('tag:"warm up" state:disc', {46}),
        ('tag:"two words"', {100}),
        ('tag:"two wo', {100}),
        ("tag:a:b", {100}),
        ("ångström", {100}),
        ("workspace:orbit", {100}),
        ("ws:eu/7", {100}),
        ("@eu", {100}),
        ("!@main", {100}),
        ("main/12 ana", {2, 52}),
        ("address:globex !ana", {27}),
        ("mailforge !tag:mailforge", {100}),
        ("zzz", set()),
        ("!", set()),
    ],
)
def test_words_find_accounts(words: str, wanted: set[int]) -> None:
    """All of them must hold; case does not matter; removed accounts are shown to those who ask for them."""
    assert found(words) == wanted
    assert parse(words).error is None


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("state:", "state: wants a word"),
        ("state:odd", "no state 'odd'"),
        ("tag:", "tag: wants a word, or none"),
        ("provider:", "provider: wants a word"),
        ("!state:odd", "no state 'odd'"),
    ],
)
def test_what_is_not_understood_is_told_and_left_out(words: str, problem: str) -> None:
    """It runs at every key, so half a word must not empty the table."""
    told = parse(f"{words} globex")
    assert told.error is not None
    assert problem in told.error
    assert found(f"{words} globex") == found("globex")


@pytest.mark.parametrize(
    "words", ['"', '""', "!!", "::", ":x", "@", "!@", "tag:[bold]", "\x1b[31m", "(" * 40, "\\", "a" * 5000]
)
def test_anything_may_be_typed(words: str) -> None:
    """Nothing of it is a pattern, and nothing raises."""
    shown(sheet(), words)


def test_the_worst_come_first() -> None:
    """Disconnected, then held, then the rest; inside by workspace and address."""
    found = [one.standing for one in shown(sheet(), "state:all")]
    assert found == sorted(found, key=list(Standing).index)
    first = shown(sheet())[:5]
    assert [one.label for one in first] == sorted(one.label for one in first)


@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_every_column_sorts_and_what_is_not_known_stays_last(column: str) -> None:
    """Whichever way round; no account is lost."""
    made = sheet()
    forth, back = shown(made, by=column), shown(made, by=column, reverse=True)
    unknown = {
        "reseller": lambda one: one.row.reseller is None,
        "tags": lambda one: not one.row.tags,
        "warmup": lambda one: one.row.score is None,
        "rate": lambda one: one.row.sent == 0,
    }.get(column, lambda one: False)
    for rows in (forth, back):
        assert {one.key for one in rows} == {("main", number) for number in LIVING - {100}} | {("eu", 100)}
        tail = [one for one in rows if unknown(one)]
        assert rows[len(rows) - len(tail) :] == tail
    assert [one for one in back if not unknown(one)] == [one for one in forth if not unknown(one)][::-1]


def test_figures_sort_by_their_size() -> None:
    """Not as text; the lowest score first, the most sent first, the oldest row first."""
    made = sheet()
    assert [one.row.sent for one in shown(made, by="sent")] == sorted(
        (one.row.sent for one in shown(made)), reverse=True
    )
    scores = [one.row.score for one in shown(made, by="warmup") if one.row.score is not None]
    assert scores == sorted(scores)
    ages = [one.row.known_at for one in shown(made, by="age")]
    assert ages == sorted(ages)


def test_a_filter_never_sorts() -> None:
    """However much is typed, and whichever way round it is looked at: once for each column."""
    made = sheet(account_rows(4_000))
    for words in ("a", "an", "ana", "ana !goog", "state:disc tag:warm", ""):
        shown(made, words)
        shown(made, words, reverse=True)
    assert made.sorts == 1
    shown(made, "ana", "sent")
    shown(made, "an", "sent")
    assert made.sorts == 2


def test_only_what_changed_is_made_again() -> None:
    """Entries of other workspaces are the same objects; what says the same is no news."""
    made = sheet()
    before = {one.key: one for one in shown(made, "state:all")}
    rows = tuple(replace(row, sent=row.sent + 1) if row.id == 3 else row for row in ROWS)
    assert made.take(roster_of(rows, made.marks, made.absences, {WorkspaceKey("eu", 7): "Orbit Labs"}))
    after = {one.key: one for one in shown(made, "state:all")}
    changed = {key[1] for key in after if after[key] is not before[key]}
    assert changed == {3, 28, 53}
    assert not made.take(roster_of(rows, made.marks, made.absences, {WorkspaceKey("eu", 7): "Orbit Labs"}))


def test_gone_workspaces_new_names_and_ended_holds() -> None:
    """Are seen though no row of theirs was read."""
    made = sheet()
    made.take(roster_of(ROWS, made.marks, {}, {WorkspaceKey("eu", 7): "Fjord"}))
    assert not any(one.held for one in shown(made))
    assert [one.row.id for one in shown(made, "ws:fjord")] == [100]
    made.take(roster_of(ROWS[:60], made.marks, {}))
    assert shown(made, "@eu") == []
    assert made.total == len(LIVING) - 1


def test_totals_are_of_those_that_are_there() -> None:
    """Removed accounts are counted by themselves; each other one has a state and a provider."""
    made = sheet()
    assert made.states[Standing.REMOVED] == 1
    assert made.total == len(LIVING) == sum(made.providers.values())
    assert (made.states[Standing.DISCONNECTED], made.states[Standing.HELD]) == (5, 3)
    assert sum(made.lost.values()) == 5


@pytest.mark.parametrize(
    ("status", "number", "wanted"),
    [
        (AccountStatus.CONNECTED, 1, Standing.HELD),
        (AccountStatus.CONNECTED, 9, Standing.HELD),
        (AccountStatus.CONNECTED, 4, Standing.CONNECTED),
        (AccountStatus.DISCONNECTED, 1, Standing.DISCONNECTED),
        (AccountStatus.REMOVED, 1, Standing.REMOVED),
    ],
)
def test_standing(status: AccountStatus, number: int, wanted: Standing) -> None:
    """Broken goes before held; what is removed waits for nothing."""
    assert standing(status, number, Absence(frozenset({1}), NOW, 5, frozenset({9}))) is wanted


def test_whole_workspaces_fit_or_not() -> None:
    """In order; after the first that does not fit none is taken, so that the list has no holes that move."""
    keys = [WorkspaceKey("main", n) for n in range(4)]
    assert within(dict(zip(keys, (3, 4, 9, 1), strict=True)), 10) == (keys[:2], 10)
    assert within(dict(zip(keys, (3, 4, 9, 1), strict=True)), 17) == (keys, 0)
    assert within({}, 0) == ([], 0)
