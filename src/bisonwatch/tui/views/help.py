"""The help page: the keys in effect, the columns, the states, the filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bisonwatch.domain.health import Health
from bisonwatch.tui.commands.command import Command, key_name, keys_of
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, paragraph, rule
from bisonwatch.tui.tables.accounts import COLUMNS as ACCOUNT_COLUMNS
from bisonwatch.tui.tables.workspaces import COLUMNS, state_piece

_GROUPS = (("act", "act"), ("look", "look"), ("tabs", "tabs"), ("move", "move"))
_STATES = {
    Health.CRITICAL: "events are missing for long, or something needs a person now",
    Health.WARNING: "something is wrong; bisonwatch is on it, or asks you to look",
    Health.UNKNOWN: "could not tell: the provider was not asked yet, or did not answer. Never counted as good",
    Health.HEALTHY: "events arrive, and nothing known to the provider is missing here",
    Health.IDLE: "silence, verified with the provider at the time shown: good",
    Health.PAUSED: "not watched, by the operator's word",
}
_FILTERS = (
    ("acme", "name or instance/id holds the text; several words must all hold"),
    ("!acme", "does not hold the text"),
    ("lag>10s", "behind by more (or less, <) than; units s, m, h, d"),
    ("state:crit", "crit, warn, unknown, ok, idle, paused, or bad for the first three"),
    ("@main", "workspaces of an instance"),
)
_ACCOUNT_FILTERS = (
    ("jo@", "address, workspace, provider, reseller or a tag holds the text; several words must all hold"),
    (
        "state:disc",
        "disconnected, connected, held, bad (disconnected or held), removed, all (removed ones too)",
    ),
    (
        "provider:google",
        "and reseller:, tag:, workspace: (or ws:), address:; tag:none and reseller:none have none",
    ),
    ('tag:"a b"', "what stands between quotes is one word"),
    ("!tag:warm", "! before any word turns it round"),
    ("@main", "accounts of an instance"),
)


_RUN_FILTERS = (
    ("acme", "workspace, job, outcome, who asked, error or id holds the text"),
    ("!acme", "none of them holds it"),
    ("job:accounts", "runs of a job, or of all that begin so; routine ones too"),
    ("outcome:failed", "success, partial, failed, cancelled, running, queued, or bad for failed and partial"),
    ("@main", "runs for workspaces of an instance; @main/12 for one workspace"),
)


def _section(title: str, frame: Frame, width: int) -> list[Line]:
    return [EMPTY, rule((Piece(title, "title"),), (), width, frame.glyphs.rule)]


def _entry(head: str, role: str, text: str, width: int, column: int) -> list[Line]:
    lines = paragraph(text, max(12, width - column - 2), 3, "soft")
    first: Line = (Piece(f" {head:<{column}}", role), *lines[0])
    return [first, *((Piece(" " * (column + 1)), *line) for line in lines[1:])]


def help_lines(
    commands: Sequence[tuple[Command, str | None]], keymap: Mapping[str, str], frame: Frame, width: int
) -> list[Line]:
    lines: list[Line] = [
        (Piece(" Esc goes back; j k and PgDn move. Every key can be remapped by its id.", "soft"),)
    ]
    column = 16 if width >= 60 else 10
    for group, title in _GROUPS:
        lines.extend(_section(title, frame, width))
        for command, reason in commands:
            if command.group == group:
                keys = " ".join(key_name(key) for key in keys_of(command, keymap))
                text = f"{command.help}  ({command.id})" + (f"  not now: {reason}" if reason else "")
                lines.extend(_entry(keys, "faint" if reason else "key", text, width, column))
    lines.extend(_section("states", frame, width))
    for health, text in _STATES.items():
        state = state_piece(health, frame, 10)
        lines.extend(_entry(state.text, state.role, text, width, column))
    lines.extend(_section("columns", frame, width))
    for item in COLUMNS:
        lines.extend(_entry(item.title, "strong", item.help, width, column))
    filters = (
        ("filter", _FILTERS),
        ("filter of the accounts", _ACCOUNT_FILTERS),
        ("filter of the runs", _RUN_FILTERS),
    )
    lines.extend(_section("columns of the accounts", frame, width))
    for one in ACCOUNT_COLUMNS:
        lines.extend(_entry(one.title, "strong", one.help, width, column))
    for title, terms in filters:
        lines.extend(_section(title, frame, width))
        for word, text in terms:
            lines.extend(_entry(word, "strong", text, width, column))
    return lines
