"""How far a copy is: a bar on a terminal, else a line for each table."""

from __future__ import annotations

import math
import sys

import click

from bisonwatch.clock import Clock
from bisonwatch.store.copy import Step

DRAW_S, SAY_S = 0.1, 5.0
"""How often the bar is drawn anew; how often a long table says a line where there is no terminal."""
WIDTH = 24


class CopyProgress:
    """Takes each step of a copy; everything goes to stderr, so that stdout holds the result only."""

    def __init__(self, clock: Clock, *, terminal: bool | None = None) -> None:
        self._clock = clock
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._phase = ""
        self._started, self._first, self._said = clock.monotonic(), 0, -math.inf

    def __call__(self, step: Step) -> None:
        now = self._clock.monotonic()
        if step.what != self._phase:
            self._phase, self._started, self._first = step.what, now, step.all_done
        over = step.all_done >= step.all_total if self._terminal else step.done == step.total > 0
        if not over and now - self._said < (DRAW_S if self._terminal else SAY_S):
            return
        self._said = now
        if self._terminal:
            bar = line(step, step.all_done - self._first, now - self._started)
            click.echo(f"\r{bar}\033[K", nl=False, err=True, color=True)
        elif step.total:
            click.echo(f"{step.what} {step.table}: {step.done:,} of {step.total:,} rows", err=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._terminal and self._phase:
            click.echo("\r\033[K", nl=False, err=True, color=True)


def line(step: Step, rows: int, seconds: float) -> str:
    """The bar and its figures; `rows` were done in `seconds`."""
    share = step.all_done / step.all_total if step.all_total else 1.0
    full = round(WIDTH * min(share, 1.0))
    speed = rows / seconds if seconds > 0 else 0.0
    left = f", {_time((step.all_total - step.all_done) / speed)} left" if speed else ""
    bar = f"[{'#' * full}{'.' * (WIDTH - full)}] {share:4.0%}"
    return f"{bar} {step.what} {step.table} {step.done:,} of {step.total:,}, {speed:,.0f} rows/s{left}"


def _time(seconds: float) -> str:
    whole = max(0, round(seconds))
    return (
        f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
        if whole >= 3600
        else f"{whole // 60}:{whole % 60:02}"
    )
