"""The engine in a thread and event loop of its own, for when a terminal shares the process."""

from __future__ import annotations

import asyncio
import logging
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
log = logging.getLogger(__name__)


class EngineHost:
    """`make` is called inside the thread. A crash of the terminal never touches the engine, nor the other way round."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._fault: BaseException | None = None
        self.started: Future[Engine] = Future()

    @property
    def engine(self) -> Engine | None:
        """The running engine; None before it started, or when it could not."""
        if not self.started.done() or self.started.exception() is not None:
            return None
        return self.started.result()

    @property
    def failure(self) -> BisonwatchError | None:
        """Why it could not start, or not stop."""
        error = self._fault
        if error is None or isinstance(error, BisonwatchError):
            return error
        return StartError(f"the engine failed: {type(error).__name__}: {error}", hint="this is a bug")

    def start(self) -> None:
        """Nothing happens when it was asked to stop already."""
        if not self._stop.is_set():
            self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Stop cleanly and wait; whether it was gone in time. Stopping twice, or before the start, is fine."""
        with self._lock:
            if self._loop is None:
                self._stop.set()  # nobody waits for it yet
            else:
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    async def call(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """Do something on the engine's loop and await it here without blocking. Raises StartError where no engine runs."""
        engine = self.engine
        if engine is None:
            raise StartError("the engine is not running yet")
        with self._lock:
            if self._loop is None:
                raise StartError("the engine is not running any more")
            answer = asyncio.run_coroutine_threadsafe(work(engine), self._loop)
        return await asyncio.wrap_future(answer)

    def _run(self) -> None:
        """The border of the thread: what goes wrong is kept for the one who waits, never printed over a screen."""
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(self._main())
        except BisonwatchError as error:
            self._fault = error
        except Exception as error:
            log.exception("the engine failed")
            self._fault = error
        if self._fault is not None and not self.started.done():
            self.started.set_exception(self._fault)

    async def _main(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
        try:
            engine = self._make()
            engine.over = self._stop
            await engine.start()
            self.started.set_result(engine)
            await self._stop.wait()
            await engine.stop()
            if engine.fault is not None:
                raise engine.fault
        finally:
            with self._lock:
                self._loop = None
