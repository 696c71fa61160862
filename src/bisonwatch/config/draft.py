"""Raw values with where each came from. Layers are laid over one another here, before anything is validated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Raw: TypeAlias = "bool | int | float | str | list[Raw] | dict[str, Raw] | None"
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and where. `origin` is such as `bisonwatch.yaml:14`; empty when it has none."""

    origin: str
    message: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin else self.message


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


def in_file_order(origin: str) -> tuple[str | int, ...]:
    """A sort key under which line 9 comes before line 14."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", origin))


@dataclass(slots=True)
class Draft:
    """A configuration in the making: nested mappings and lists, and the origin of each node by its path."""

    values: dict[str, Raw] = field(default_factory=dict)
    origins: dict[Path, str] = field(default_factory=dict)

    def put(self, path: Path, value: Raw, origin: str) -> None:
        """Lay a value over what is there. Raises ValueError when the way to it is not a mapping or a list."""
        self._forget(path)
        parent = self._parent(path, origin)
        last = path[-1]
        if isinstance(parent, dict):
            parent[str(last)] = value
        else:
            _set_item(parent, path, value)
        for below in paths(value):
            self.origins[path + below] = origin

    def origin(self, path: Path) -> str:
        """Where the nearest node at or above this path came from; empty when nothing did."""
        return next(
            (self.origins[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.origins), ""
        )

    def source(self, path: Path) -> str:
        """Where a setting's value came from, or `default`."""
        for n in range(len(path), 0, -1):
            if path[:n] in self.origins:
                given = n == len(path) or not isinstance(self.at(path[:n]), dict)
                return self.origins[path[:n]] if given else "default"
        return "default"

    def at(self, path: Path) -> Raw:
        """The raw value there; None when there is none."""
        node: Raw = self.values
        for step in path:
            if isinstance(node, dict):
                node = node.get(str(step))
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                node = node[step]
            else:
                return None
        return node

    def _forget(self, path: Path) -> None:
        for known in [known for known in self.origins if known[: len(path)] == path]:
            del self.origins[known]

    def _parent(self, path: Path, origin: str) -> list[Raw] | dict[str, Raw]:
        node: list[Raw] | dict[str, Raw] = self.values
        for depth, step in enumerate(path[:-1], start=1):
            below = self.at(path[:depth])
            if below is None:
                below = [] if isinstance(path[depth], int) else {}
                self.origins[path[:depth]] = origin
                if isinstance(node, dict):
                    node[str(step)] = below
                else:
                    _set_item(node, path[:depth], below)
            if not isinstance(below, list | dict):
                raise ValueError(f"{dotted(path[:depth])}: is a single value, nothing can stand below it")
            node = below
        return node


def _set_item(items: list[Raw], path: Path, value: Raw) -> None:
    index = path[-1]
    if not isinstance(index, int):
        raise ValueError(f"{dotted(path)}: {dotted(path[:-1])} is a list; write a number, not {index}")
    if index > len(items):
        raise ValueError(f"{dotted(path)}: the list has {len(items)} entries; the next one is {len(items)}")
    items[index : index + 1] = [value]


def paths(value: Raw) -> Iterator[Path]:
    """The path of every node in a value, its own (empty) first."""
    yield ()
    if isinstance(value, dict):
        for key, below in value.items():
            yield from ((key, *path) for path in paths(below))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from ((index, *path) for path in paths(below))
