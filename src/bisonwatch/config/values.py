"""The kinds of value a setting can have: durations, sizes, shares, cron expressions, addresses; read and written back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf, PlainSerializer, PlainValidator

from bisonwatch.domain.ids import WorkspaceKey, parse_key
from bisonwatch.errors import CallError

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_STEP = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_LONGEST = timedelta(days=36500)
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]i?B|B)", re.IGNORECASE)
_SIZES = {
    "tib": 1 << 40, "gib": 1 << 30, "mib": 1 << 20, "kib": 1 << 10,
    "tb": 10**12, "gb": 10**9, "mb": 10**6, "kb": 10**3, "b": 1,
}  # fmt: skip
_WRITTEN = ("TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "KB", "B")


def said(value: object) -> str:
    """A refused value as a message may repeat it: short, and never the inside of a list or mapping."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case str():
            text = "".join(c if c.isprintable() else "�" for c in value)
            return f"'{text[:57]}…'" if len(text) > 60 else f"'{text}'"
    return str(value)


def parse_duration(value: object) -> timedelta:
    """`500ms`, `45s`, `5m`, `1h30m`, `30d` as a timedelta. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"write a duration with its unit, such as 45s, 5m or 1h30m, not {said(value)}")
    seconds = sum(float(number) * _UNITS[unit].total_seconds() for number, unit in _STEP.findall(text))
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{said(value)} is too long; {format_duration(_LONGEST)} is the most")
    return timedelta(milliseconds=round(seconds * 1000))


def format_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as the same value, to the millisecond."""
    text = ""
    for unit, length in _UNITS.items():
        count, value = divmod(value, length)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def parse_size(value: object) -> int:
    """`512KiB`, `10MiB`, `2GiB`, `10MB` or a number of bytes. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text.isdecimal():
        return int(text)
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"write a size with its unit, such as 512KiB, 10MiB or 2GiB, not {said(value)}")
    return int(float(found[1]) * _SIZES[found[2].lower()])


def format_size(value: int) -> str:
    """The size in the largest unit that leaves a whole number."""
    for unit in _WRITTEN:
        if value and value % _SIZES[unit.lower()] == 0:
            return f"{value // _SIZES[unit.lower()]}{unit}"
    return f"{value}B"


def parse_share(value: object) -> float:
    """A share of one: `0.05` or `5%`. Raises ValueError."""
    text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise ValueError(f"write a share such as 0.05 or 5%, not {said(value)}") from None
    if not 0 <= share <= 1:
        raise ValueError(f"must lie between 0 and 1 (or 0% and 100%), not {said(value)}")
    return share


def check_cron(text: str) -> str:
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        why = str(error).lower()
        raise ValueError(f"{said(text)} is not a cron expression ({why}); write such as 0 3 * * *") from None
    return text


def check_timezone(name: str) -> str:
    if name != "UTC":  # known even where the system has no time zone database
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone is called {said(name)}; write such as Europe/Berlin") from None
    return name


def check_url(text: str) -> str:
    """An http or https address without the last slash."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or any(c.isspace() for c in text):
        raise ValueError("write an address that begins with https:// (or http://)")
    return text.rstrip("/")


def check_network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"write an IP address or network such as 10.0.0.0/8, not {said(text)}") from None
    return text


def check_clock_time(value: object) -> str:
    text = value if isinstance(value, str) else ""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f'write a time such as "22:00", not {said(value)}')
    return text


def parse_workspace(value: object) -> WorkspaceKey:
    if isinstance(value, WorkspaceKey):
        return value
    try:
        return parse_key(value if isinstance(value, str) else said(value))
    except CallError as error:
        raise ValueError(error.message) from None


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ValueError("must be longer than 0s")
    return value


def at_least(least: timedelta) -> AfterValidator:
    """What is shorter would take away what is still asked for."""

    def check(value: timedelta) -> timedelta:
        if value < least:
            raise ValueError(f"must be at least {format_duration(least)}")
        return value

    return AfterValidator(check)


Duration = Annotated[
    timedelta, PlainValidator(parse_duration), PlainSerializer(format_duration, when_used="json")
]
Interval = Annotated[Duration, AfterValidator(_positive)]
"""A duration longer than nothing."""
Size = Annotated[int, PlainValidator(parse_size), PlainSerializer(format_size, when_used="json")]
"""Bytes."""
Share = Annotated[float, PlainValidator(parse_share)]
"""A fraction from 0 to 1."""
Cron = Annotated[str, AfterValidator(check_cron)]
Url = Annotated[str, AfterValidator(check_url)]
Network = Annotated[str, AfterValidator(check_network)]
ClockTime = Annotated[str, PlainValidator(check_clock_time)]
Port = Annotated[int, Field(ge=0, le=65535)]
"""0 lets the system choose."""
Word = Annotated[str, Field(min_length=1)]
Workspace = Annotated[InstanceOf[WorkspaceKey], BeforeValidator(parse_workspace), PlainSerializer(str)]
