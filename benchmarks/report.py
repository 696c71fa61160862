"""A measured row, the table that people read and the file that machines read."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

LATEST = Path(__file__).parent / "results" / "latest.json"
HEADINGS = ("row", "what", "figure", "baseline", "ratio", "target", "met?")
_NUMBERS = (2, 4)


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is figure over baseline. `met` is None where there is no target, or nothing was measured."""

    row: str
    what: str
    figure: float | None
    unit: str = ""
    baseline: float | None = None
    baseline_is: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    note: str = ""


def against(
    row: str,
    what: str,
    figure: float,
    unit: str,
    baseline: float,
    baseline_is: str,
    *,
    least: float | None = None,
    most: float | None = None,
    aim: float | None = None,
) -> Row:
    """A row judged by its ratio to the baseline: at `least` this, or at `most` that."""
    ratio = figure / baseline if baseline else None
    target, met = "", None
    if ratio is not None and least is not None:
        target, met = f"≥ {least:g} ×" + (f", aim {aim:g}" if aim else ""), ratio >= least
    elif ratio is not None and most is not None:
        target, met = f"≤ {most:g} ×", ratio <= most
    return Row(row, what, figure, unit, baseline, baseline_is, ratio, target, met)


def within(
    row: str,
    what: str,
    figure: float,
    unit: str,
    most: float,
    *,
    baseline: float | None = None,
    baseline_is: str = "",
) -> Row:
    """A row judged by itself; a baseline beside it is for the eye."""
    ratio = figure / baseline if baseline else None
    return Row(row, what, figure, unit, baseline, baseline_is, ratio, f"≤ {most:g} {unit}", figure <= most)


def no_dearer(row: str, what: str, figure: float, unit: str, before: float, growth: float, note: str) -> Row:
    """A row judged by the one before it: it may be `growth` times as much, which is noise."""
    return Row(row, what, figure, unit, note=note, target="falls or stays", met=figure <= before * growth)


def told(row: str, what: str, figure: float, unit: str, note: str = "") -> Row:
    """A figure without a target."""
    return Row(row, what, figure, unit, note=note)


def unmeasured(row: str, what: str, why: str) -> Row:
    return Row(row, what, None, note=f"not measured: {why}")


def table(rows: Sequence[Row]) -> str:
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADINGS))]
    ruled = [_line(HEADINGS, widths), "  ".join("-" * width for width in widths)]
    return "\n".join([*ruled, *(_line(line, widths) for line in lines[1:])])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if place in _NUMBERS else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    baseline = "" if row.baseline is None else f"{_short(row.baseline)} {row.baseline_is}"
    return (
        row.row,
        row.what,
        "" if row.figure is None else f"{_short(row.figure)} {row.unit}",
        baseline or row.note,
        "" if row.ratio is None else f"{row.ratio:.2f}",
        row.target,
        {True: "yes", False: "NO", None: ""}[row.met],
    )


def _short(number: float) -> str:
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def write(rows: Sequence[Row], size: str, places: Sequence[Path]) -> None:
    """The same as JSON, with what it was measured on."""
    told = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "size": size,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 2),
        "rows": [asdict(row) for row in rows],
    }
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
