"""Promise: bounded. Whatever comes to the public door, memory stays within bounds and others are served."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.support.daemon import TOKEN, Daemon
from tests.support.disk import MIB
from tests.support.length import LONG
from tests.support.load import Load

CONNECTIONS = 10_000 if LONG else 1_000
EACH = 20 * 1024
"""Bytes that a connection which does nothing may cost."""
HEAD = f"POST /webhooks/main/{TOKEN} HTTP/1.1\r\nhost: l\r\n".encode()

pytestmark = pytest.mark.timeout(300 if LONG else 240)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Warmed up by some load, so that what it grows by is the attack's."""
    with Daemon(tmp_path, listener={"max_pending": "16MiB"}) as mine:
        mine.start()
        with Load(mine.hook, seed=40) as load:
            load.wait_for(500)
        yield mine


@contextmanager
def bounded(daemon: Daemon, most: int) -> Iterator[None]:
    """It may grow by so many bytes; meanwhile every other delivery is acknowledged."""
    process = psutil.Process(daemon.pid)
    before, peak = process.memory_info().rss, 0
    with Load(daemon.hook, seed=41, pause=0.02) as load:
        load.wait_for(50)
        yield
        for _ in range(20):
            load.wait_for(10)
            peak = max(peak, process.memory_info().rss)
    assert set(load.told()) == {200}
    assert peak - before < most, f"grew by {(peak - before) / MIB:.1f} MiB"


def connected(daemon: Daemon, stack: ExitStack) -> socket.socket:
    there = urlsplit(daemon.url)
    line = socket.create_connection((there.hostname, there.port), timeout=10)
    return stack.enter_context(line)


def answer(line: socket.socket) -> bytes:
    """The first line of what comes back; nothing when the connection was ended."""
    try:
        return line.recv(4096).split(b"\r\n")[0]
    except OSError:
        return b""


def send(line: socket.socket, pieces: Callable[[], bytes], most: int) -> int:
    """Send until nobody takes it any more; how many bytes were taken."""
    sent = 0
    try:
        while sent < most:
            piece = pieces()
            line.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def test_connections_that_say_nothing(daemon: Daemon) -> None:
    """They are there, and cost little; some trickle a head, a byte now and then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, CONNECTIONS * 2), hard))
    try:
        with ExitStack() as stack, bounded(daemon, 8 * MIB + CONNECTIONS * EACH):
            lines = [connected(daemon, stack) for _ in range(CONNECTIONS)]
            for byte in HEAD[:20]:
                for line in lines[::10]:
                    line.sendall(bytes([byte]))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_connections_than_files(tmp_path: Path) -> None:
    """Where a process may have 300 open files, the connections idle for longest make room."""
    with Daemon(tmp_path) as daemon, ExitStack() as stack:
        daemon.start("prlimit", "--nofile=300:300")
        with bounded(daemon, 64 * MIB):
            for _ in range(400):
                connected(daemon, stack)


def test_a_head_without_end(daemon: Daemon) -> None:
    """Nobody reads 100 MB of headers before it asks for a token."""
    with ExitStack() as stack, bounded(daemon, 16 * MIB):
        for start in (HEAD + b"x: ", b"GET /", HEAD + b"a: b\r\n" * 1000):
            line = connected(daemon, stack)
            line.sendall(start)
            assert send(line, lambda: b"y" * 65536, 100 * MIB) < 20 * MIB
            assert answer(line) == b""


@pytest.mark.parametrize("said", [True, False], ids=["with its length", "in chunks"])
def test_a_body_of_100_mb(daemon: Daemon, said: bool) -> None:
    """413, after no more than was allowed was read."""
    piece = bytes(65536)
    with ExitStack() as stack, bounded(daemon, 32 * MIB):
        line = connected(daemon, stack)
        how = b"content-length: 104857600\r\n\r\n" if said else b"transfer-encoding: chunked\r\n\r\n"
        line.sendall(HEAD + how)
        told = send(line, lambda: piece if said else b"10000\r\n" + piece + b"\r\n", 100 * MIB)
        assert told < 30 * MIB
        assert answer(line) in (
            b"HTTP/1.1 413 Request Entity Too Large",
            b"HTTP/1.1 413 Content Too Large",
            b"",
        )
    assert daemon.lines("over listener.max_body")


def test_bodies_that_never_end(daemon: Daemon) -> None:
    """Forty senders with the right token stop in the middle of a megabyte each: over 16 MiB together they hear 503."""
    with ExitStack() as stack, bounded(daemon, 48 * MIB):
        lines = [connected(daemon, stack) for _ in range(40)]
        for line in lines:
            line.sendall(HEAD + b"content-length: 2097152\r\n\r\n")
            send(line, lambda: bytes(65536), MIB)
        heard = []
        for line in lines:
            line.settimeout(0.2)
            heard.append(answer(line))
        refused = sum(1 for word in heard if word.startswith(b"HTTP/1.1 503"))
        assert 20 <= refused < 40


def test_a_sender_that_never_reads(daemon: Daemon) -> None:
    """Request after request on one connection, and no answer taken: it is not read any more, nor are answers heaped up."""
    request = b"GET /nowhere HTTP/1.1\r\nhost: l\r\n\r\n" * 1000
    with ExitStack() as stack, bounded(daemon, 32 * MIB):
        for _ in range(10):
            line = connected(daemon, stack)
            line.settimeout(1)
            send(line, lambda: request, 20 * MIB)


def test_an_idle_connection_ends(daemon: Daemon) -> None:
    """One that never says what it wants is ended after some seconds, whether it is silent or trickles."""
    with ExitStack() as stack:
        silent, trickling = connected(daemon, stack), connected(daemon, stack)
        silent.settimeout(40)
        began = time.monotonic()
        trickling.sendall(HEAD[:5])
        assert answer(silent) == b""
        assert answer(trickling) == b""
        assert time.monotonic() - began < 40
