"""A story whose API listens on a real port, on a loop and a thread of its own, for those who ask over the network."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from bisonwatch.store.place import Place
from tests.support.story import Story, Tokens, story


@contextmanager
def served(place: Place, tokens: Tokens, prepare: Callable[[Story], Awaitable[None]]) -> Iterator[str]:
    """The API's address; time stands still behind it."""
    ready: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def stand() -> None:
        over = asyncio.Event()
        async with story(place, tokens=tokens) as told:
            await prepare(told)
            serving = asyncio.create_task(told.engine.api.run())
            ready.set_result((told.engine.api.url, asyncio.get_running_loop(), over))
            await over.wait()
            told.engine.api.close()
            await serving

    def run() -> None:
        try:
            asyncio.run(stand())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=run, name="served")
    thread.start()
    try:
        url, loop, over = ready.result()
        yield url
        loop.call_soon_threadsafe(over.set)
    finally:
        thread.join()
