"""The four datasets of a workspace, as any reader gets them: a value, when it was made, and whether to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DatasetName(StrEnum):
    """Which one."""

    KPI = "kpi"
    VOLUME = "volume"
    REVENUE = "revenue"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Made:
    """What one making gave: a valid `value` (one of the classes in `domain/datasets`), and what is suspicious in it, in sentences."""

    value: object
    warnings: tuple[str, ...] = ()
