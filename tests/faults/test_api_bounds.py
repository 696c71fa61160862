"""Promise: bounded, at the operator's door too. Whatever comes to it, memory stays within bounds and others are answered, here and at the listener."""

from __future__ import annotations

import resource
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.faults.test_bounds import answer, send
from tests.support.daemon import OPS, Daemon
from tests.support.disk import MIB
from tests.support.length import LONG
from tests.support.load import Load

CONNECTIONS = 10_000 if LONG else 600
EACH, EACH_SHAKING = 20 * 1024, 80 * 1024
"""Bytes that a connection which does nothing may cost, and one that stops in the middle of a TLS handshake."""
BEARER = f"authorization: Bearer {OPS}\r\n".encode()
GET = b"GET /api/v1/status HTTP/1.1\r\nhost: l\r\n"
POST = b"POST /api/v1/status HTTP/1.1\r\nhost: l\r\n"

pytestmark = pytest.mark.timeout(300 if LONG else 120)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Warmed up, so that what it grows by is the attack's; one for all attacks, none of which it may remember."""
    with Daemon(tmp_path_factory.mktemp("api")) as mine:
        mine.start()
        with Load(mine.hook, seed=50) as load:
            load.wait_for(200)
        for _ in range(50):
            assert mine.status()
        yield mine


@contextmanager
def bounded(daemon: Daemon, most: int) -> Iterator[None]:
    """It may grow by so many bytes; meanwhile the API answers, and every delivery is acknowledged."""
    process = psutil.Process(daemon.pid)
    before, peak = process.memory_info().rss, 0
    with Load(daemon.hook, seed=51, pause=0.02) as load:
        load.wait_for(10)
        yield
        for _ in range(5):
            assert "version" in daemon.status()
            load.wait_for(2)
            peak = max(peak, process.memory_info().rss)
    assert set(load.told()) == {200}
    assert peak - before < most, f"grew by {(peak - before) / MIB:.1f} MiB"


@contextmanager
def files(wanted: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connected(daemon: Daemon, stack: ExitStack) -> socket.socket:
    there = urlsplit(daemon.api)
    return stack.enter_context(socket.create_connection((there.hostname, there.port), timeout=10))


def test_connections_that_say_nothing(daemon: Daemon) -> None:
    """They cost little; a tenth of them trickles a head, a byte now and then."""
    with files(CONNECTIONS * 2), ExitStack() as stack, bounded(daemon, 8 * MIB + CONNECTIONS * EACH):
        lines = [connected(daemon, stack) for _ in range(CONNECTIONS)]
        for byte in GET[:10]:
            for line in lines[::10]:
                line.sendall(bytes([byte]))


@pytest.mark.parametrize("token", [b"", BEARER], ids=["without a token", "with one"])
@pytest.mark.parametrize("said", [True, False], ids=["with its length", "in chunks"])
def test_a_body_of_100_mb(daemon: Daemon, token: bytes, said: bool) -> None:
    """No route that takes none reads it: a refusal, and the server stops reading."""
    piece = bytes(65536)
    with ExitStack() as stack, bounded(daemon, 32 * MIB):
        line = connected(daemon, stack)
        how = b"content-length: 104857600\r\n\r\n" if said else b"transfer-encoding: chunked\r\n\r\n"
        line.sendall(POST + token + how)
        line.settimeout(2)
        send(line, lambda: piece if said else b"10000\r\n" + piece + b"\r\n", 100 * MIB)
        assert answer(line).startswith((b"HTTP/1.1 4", b""))


def test_a_head_without_end(daemon: Daemon) -> None:
    """Nobody reads 100 MB of headers, with a right token neither."""
    with ExitStack() as stack, bounded(daemon, 16 * MIB):
        for start in (GET + b"x: ", GET + BEARER + b"x: ", b"GET /api/v1/status?after="):
            line = connected(daemon, stack)
            line.sendall(start)
            assert send(line, lambda: b"y" * 65536, 100 * MIB) < 20 * MIB
            assert answer(line) == b""


def test_a_reader_that_never_reads(daemon: Daemon) -> None:
    """Request after request for the largest answer, none of which is taken: they are not heaped up."""
    requests = (GET + BEARER + b"\r\n") * 500
    with ExitStack() as stack, bounded(daemon, 48 * MIB):
        for _ in range(10):
            line = connected(daemon, stack)
            line.settimeout(1)
            send(line, lambda: requests, 4 * MIB)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """With few files, and TLS on the API."""
    folder = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout k -out c"
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
    tls = {"cert": str(folder / "c"), "key": str(folder / "k")}
    with Daemon(folder, api={"tls": tls}) as mine:
        mine.start("prlimit", "--nofile=300:300")
        yield mine


def test_handshakes_that_never_end(secured: Daemon) -> None:
    """More of them than the process has files: they push each other out, and who speaks TLS is answered; so are deliveries."""
    process = psutil.Process(secured.pid)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    url = f"{secured.api.replace('http:', 'https:')}/livez"
    with ExitStack() as stack, Load(secured.hook, seed=52, pause=0.02) as load:
        load.wait_for(20)
        before = process.memory_info().rss
        for number in range(400):
            line = connected(secured, stack)
            line.sendall(b"\x16\x03\x01\x02\x00\x01"[: number % 7])
        assert httpx.get(url, verify=context, timeout=10).json() == {"alive": True}
        load.wait_for(20)
        assert process.memory_info().rss - before < 16 * MIB + 300 * EACH_SHAKING
        assert process.num_fds() < 300
    assert set(load.told()) == {200}
