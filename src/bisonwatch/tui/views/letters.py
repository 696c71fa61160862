"""Dead letters in lines: the kinds of reasons, one letter with its payload, and what is asked before they are changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import chop_cells

from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.letter import Changed, Letter, Opened, Shelf
from bisonwatch.tui.format import ago, moment, plural, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, cell_len, cut, outside, paragraph, rule
from bisonwatch.tui.tables.letters import kind, label

INDENT = 2


def groups_lines(
    shelf: Shelf | None, trouble: str | None, frame: Frame, width: int, height: int
) -> list[Line]:
    """How many of each kind of reason, the most first."""
    if trouble is not None:
        return [(Piece(f" {trouble}", "warn"),)]
    if shelf is None or not shelf.groups:
        return []
    note: Line = ()
    if shelf.waiting:
        note = (Piece(f"{thousands(shelf.waiting)} more wait for another try", "soft"),)
    lines = [rule((Piece(plural(shelf.total, "dead letter"), "title"),), note, width, frame.glyphs.rule)]
    for group in shelf.groups[: height - 1]:
        count = Piece(f" {thousands(group.count):>7}  ", "warm")
        when = Piece(f"newest {ago(group.newest_at, frame.now)}  ", "faint")
        lines.append(cut((count, when, Piece(outside(group.reason) or "no reason", "ink")), width - 1))
    return lines


def standing(letter: Letter, frame: Frame) -> Piece:
    """What it is now."""
    match letter.state:
        case DeliveryState.DEAD:
            return Piece("dead letter", "crit")
        case DeliveryState.DONE:
            return Piece("processed", "ok")
        case DeliveryState.DISCARDED:
            return Piece("discarded", "soft")
        case _ if letter.attempts and letter.next_try_at:
            return Piece(f"tried again {moment(letter.next_try_at, frame.now)}", "warm")
        case _:
            return Piece("waits to be processed", "warm")


def letter_lines(
    opened: Opened | None, letter: Letter, trouble: str | None, frame: Frame, width: int
) -> list[Line]:
    """Why, whose, when, then the payload."""
    head: list[Line] = [
        *(
            (Piece(" "), *line)
            for line in paragraph(outside(letter.reason, 600) or "no reason", width - 2, 3, "warn")
        ),
        _told("type", f"{kind(letter)}, by {letter.source.value}"),
        _told(
            "received", f"{moment(letter.received_at, frame.now)} UTC, {ago(letter.received_at, frame.now)}"
        ),
        _told("tries", f"{letter.attempts}"),
        _told("id", str(letter.id)),
        EMPTY,
        rule((Piece("payload", "title"),), (), width, frame.glyphs.rule),
    ]
    if trouble is not None:
        return [*head, (Piece(f" {trouble}", "warn"),)]
    if opened is None:
        return [*head, (Piece(" asking…", "faint"),)]
    if opened.payload is None:
        return [*head, (Piece(" the body is gone: retention.bodies trimmed it", "soft"),)]
    return [*head, *payload_lines(opened.payload, width - 2)]


def _told(name: str, value: str) -> Line:
    return (Piece(f" {name:<9} ", "soft"), Piece(value))


def payload_lines(payload: Sequence[str], width: int) -> list[Line]:
    """Each line as it is, or folded under its own indent."""
    lines: list[Line] = []
    for text in payload:
        bare = text.lstrip(" ")
        indent = min(len(text) - len(bare), max(0, width // 2))
        first, *rest = _chopped(bare, max(8, width - indent - INDENT))
        lines.append((Piece(" " * (indent + 1)), Piece(first)))
        lines.extend((Piece(" " * (indent + INDENT + 1)), Piece(part)) for part in rest)
    return lines


def _chopped(text: str, cells: int) -> list[str]:
    return [text] if cell_len(text) <= cells else chop_cells(text, cells) or [""]


@dataclass(frozen=True, slots=True)
class Question:
    """What a dialog asks, and what is said when it is done. `word` is typed by who says yes."""

    title: str
    lines: list[Line]
    yes: str
    alike: bool
    deed: str
    after: str
    word: str | None = None

    def told(self, changed: Changed) -> tuple[str, bool]:
        """The toast, and whether all went well."""
        if not changed.ids and changed.refused:
            return f"nothing was {self.deed}: {changed.refused[0][1].value}", False
        left = f"; {plural(len(changed.refused), 'letter')} left as they were" if changed.refused else ""
        return f"{self.deed} {plural(len(changed.ids), 'letter')}{left}{self.after}", not changed.refused


def replay_question(letter: Letter, *, alike: bool) -> Question:
    what = "Replay every dead letter of this reason?" if alike else "Replay this dead letter?"
    lines = [
        *_about(what, letter, alike=alike),
        (Piece("It is processed again at once; a fact that came in another way is not", "soft"),),
        (Piece("counted twice. What fails again is set aside again.", "soft"),),
    ]
    return Question("replay", lines, "Replay", alike, "replayed", "; the engine takes them now")


def discard_question(letter: Letter, *, alike: bool) -> Question:
    what = "Discard every dead letter of this reason?" if alike else "Discard this dead letter?"
    lines = [
        *_about(what, letter, alike=alike),
        (Piece("It counts no more. It stays in the log as long as any delivery, and", "soft"),),
        (Piece("`bisonwatch letters replay ID` takes it back.", "soft"),),
    ]
    return Question("discard", lines, "Discard", alike, "discarded", "", "discard" if alike else None)


def _about(what: str, letter: Letter, *, alike: bool) -> list[Line]:
    reason = letter.group if alike else letter.reason
    return [(Piece(what, "strong"),), (), *paragraph(outside(reason, 600) or "no reason", 68, 2, "warn"), ()]


def title_line(letter: Letter, frame: Frame, width: int) -> Line:
    state = standing(letter, frame)
    return cut((Piece(f" {label(letter, frame)}", "title"), Piece("   "), state), width)
