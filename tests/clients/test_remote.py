"""The Feed over HTTP and SSE, against the real API on a port of this machine."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.errors import (
    CallError,
    DaemonBarred,
    DaemonForeign,
    DaemonUnreachable,
    RequestRefused,
    StoreBusy,
    UnknownWorkspace,
)
from bisonwatch.protocol import pictures
from tests.support.clock import ManualClock
from tests.support.feed_server import OPERATOR, VIEWER, Served, attached, remote, served, until
from tests.tui.support import FakeFeed
from tests.tui.world import quiet_snapshot, run_rows, snapshot

KEY = WorkspaceKey("main", 10)


def draw(there: Served, **changes: object) -> Snapshot:
    feed = there.feed
    assert isinstance(feed, FakeFeed)
    feed.shown = replace(feed.shown, number=feed.shown.number + 1, **changes)  # type: ignore[arg-type]
    there.drawn()
    return feed.shown


async def test_pictures_arrive_as_they_are_drawn() -> None:
    """The first one whole, the next ones as they change."""
    async with served(FakeFeed()) as there, attached(there) as feed:
        assert (feed.snapshot(), feed.title) == (snapshot(), "demo")
        assert (feed.link.up, feed.link.viewer, feed.link.place) == (True, False, f"127.0.0.1:{there.port}")
        shown = draw(there, score=4, runs=run_rows()[:1])
        await until(lambda: feed.snapshot() == shown)


async def test_a_daemon_that_is_started_anew_is_found_again() -> None:
    """Meanwhile the last picture stays, the line says which try failed and why, and nothing is asked; the numbers begin again."""
    async with served(FakeFeed()) as there, attached(there) as feed:
        await there.stop()
        await until(lambda: feed.link.tries > 2)
        assert (feed.snapshot(), feed.link.up, feed.link.trouble) == (snapshot(), False, "connection refused")
        with pytest.raises(DaemonUnreachable, match=r"^not connected to the daemon: connection refused$"):
            await feed.poll((KEY,))
        there.feed = FakeFeed(replace(quiet_snapshot(), number=2))
        await there.start()
        await until(lambda: feed.link.up)
        assert (feed.snapshot(), feed.link.trouble) == (there.feed.snapshot(), None)
        assert await feed.poll((KEY,)) == await FakeFeed().poll((KEY,))


async def test_a_line_that_is_cut_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without another whole picture."""
    wholes: list[str] = []
    real = pictures.whole
    monkeypatch.setattr("bisonwatch.api.reel.whole", lambda *given: wholes.append("") or real(*given))
    async with served(FakeFeed()) as there, attached(there) as feed:
        for reader in tuple(there.reel._readers):
            reader.end()
        shown = draw(there, score=4)
        await until(lambda: feed.snapshot() == shown and there.reel.readers == 1)
        assert len(wholes) == 1


@pytest.mark.parametrize(
    "error",
    [
        StoreBusy("another program writes", hint="wait"),
        UnknownWorkspace("no workspace is called so"),
        RequestRefused("the provider says no"),
        CallError("no such thing"),
    ],
)
async def test_what_the_engine_refuses_is_refused_here(error: Exception) -> None:
    """By the same class, with the same words."""
    fake = FakeFeed()
    async with served(fake) as there, attached(there) as feed:
        fake.trouble = error  # type: ignore[assignment]
        with pytest.raises(type(error)) as refused:
            await feed.letters()
        assert (type(refused.value), str(refused.value)) == (type(error), str(error))


async def test_a_viewer_looks_and_may_do_nothing() -> None:
    """The line says so, and the daemon refuses."""
    fake = FakeFeed()
    async with served(fake) as there, attached(there, VIEWER) as feed:
        assert feed.link.viewer
        assert await feed.letters() == fake.shelf
        with pytest.raises(DaemonBarred, match="this token may read only; an operator's is needed"):
            await feed.poll((KEY,))
        assert fake.asked == []


async def failure_of(url: str, token: str = OPERATOR) -> BaseException:
    feed = remote(url, token)
    feed.start()
    await until(lambda: feed.failure)
    await asyncio.to_thread(feed.stop)
    assert feed.failure is not None
    return feed.failure


async def test_what_keeps_it_from_starting_is_one_clear_line(caplog: pytest.LogCaptureFixture) -> None:
    """A wrong token (exit code 2), nobody there, somebody else there; no token is told."""
    caplog.set_level(logging.DEBUG)
    async with served(FakeFeed()) as there:
        wrong = await failure_of(there.url, "wrong-token-51aa")
        place = f"127.0.0.1:{there.port}"
        elsewhere = await failure_of(f"{there.url}/bison")
    nobody = await failure_of(there.url)
    assert isinstance(wrong, DaemonBarred)
    assert (str(wrong), wrong.exit_code) == (f"{place} refuses this token: a bearer token is needed", 2)
    assert isinstance(elsewhere, DaemonForeign)
    assert str(elsewhere) == f"{place} answers, but has no such route: no such route; see /openapi.json"
    assert str(nobody) == f"{place}: connection refused"
    assert "wrong-token" not in caplog.text


async def test_a_daemon_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing, and what to compare."""
    monkeypatch.setattr("bisonwatch.api.reel.whole", lambda *_: b'event: snapshot\ndata: {"number": 1}\n\n')
    async with served(FakeFeed()) as there:
        failure = await failure_of(there.url)
    assert isinstance(failure, DaemonForeign)
    assert str(failure) == (
        f"127.0.0.1:{there.port} says what this version does not understand: at: field required "
        "(are both of the same version? `bisonwatch --version` tells)"
    )


async def test_ages_are_right_on_a_machine_whose_clock_is_not() -> None:
    """This clock is an hour ahead of the daemon's."""
    there_now = ManualClock()
    clock = AgreedClock(SystemClock())
    async with served(FakeFeed(), there_now) as there:
        feed = remote(there.url, clock=clock)
        feed.start()
        await until(lambda: feed.link.up)
        assert abs(clock.now() - there_now.now()) < timedelta(seconds=30)
        assert abs(clock.machine.now() - there_now.now()) > timedelta(days=1)
        await asyncio.to_thread(feed.stop)


async def test_a_stop_before_the_start_or_twice_is_fine() -> None:
    """And nothing can be asked after it."""
    feed = remote("http://127.0.0.1:9")
    feed.stop()
    async with served(FakeFeed()) as there, attached(there) as feed:
        await asyncio.to_thread(feed.stop)
        await asyncio.to_thread(feed.stop)
        with pytest.raises(DaemonUnreachable):
            await feed.letters()
