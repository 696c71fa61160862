"""`python -m benchmarks`: each promise about speed beside a baseline measured in the same run."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    ack,
    backlog,
    cost,
    hits,
    memory,
    nodes,
    pull,
    ready,
    report,
    scale,
    screen,
    stream,
    visible,
)
from benchmarks.places import Places, open_places
from benchmarks.report import Row, unmeasured
from benchmarks.sizes import LONG, NORMAL, QUICK, Sizes
from bisonwatch.errors import StoreError

MEASURES: dict[str, Callable[[Places, Sizes], Iterator[Row]]] = {
    "P1": ack.measure,
    "P2": backlog.measure,
    "P3": visible.measure,
    "P4": pull.measure_sync,
    "P5": hits.measure,
    "P6": pull.measure_check,
    "P7": screen.measure,
    "STREAM": stream.measure,
    "P8": memory.measure,
    "P9": ready.measure,
    "P10": scale.measure,
    "P11": nodes.measure,
    "P12": cost.measure,
    "YEAR": scale.measure_year,
}
_SIZES = {"normal": NORMAL, "quick": QUICK, "long": LONG}


def main() -> int:
    chosen = _arguments()
    size = "quick" if chosen.quick else "long" if chosen.long else "normal"
    rows: list[Row] = []
    with open_places() as places:
        for name in chosen.only:
            started = time.monotonic()
            rows += _measured(name, places, _SIZES[size])
            print(f"{name} measured in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(report.table(rows))
    report.write(rows, size, [report.LATEST, *([chosen.json] if chosen.json else [])])
    return 0


def _measured(name: str, places: Places, sizes: Sizes) -> list[Row]:
    """One that breaks is told as not measured; the others go on."""
    rows: list[Row] = []
    try:
        rows.extend(MEASURES[name](places, sizes))
    except (RuntimeError, OSError, subprocess.SubprocessError, StoreError) as error:
        rows.append(unmeasured(name, "", str(error)))
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes, about three minutes")
    size.add_argument("--long", action="store_true", help="large sizes, for hours")
    parser.add_argument("--only", type=_names, default=list(MEASURES), help="such as P1,P2")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.upper().split(",")
    for name in names:
        if name not in MEASURES:
            raise argparse.ArgumentTypeError(f"there is no {name}; known: {', '.join(MEASURES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
