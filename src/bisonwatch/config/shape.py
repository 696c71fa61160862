"""The tree of settings as data: which keys exist where. For messages, for `config show`, and for the tests of the docs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from bisonwatch.config.draft import Path
from bisonwatch.config.section import Section
from bisonwatch.config.settings import Settings

_INDEX = "*"


def fields(section: type[Section]) -> dict[str, object]:
    """A section's keys as the file writes them, each with its annotation."""
    return {field.alias or name: field.annotation for name, field in section.model_fields.items()}


def below(annotation: object) -> tuple[type[Section] | None, bool]:
    """The section that a key holds, if any, and whether it holds many of them (a list, or a mapping by name)."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    origin, many = get_origin(annotation), False
    if origin is Annotated:
        return below(get_args(annotation)[0])
    if origin not in (Union, UnionType):
        many = isinstance(origin, type) and issubclass(origin, tuple | Mapping)
        if not many:
            return None, False
    found = [below(part) for part in get_args(annotation)]
    section = next((pair for pair in found if pair[0]), (None, False))
    return section[0], many or section[1]


def section_at(path: Path) -> type[Section] | None:
    """The section whose keys stand at this path; None where there is none."""
    section: type[Section] | None = Settings
    rest = list(path)
    while rest and section is not None:
        section, many = below(fields(section).get(str(rest.pop(0))))
        if many and rest:
            rest.pop(0)
    return section


def every_key(section: type[Section] = Settings, prefix: str = "") -> Iterator[str]:
    """Each setting as a dotted key; `*` stands for an entry of a list or mapping: `instances.*.name`."""
    for key, annotation in fields(section).items():
        inner, many = below(annotation)
        here = f"{prefix}{key}"
        if inner is None:
            yield here
        else:
            yield from every_key(inner, f"{here}.{_INDEX}." if many else f"{here}.")


def suggestion(path: Path) -> str:
    """What was probably meant by an unknown key: the nearest name beside it, or where that name belongs."""
    section, wrong = section_at(path[:-1]), str(path[-1])
    near = difflib.get_close_matches(wrong, fields(section) if section else (), n=1, cutoff=0.6)
    near = near or [key for key in every_key() if key.rpartition(".")[2] == wrong]
    return near[0] if len(near) == 1 else ""
