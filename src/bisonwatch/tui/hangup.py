"""A line that is gone: SIGHUP, or a terminal that answers no more where SIGHUP is ignored (nohup, some supervisors)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

WATCH_S = 2.0


def on_signals(hang_up: Callable[[], None], stop: Callable[[], None]) -> Callable[[], None]:
    """Call `hang_up` at SIGHUP and `stop` at SIGTERM, on the running loop; the returned call undoes it."""
    loop = asyncio.get_running_loop()
    caught = []
    for name, handler in (("SIGHUP", hang_up), ("SIGTERM", stop)):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, handler)
            caught.append(number)
        except (NotImplementedError, RuntimeError, ValueError):
            continue  # Windows, or not the main thread: the caller's own handlers stay

    def undo() -> None:
        for number in caught:
            loop.remove_signal_handler(number)

    return undo


def line_is_dead() -> bool:
    """True when the terminal on standard input was taken away; without this the app would spin on it."""
    try:
        descriptor = sys.__stdin__.fileno() if sys.__stdin__ else -1
        if descriptor < 0 or not hasattr(os, "tcgetpgrp"):
            return False
        os.tcgetpgrp(descriptor)
    except (OSError, ValueError) as error:
        return getattr(error, "errno", None) == 5
    return False
