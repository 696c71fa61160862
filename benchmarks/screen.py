"""P7: the terminal, measured by `benchmarks/terminal.py` in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.places import Places
from benchmarks.processes import ROOT
from benchmarks.report import Row, unmeasured, within
from benchmarks.sizes import Sizes

SCRIPT = Path(__file__).parent / "terminal.py"
LONGEST_S = 300


def measure(_places: Places, sizes: Sizes) -> Iterator[Row]:
    if not SCRIPT.exists():
        yield unmeasured("P7", "the terminal", f"there is no {SCRIPT.name}")
        return
    command = [sys.executable, str(SCRIPT), "--seconds", str(sizes.terminal_s)]
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=True)
        yield from _rows(json.loads(ran.stdout))
    except subprocess.CalledProcessError as error:
        yield unmeasured("P7", "the terminal", (error.stderr.strip().splitlines() or ["it failed"])[-1])
    except (subprocess.TimeoutExpired, ValueError) as error:
        yield unmeasured("P7", "the terminal", type(error).__name__)


def _rows(told: dict[str, object]) -> Iterator[Row]:
    budgets = told["budgets"]
    assert isinstance(budgets, dict)
    yield within("P7", "first paint", float(str(told["first_paint_s"])), "s", budgets["first_paint_s"])
    for count in (300, 3000):
        case = told[f"workspaces_{count}"]
        assert isinstance(case, dict)
        share, most = case["cpu_share"] * 100, budgets[f"cpu_share_{count}"] * 100
        yield within("P7", f"processor, {count} workspaces", share, "%", most)
        yield within(
            "P7",
            f"  to the terminal, {count}",
            case["bytes_per_s"] / 1000,
            "kB/s",
            budgets["bytes_per_s"] / 1000,
        )
        yield within(
            "P7", f"  event loop blocked p99, {count}", case["block_ms_p99"], "ms", budgets["block_ms_p99"]
        )
        if count == 300:
            yield within("P7", "  memory", case["rss_mb"], "MB", budgets["rss_mb_ui"])
