"""Themes from TOML files: Textual's own keys plus [variables], checked before use because a bad colour ends the app."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from textual.color import Color, ColorParseError
from textual.design import ColorSystem
from textual.theme import BUILTIN_THEMES, Theme

from bisonwatch.tui.ink import OWN_VARIABLES

DEFAULT = "bison-dark"
MONO = "bison-mono"
SWITCHES = {"dark": bool, "ansi": bool}
NUMBERS = ("luminosity_spread", "text_alpha")
COLORS = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)


def own_folder() -> Path | None:
    """Our themes: inside the installed package, or at the root of a checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "themes", package.parent.parent / "themes"):
        if folder.is_dir():
            return folder
    return None


def mono() -> Theme:
    """No colour at all, for NO_COLOR: the terminal's own two, and bold, dim and reverse for the rest."""
    names = dict.fromkeys(COLORS, "ansi_default")
    return Theme(name=MONO, ansi=True, dark=True, variables=_ansi_variables(plain=True), **names)  # type: ignore[arg-type]  # the keys are all colours


def _ansi_variables(*, plain: bool = False) -> dict[str, str]:
    """What Textual's style sheet wants of a theme that uses the terminal's own colours."""
    variables = BUILTIN_THEMES["ansi-dark"].variables
    return {
        name: "ansi_default" if plain and value.startswith("ansi_") else value
        for name, value in variables.items()
    }


def load(path: Path) -> tuple[Theme | None, tuple[str, ...]]:
    """The theme of one file, or None, and what is wrong with it. Never raises."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, (f"{path.name}: {error}",)
    problems = tuple(f"{path.name}: {problem}" for problem in _problems(data))
    if problems:
        return None, problems
    settings = {key: value for key, value in data.items() if key != "variables"}
    settings.setdefault("name", path.stem)
    variables = _ansi_variables() if data.get("ansi") else {}
    return Theme(**settings, variables={**variables, **data.get("variables", {})}), ()


def load_folder(folder: Path | None) -> tuple[list[Theme], list[str]]:
    """Every theme of a folder that can be used, by name, and the warnings about the others."""
    themes: list[Theme] = []
    warnings: list[str] = []
    for path in sorted(folder.glob("*.toml")) if folder and folder.is_dir() else ():
        theme, problems = load(path)
        warnings.extend(problems)
        if theme is not None:
            themes.append(theme)
    return themes, warnings


def load_all(theirs: Path | None) -> tuple[list[Theme], list[str]]:
    """Our themes, then those in the operator's folder, and what is wrong with the rest."""
    ours, problems = load_folder(own_folder())
    more, others = load_folder(theirs)
    return [*ours, *more], [*problems, *others]


def _problems(data: Mapping[str, object]) -> Iterable[str]:
    known = {item.name for item in fields(Theme)}
    for key, value in data.items():
        if key not in known:
            yield f"unknown key '{key}'"
        elif key in COLORS:
            yield from _color(key, value)
        elif key in SWITCHES and not isinstance(value, bool):
            yield f"'{key}' must be true or false"
        elif key in NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield f"'{key}' must be a number"
        elif key == "name" and not (isinstance(value, str) and value.isprintable() and value):
            yield "'name' must be a word"
    if "primary" not in data:
        yield "'primary' is missing"
    yield from _variables(data.get("variables", {}))


def _variables(table: object) -> Iterable[str]:
    if not isinstance(table, dict):
        yield "[variables] must be a table"
        return
    styles = {name for name in _textual_names() if name.endswith("-style")}
    for name, value in table.items():
        if name not in OWN_VARIABLES and name not in _textual_names():
            yield f"unknown variable '{name}'"
        elif name in styles:
            if not isinstance(value, str) or not set(value.split()) <= _STYLE_WORDS:
                yield f"'{name}' must be words such as bold, dim, reverse, underline"
        else:
            yield from _color(name, value)


_STYLE_WORDS = {"none", "bold", "dim", "italic", "reverse", "underline", "strike", "not"}


def _textual_names() -> frozenset[str]:
    return frozenset(ColorSystem("#000000").generate())


def _color(name: str, value: object) -> Iterable[str]:
    if not isinstance(value, str):
        yield f"'{name}' must be a colour such as \"#3f7cc0\""
        return
    try:
        Color.parse(value)
    except ColorParseError:
        yield f"'{name}': '{value}' is not a colour"
