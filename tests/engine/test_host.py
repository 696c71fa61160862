"""The engine in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from bisonwatch.engine.host import EngineHost
from bisonwatch.errors import StartError, StoreNewer


class Fake:
    """Starts and stops as an engine does, or fails to."""

    def __init__(self, start: Exception | None = None, stop: Exception | None = None) -> None:
        self.calls: list[str] = []
        self._errors = {"start": start, "stop": stop}
        self.over, self.fault = asyncio.Event(), None

    async def start(self) -> None:
        self._do("start")

    async def stop(self) -> None:
        self._do("stop")

    def _do(self, what: str) -> None:
        self.calls.append(what)
        if error := self._errors[what]:
            raise error

    async def name(self) -> str:
        return threading.current_thread().name


def host_of(make: Callable[[], Fake]) -> EngineHost:
    return EngineHost(make)  # type: ignore[arg-type]


async def test_calls_are_done_in_the_engines_thread_and_awaited_here() -> None:
    """And its stop is clean, and may be done twice."""
    fake = Fake()
    host = host_of(lambda: fake)
    host.start()
    await asyncio.wrap_future(host.started)
    assert await host.call(lambda engine: engine.name()) == "engine"  # type: ignore[attr-defined]
    assert host.stop(5)
    assert host.stop(5)
    assert (fake.calls, host.failure) == (["start", "stop"], None)


@pytest.mark.parametrize("error", [StoreNewer("made by a newer one"), RuntimeError("a bug")])
def test_why_it_cannot_start_reaches_the_one_who_waits(error: Exception) -> None:
    """As one line; the thread is over, and nothing was printed."""
    host = host_of(lambda: Fake(start=error))
    host.start()
    with pytest.raises(type(error)):
        host.started.result(5)
    assert host.stop(5)
    assert host.engine is None
    assert str(error) in str(host.failure)


def test_a_fault_while_making_it_is_told_too() -> None:
    """The thread never dies silently."""

    def broken() -> Fake:
        raise StartError("port 8787 is in use")

    host = host_of(broken)
    host.start()
    with pytest.raises(StartError):
        host.started.result(5)
    assert str(host.failure) == "port 8787 is in use"


def test_a_failure_to_stop_is_told() -> None:
    """It is no success to have stopped with an error."""
    host = host_of(lambda: Fake(stop=StartError("it hangs")))
    host.start()
    host.started.result(5)
    assert host.stop(5)
    assert str(host.failure) == "it hangs"


def test_stopping_before_the_start_is_fine_and_final() -> None:
    """A terminal that was closed before its first paint starts no engine."""
    fake = Fake()
    host = host_of(lambda: fake)
    assert host.stop(1)
    host.start()
    assert host.stop(1)
    assert fake.calls == []


def test_stopping_while_it_is_being_made_stops_it() -> None:
    """However early the stop comes, the engine is not left running."""
    making, go_on, fake = threading.Event(), threading.Event(), Fake()

    def slowly() -> Fake:
        making.set()
        go_on.wait(5)
        return fake

    host = host_of(slowly)
    host.start()
    making.wait(5)
    assert not host.stop(0.01)
    go_on.set()
    assert host.stop(5)
    assert fake.calls == ["start", "stop"]


async def test_a_call_before_the_start_or_after_the_stop_is_refused() -> None:
    """With a sentence, not with a hang."""
    host = host_of(Fake)
    with pytest.raises(StartError, match="not running yet"):
        await host.call(lambda engine: engine.name())  # type: ignore[attr-defined]
    host.start()
    await asyncio.wrap_future(host.started)
    host.stop(5)
    with pytest.raises(StartError, match="not running any more"):
        await host.call(lambda engine: engine.name())  # type: ignore[attr-defined]
