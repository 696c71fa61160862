"""One thing to know about a configuration that could be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Remark:
    """An error keeps a part from starting."""

    level: Level
    key: str
    source: str
    message: str

    def __str__(self) -> str:
        return f"{self.level}: {self.source}: {self.key}: {self.message}"


Found = Iterator[tuple[Level, str, str]]
"""Level, key and the rest of a sentence about it."""
