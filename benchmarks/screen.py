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
KEYS = Path(__file__).parent / "keypress.py"
LONGEST_S = 300


def measure(_places: Places, sizes: Sizes) -> Iterator[Row]:
    if not SCRIPT.exists():
        yield unmeasured("P7", "the terminal", f"there is no {SCRIPT.name}")
        return
    try:
        yield from _rows(_told(SCRIPT, "--seconds", str(sizes.terminal_s)))
        yield from _keys(_told(KEYS))
    except subprocess.CalledProcessError as error:
        yield unmeasured("P7", "the terminal", (error.stderr.strip().splitlines() or ["it failed"])[-1])
    except (subprocess.TimeoutExpired, ValueError) as error:
        yield unmeasured("P7", "the terminal", type(error).__name__)


def _told(script: Path, *options: str) -> dict[str, object]:
    command = [sys.executable, str(script), *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=True)
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def _keys(told: dict[str, object]) -> Iterator[Row]:
    """Over 4,000 sender accounts; the processor's part stands beside it, since the wall's is also the machine's."""
    most = float(str(told["budget_ms"]))
    for name, what in (
        ("filter", "a key in the filter"),
        ("turn", "order turned round"),
        ("sort", "another column"),
    ):
        cpu = told[f"{name}_cpu_ms_p95"]
        label = f"4,000 accounts, {what}: p95 (processor {cpu} ms)"
        yield within("P7", label, float(str(told[f"{name}_ms_p95"])), "ms", most)


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
