"""The engine in a thread and event loop of its own, for when a terminal shares the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from bisonwatch.engine.looping import new_loop
from bisonwatch.errors import BisonwatchError, StartError

if TYPE_CHECKING:
    from bisonwatch.engine.service import (
        Engine,  # half a second of imports: the terminal's first paint comes before them
    )

T = TypeVar("T")


class EngineHost:
    """`make` is called inside the thread. A crash of the terminal never touches the engine, nor the other way round."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self.started: Future[Engine] = Future()

    @property
    def engine(self) -> Engine | None:
        """The running engine; None before it started, or when it could not."""
        if not self.started.done() or self.started.exception() is not None:
            return None
        return self.started.result()

    @property
    def failure(self) -> BisonwatchError | None:
        """Why it could not start."""
        error = self.started.exception() if self.started.done() else None
        if error is None or isinstance(error, BisonwatchError):
            return error
        return StartError(f"the engine could not start: {type(error).__name__}: {error}")

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Stop cleanly and wait; whether it was gone in time. Stopping twice, or before the start, is fine."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    async def call(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """Do something on the engine's loop and await it here without blocking. Raises StartError before the engine runs."""
        engine = self.engine
        if engine is None or self._loop is None:
            raise StartError("the engine is not running yet")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(engine), self._loop))

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            engine = self._make()
            await engine.start()
            self.started.set_result(engine)
        except BisonwatchError as error:
            self.started.set_exception(error)
            return
        finally:
            if (
                not self.started.done()
            ):  # a fault of ours: the thread ends with it, and the one who waits is told
                self.started.set_exception(StartError("the engine could not start; the log says why"))
        await self._stop.wait()
        await engine.stop()
