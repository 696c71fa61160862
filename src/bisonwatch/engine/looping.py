"""What engines run on: the event loop (uvloop where it exists), and the collector's settings."""

from __future__ import annotations

import asyncio
import gc


def settle_memory() -> None:
    """What was imported and built stays: the collector need not look at it again, nor so often at what a batch makes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
