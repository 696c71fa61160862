"""Dead letters as text for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bisonwatch.domain.clean import clean
from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Letter, Opened, Shelf

Names = Mapping[WorkspaceKey, str]
SHORT = 13
"""Characters of an id that are shown at least: its moment of receipt."""
_STATES = {
    DeliveryState.DEAD: ("dead letter", "dead letters"),
    DeliveryState.PENDING: ("waiting delivery", "deliveries that wait for another try"),
    DeliveryState.DISCARDED: ("discarded letter", "discarded letters"),
}


def shelf_text(shelf: Shelf, names: Names, state: DeliveryState) -> str:
    """How many, of which kinds, and the newest."""
    one, many = _STATES[state]
    more = ""
    if shelf.waiting and state is DeliveryState.DEAD:
        verb = "waits" if shelf.waiting == 1 else "wait"
        more = f"; {shelf.waiting:,} more failed and {verb} for another try (--state waiting)"
    if not shelf.letters:
        return f"no {many}{more}"
    head = f"1 {one}{more}" if shelf.total == 1 else f"{shelf.total:,} {many}{more}"
    groups = [("COUNT", "NEWEST", "REASON")]
    groups += [
        (f"{group.count:,}", moment(group.newest_at), clean(group.reason) or "(none)")
        for group in shelf.groups
    ]
    lines = [head, "", *aligned(groups, right=(0,)), "", *aligned(_rows(shelf.letters, names), right=(4,))]
    if shelf.total > len(shelf.letters):
        lines += ["", f"the newest {len(shelf.letters):,} of {shelf.total:,}: --limit shows more"]
    return "\n".join(lines)


def _rows(letters: Sequence[Letter], names: Names) -> list[tuple[str, ...]]:
    short = shortest([str(letter.id) for letter in letters])
    rows: list[tuple[str, ...]] = [("ID", "RECEIVED", "WORKSPACE", "TYPE", "TRIES", "REASON")]
    for letter in letters:
        where, kind = whose(letter, names), clean(letter.type) or "?"
        told = (
            str(letter.id)[:short],
            moment(letter.received_at),
            where,
            kind,
            f"{letter.attempts}",
            clean(letter.reason),
        )
        rows.append(told)
    return rows


def shortest(ids: Sequence[str]) -> int:
    """How many characters tell these ids apart."""
    size = SHORT
    while size < 36 and len({number[:size] for number in ids}) < len(ids):
        size += 1
    return size


def letter_text(opened: Opened, names: Names) -> str:
    """Everything about one letter, then its payload."""
    letter = opened.letter
    told = {
        "id": str(letter.id),
        "state": letter.state.value,
        "reason": clean(letter.reason, 600) or "-",
        "tries": str(letter.attempts),
        "next try": moment(letter.next_try_at) if letter.next_try_at else "",
        "received": f"{moment(letter.received_at)} by {letter.source.value}",
        _ended(letter): moment(letter.ended_at) if letter.ended_at else "",
        "workspace": whose(letter, names),
        "type": clean(letter.type) or "?",
    }
    head = [f"{name:<10} {value}" for name, value in told.items() if value]
    body = (
        opened.payload if opened.payload is not None else ("the body is gone: retention.bodies trimmed it",)
    )
    return "\n".join([*head, "", *body])


def _ended(letter: Letter) -> str:
    return {DeliveryState.DONE: "processed", DeliveryState.DISCARDED: "discarded"}.get(
        letter.state, "set aside"
    )


def whose(letter: Letter, names: Names) -> str:
    """The workspace, by its name where it has one."""
    if letter.workspace is None:
        return f"{letter.instance}/?"
    name = names.get(letter.workspace)
    return f"{letter.workspace} {clean(name, 40)}" if name else str(letter.workspace)


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def aligned(rows: Sequence[tuple[str, ...]], right: tuple[int, ...] = ()) -> list[str]:
    """Columns under each other; the last one is as long as it is."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return [
        "  ".join(
            [
                *(
                    cell.rjust(width) if i in right else cell.ljust(width)
                    for i, (cell, width) in enumerate(zip(row, widths, strict=False))
                ),
                row[-1],
            ]
        )
        for row in rows
    ]
