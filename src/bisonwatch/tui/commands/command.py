"""A command is a class: bindings, footer, palette and help are all derived from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

from bisonwatch.tui.commands.target import Target

READ_ONLY = "this terminal is read-only"
VIEWER = "this terminal may only look: its token is a viewer's"
_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "question_mark": "?",
    "slash": "/",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "up": "↑",
    "down": "↓",
    "home": "Home",
    "end": "End",
    "ctrl+p": "Ctrl+P",
    "ctrl+c": "Ctrl+C",
    "ctrl+q": "Ctrl+Q",
    "ctrl+l": "Ctrl+L",
}


class Command:
    """One thing an operator can do. `id` is what a keymap names; `footer` is its word in the bottom line, if any."""

    id: str
    name: str
    keys: tuple[str, ...]
    help: str
    group: str = "look"
    footer: str = ""
    rank: int = 5
    """The footer leaves out the highest ranks first."""
    confirms: bool = False
    """True when it asks before it acts."""
    writes: bool = False
    """True when it acts on the mirror, and so is refused in a read-only terminal."""
    listed: bool = True
    """False for movement and the like, which a palette has no use for."""

    def unavailable(self, target: Target) -> str | None:
        """Why it cannot be done now, in words for the operator; None when it can."""
        if self.writes and target.read_only:
            return VIEWER if target.viewer else READ_ONLY
        return None

    def run(self, target: Target) -> None:
        raise NotImplementedError


def bindings(commands: Iterable[Command]) -> list[BindingType]:
    """Textual's bindings for commands, remappable by id."""
    return [
        Binding(",".join(command.keys), f"command('{command.id}')", command.name, show=False, id=command.id)
        for command in commands
    ]


def keys_of(command: Command, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """The keys in effect."""
    mapped = keymap.get(command.id)
    return tuple(key.strip() for key in mapped.split(",")) if mapped else command.keys


def key_name(key: str) -> str:
    """A key as people write it."""
    return _NAMES.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)
