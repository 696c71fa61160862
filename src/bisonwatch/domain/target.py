"""A KPI target that a workspace's own list of tags names, such as `KPI 40` or `kpi: 40`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST = 1_000_000


def targets_in(tags: Iterable[str], word: str) -> tuple[int, ...]:
    """Every number that a tag gives after the word, once and in order; in whatever case, with `:`, `=` or a space between."""
    said = re.compile(rf"{re.escape(word.strip())}\s*[:=]?\s*(\d{{1,7}})", re.IGNORECASE)
    found = (said.fullmatch(tag.strip()) for tag in tags)
    return tuple(sorted({int(match[1]) for match in found if match and int(match[1]) <= _MOST}))
