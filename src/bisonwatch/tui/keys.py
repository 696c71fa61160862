"""Remapped keys, checked before use: Textual takes unknown ids, nonsense keys and clashes in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.keys import KEY_ALIASES, Keys

from bisonwatch.tui.commands.command import Command, keys_of

_KNOWN = {key.value for key in Keys} | {name for names in KEY_ALIASES.values() for name in names}
_UNSENDABLE = {
    "ctrl+i": "terminals send it as Tab",
    "ctrl+m": "terminals send it as Enter",
    "ctrl+h": "terminals send it as Backspace",
    "ctrl+left_square_bracket": "terminals send it as Esc",
    "shift+enter": "terminals do not send it",
}


def check(keymap: Mapping[str, str], commands: Iterable[Command]) -> tuple[dict[str, str], list[str]]:
    """The part of a keymap that can be used, and what is wrong with the rest."""
    known = {command.id: command for command in commands}
    good: dict[str, str] = {}
    warnings: list[str] = []
    for name, keys in keymap.items():
        problem = f"there is no command '{name}'" if name not in known else _problem(keys)
        if problem:
            warnings.append(f"keymap: {problem}")
        else:
            good[name] = keys
    return _without_clashes(good, known, warnings)


def _problem(keys: str) -> str | None:
    words = [key.strip() for key in keys.split(",")]
    for key in words:
        if not key:
            return f"'{keys}' names no key"
        if key in _UNSENDABLE:
            return f"'{key}' cannot be used: {_UNSENDABLE[key]}"
        plain = key.rpartition("+")[2] if len(key) > 1 else key
        if len(plain) != 1 and key not in _KNOWN and plain not in _KNOWN:
            return f"'{key}' is not a key"
        if len(plain) == 1 and not plain.isprintable():
            return "a key must be a printable character or a name such as f5"
    return None


def _without_clashes(
    good: dict[str, str], known: Mapping[str, Command], warnings: list[str]
) -> tuple[dict[str, str], list[str]]:
    """A remapping that takes another command's key is dropped, unless that command was moved away too."""
    for name in list(good):
        taken = {
            key: other.id for other in known.values() if other.id != name for key in keys_of(other, good)
        }
        clash = next((key for key in keys_of(known[name], good) if key in taken), None)
        if clash is not None:
            warnings.append(
                f"keymap: '{clash}' for {name} belongs to {taken[clash]}; {name} keeps its own key"
            )
            del good[name]
    return good, warnings
