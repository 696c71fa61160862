"""Figures as short text. Pure: same in, same out. An unknown figure is `–`, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bisonwatch.tui.glyphs import UNICODE, Glyphs

NONE = "–"
MINUTE, HOUR, DAY = 60, 3600, 86_400


def seconds(since: datetime | None, now: datetime) -> float | None:
    """How long ago, at least 0."""
    return None if since is None else max(0.0, (now - since).total_seconds())


def duration(span: float | None) -> str:
    """`0.4s`, `12s`, `3m12s`, `2h04m`, `3d04h`, `120d`: at most six cells."""
    if span is None:
        return NONE
    if span < 9.95:
        return f"{span:.1f}s"
    whole = int(span)
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < DAY:
        return f"{whole // HOUR}h{whole % HOUR // 60:02d}m"
    if whole < 100 * DAY:
        return f"{whole // DAY}d{whole % DAY // HOUR:02d}h"
    return f"{whole // DAY}d"


def roughly(span: float) -> str:
    """What is still to come, in whole seconds and at least one: `8s`, `3m12s`."""
    whole = max(1, int(span))
    return f"{whole}s" if whole < MINUTE else duration(whole)


def age(since: datetime | None, now: datetime) -> str:
    return duration(seconds(since, now))


def calm_age(since: datetime | None, now: datetime) -> str:
    """An age in at most four cells and whole units, so that it changes rarely: `now`, `12s`, `3m`, `2h`, `3d`."""
    span = seconds(since, now)
    if span is None:
        return NONE
    for size, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if span >= size:
            return f"{int(span // size)}{letter}"
    return f"{int(span)}s" if span >= 2 else "now"


def ago(at: datetime | None, now: datetime) -> str:
    """`3m ago`, `just now`, `never`: a calm age as part of a sentence."""
    if at is None:
        return "never"
    span = calm_age(at, now)
    return "just now" if span == "now" else f"{span} ago"


def hour_minute(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%H:%M") if at else NONE


def clock(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%H:%M:%S")


def moment(at: datetime | None, now: datetime) -> str:
    """`14:03` today, else `21 Nov 14:03`."""
    if at is None:
        return NONE
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    return at.strftime("%H:%M") if at.date() == now.date() else at.strftime("%d %b %H:%M")


def percent(share: float | None, digits: int = 1) -> str:
    """A share as percent, never rounded up to 100: 0.99996 is `99.9`, 1.0 is `100`."""
    if share is None:
        return NONE
    if share >= 1:
        return f"{share * 100:.0f}"
    scale = 10**digits
    return f"{int(share * 100 * scale + 1e-9) / scale:.{digits}f}"


def portion(share: float | None) -> str:
    """A figure as percent, rounded as people round: 0.0769 is `7.7`, -0.1 is `-10.0`. `0` and `100` are exact: else `<0.1` and `99.9`.

    `percent` is for what should be whole, and rounds down.
    """
    if share is None:
        return NONE
    if share in (0, 1):
        return f"{share * 100:.0f}"
    told = f"{share * 100:,.1f}"
    return {"0.0": "<0.1", "-0.0": ">-0.1", "100.0": "99.9" if share < 1 else "100.1"}.get(told, told)


def thousands(count: int | None) -> str:
    return NONE if count is None else f"{count:,}"


def compact(count: float | None) -> str:
    """At most five cells: `842`, `9,999`, `12.3k`, `1.2M`."""
    if count is None:
        return NONE
    if count < 10_000:
        return f"{int(count):,}"
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1000, "k")):
        if count >= size:
            value = count / size
            return f"{value:.1f}{letter}" if value < 100 else f"{int(value)}{letter}"
    return str(int(count))


def rate(value: float | None) -> str:
    """`0`, `0.4`, `12.1`, `418`, `1.2k`."""
    if value is None:
        return NONE
    if value == 0:
        return "0"
    if value < 99.95:
        return f"{value:.1f}"
    return compact(value)


def milliseconds(value: float | None) -> str:
    """`0.8ms`, `41ms`, `1.2s`."""
    if value is None:
        return NONE
    if value < 9.95:
        return f"{value:.1f}ms"
    if value < 1000:
        return f"{value:.0f}ms"
    return duration(value / 1000)


def plural(count: int, word: str, several: str | None = None) -> str:
    """`1 run`, `1,204 runs`, and words with a plural of their own."""
    return f"{count:,} {word if count == 1 else several or word + 's'}"


def spark(values: Sequence[float], glyphs: Glyphs = UNICODE, top: float | None = None) -> str:
    """One cell per value, scaled to the highest; nothing at all is shown as silence, not as a low bar.

    The full block is never used, so that the lines of a table stay apart.
    """
    highest = max(top or 0, *values, 1) if values else 1
    last = len(glyphs.levels) - 2
    return "".join(
        glyphs.silence if value <= 0 else glyphs.levels[min(last, int(value / highest * last + 0.5))]
        for value in values
    )


def squeeze(values: Sequence[float], cells: int) -> list[float]:
    """The values averaged down to `cells` figures, newest kept at the end."""
    if cells <= 0:
        return []
    if len(values) <= cells:
        return list(values)
    step = len(values) / cells
    slices = [values[int(i * step) : max(int((i + 1) * step), int(i * step) + 1)] for i in range(cells)]
    return [sum(part) / len(part) for part in slices]


def progress_bar(share: float | None, cells: int, glyphs: Glyphs = UNICODE) -> tuple[str, str]:
    """The filled and the empty part; an unknown share is all empty."""
    filled = 0 if share is None else max(0, min(cells, int(share * cells + 0.5)))
    return glyphs.full * filled, glyphs.rail * (cells - filled)


def backlog_verdict(pending: int, slope: float | None) -> tuple[str, str]:
    """The words and the role of what the backlog is doing; slope is rows per second."""
    if pending <= 0:
        return "empty", "soft"
    if slope is None:
        return "", "soft"
    if slope <= -0.5:
        return f"draining {slope:+.0f}/s, empty in ~{roughly(pending / -slope)}", "ink"
    if slope >= 0.5:
        return f"growing {slope:+.0f}/s", "crit" if pending > 1000 else "warn"
    return "flat", "warn" if pending > 100 else "soft"
